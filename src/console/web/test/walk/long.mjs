// How long a long call takes until it sounds, until all of it is there, and until it is on a medium.

import assert from "node:assert/strict";
import { launch, sounds, visitor } from "../chromium.mjs";
import { address, folder } from "./office.mjs";

const {
  LINETAP_LOGIN, LINETAP_PASSWORD, LINETAP_TOTP, LINETAP_DIRECTOR, LINETAP_DIRECTOR_TOTP, LINETAP_CALL_MINUTES,
} = process.env;
/** Most seconds until sound, and per hour of call until the whole is there, on a busy machine. */
const [SOON, WHOLE] = [15, 240];
const minutes = Number(LINETAP_CALL_MINUTES);

/** Signed in, on a page, with the keys of a folder. */
async function inside(browser, login, totp, path, keys) {
  const { page, troubles } = await visitor(browser);
  page.setDefaultTimeout(600_000);
  await page.goto(`${address}/sign-in`);
  await page.fill("#sign-in-login", login);
  await page.fill("#sign-in-password", LINETAP_PASSWORD);
  await page.fill("#sign-in-totp", totp);
  await page.click("#sign-in button");
  await page.waitForSelector("nav");
  await page.goto(address + path);
  await page.setInputFiles("#key-box input[type=file]", [folder(`${keys}/age.key`), folder(`${keys}/sign.key`)]);
  await page.click("#key-box form.key-load button");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  return { page, troubles };
}

function clock() {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

async function heard(browser) {
  const { page, troubles } = await inside(browser, LINETAP_LOGIN, LINETAP_TOTP, "/orders/O-1/listen", "listener");
  const since = clock();
  await page.click("#player form button");
  await page.click("#player .play");
  await sounds(page, 0.0005);
  const sounded = since();
  await page.waitForSelector("#player .player[data-loaded='100']");
  await page.waitForSelector("text=Nagranie pobrane w całości i sprawdzone");
  const whole = since();
  console.log(`${minutes} min: sound after ${sounded.toFixed(1)} s, whole and checked after ${whole.toFixed(1)} s`);
  assert.ok(sounded < SOON, `sound after ${sounded} s`);
  assert.ok(whole < SOON + (WHOLE * minutes) / 60, `whole after ${whole} s`);
  assert.deepEqual(troubles, []);
  await page.close();
}

async function made(browser) {
  const { page, troubles } = await inside(browser, LINETAP_DIRECTOR, LINETAP_DIRECTOR_TOTP, "/disclosures/X-1", "director");
  await page.evaluate(() => {
    globalThis.showSaveFilePicker = async ({ suggestedName }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  });
  await page.click("#export form .actions button");
  await page.click("dialog.sign button[value=yes]");
  const since = clock();
  await page.waitForSelector("#made-title, #export .status.error");
  const whole = since();
  assert.equal(await page.locator("#export .status.error").count(), 0, await page.textContent("#export"));
  const size = await page.evaluate(async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("X-1.zip");
    return (await handle.getFile()).size;
  });
  console.log(`${minutes} min: ${(size / 1e6).toFixed(1)} MB on the medium after ${whole.toFixed(1)} s`);
  assert.ok(size > minutes * 100_000, `${size} bytes`);
  assert.ok(whole < SOON + (WHOLE * minutes) / 60, `made after ${whole} s`);
  assert.deepEqual(troubles, []);
}

const browser = await launch();
try {
  await heard(browser);
  await made(browser);
} finally {
  await browser.close();
}
process.exit(0);
