// Without a mouse (WCAG 2.1.1, 2.4.3, 2.4.7): a whole form, the keys, and a signing dialog, by Tab, Enter,
// Escape and letters alone. At every stop the focus is seen, and it goes on in the order of the page.

import assert from "node:assert/strict";
import { entries } from "./office.mjs";

/** Where the focus is: what it is, whether it is seen, and whether it comes after where it was. */
function stop() {
  const now = document.activeElement;
  const before = globalThis.stoppedAt;
  globalThis.stoppedAt = now;
  const { outlineStyle, outlineWidth } = getComputedStyle(now);
  const { top, bottom, left, right } = now.getBoundingClientRect();
  return {
    what: now.id ? `#${now.id}` : `${now.tagName.toLowerCase()}: ${now.textContent.trim().slice(0, 40)}`,
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inView: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    onwards: !before?.isConnected || Boolean(before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}

/** Goes on by Tab until the focus is on `selector`. */
async function tabTo({ page }, selector) {
  for (let left = 120; left > 0; left -= 1) {
    await page.keyboard.press("Tab");
    const { what, ...seen } = await page.evaluate(stop);
    assert.deepEqual(seen, { outlined: true, inView: true, onwards: true }, `${what} on the way to ${selector}`);
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`Tab never comes to ${selector}`);
}

const focused = ({ page }, selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);

/** The first stop leads past the navigation. */
async function skipped(person) {
  await tabTo(person, ".skip");
  await person.page.keyboard.press("Enter");
  await person.page.evaluate(() => (globalThis.stoppedAt = null));
}

/** A report, from the first page to the number it got. */
async function reported(employee) {
  const { page } = employee;
  await employee.open("/");
  await skipped(employee);
  await tabTo(employee, "main a[href='/reports']");
  await employee.turn(() => page.keyboard.press("Enter"));
  await skipped(employee);
  await tabTo(employee, "#report-ground");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.inputValue("#report-ground"), "b");
  await tabTo(employee, "#report-text");
  await page.keyboard.type("Rozmówca naruszył moje dobra osobiste podczas rozmowy.");
  await tabTo(employee, "#report button");
  await employee.turn(() => page.keyboard.press("Enter"));
  assert.match(await employee.text(), /Przyjęto zgłoszenie R-3/);
}

/** The file is chosen and its passphrase typed. */
async function keysLoaded(director) {
  const { page } = director;
  // Asked for long before the key: Chromium is told to hand the picker over only by this, and a key pressed
  // in the same breath comes before it now and then, and then nothing is handed over.
  const picker = page.waitForEvent("filechooser");
  await tabTo(director, "#key-box input[type=file]");
  await page.keyboard.press("Enter");
  await (await picker).setFiles(director.file);
  await tabTo(director, "#key-box input[type=password]");
  await page.keyboard.type(director.passphrase);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  assert.ok(await focused(director, "#key-box h2"), "the focus stays in the box, whose form is gone");
}

/** Escape signs nothing and leads back; Enter on the title signs nothing; the button signs. */
async function signed(director) {
  const { page } = director;
  const before = entries("refuse_report");
  await tabTo(director, "#refuse_report-reason");
  await page.keyboard.type("Opis nie wskazuje rozmowy.");
  await tabTo(director, "#refuse_report .actions button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.sign[open]");
  assert.ok(await focused(director, "dialog.sign h2"));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.sign", { state: "detached" });
  assert.ok(await focused(director, "#refuse_report .actions button"), "the focus is back where it was");
  assert.equal(entries("refuse_report"), before, "nothing was signed");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.sign[open]");
  await page.evaluate(() => (globalThis.stoppedAt = null));
  await tabTo(director, "dialog.sign summary");
  await page.keyboard.press("Enter");
  await tabTo(director, "dialog.sign pre");
  await tabTo(director, "dialog.sign button[value=yes]");
  await director.turn(() => page.keyboard.press("Enter"));
  assert.equal(entries("refuse_report"), before + 1);
}

export async function keyboard({ employee, director }) {
  await reported(employee);
  await director.open("/reports/R-3");
  await skipped(director);
  await keysLoaded(director);
  await signed(director);
}
