// Keys, signatures and player in a real Chromium, under the console's policy, against a stand-in for
// the recorder that can misbehave as the real one never would.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { accessible, launch, reflows, silent, sounds, visitor } from "./chromium.mjs";
import { start } from "./server.mjs";
import { expected, folder } from "./vectors.mjs";

let [server, browser, chromium, page, office] = [];

before(async () => {
  [server, browser] = [await start(), await launch()];
  chromium = await visitor(browser);
  [page, office] = [chromium.page, server.office];
});
after(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(() => {
  Object.assign(office, { open: true, tampered: false, other: null, asked: [] });
  chromium.troubles.length = 0;
});

async function visit(path, ...files) {
  await page.goto(server.address + path);
  if (files.length === 0) return;
  await offer(...files);
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
}

/** Chooses key files; whether they open is another matter. */
async function offer(...files) {
  await page.setInputFiles("#key-box input[type=file]", files.map((name) => `${folder}/${name}`));
  await page.click("#key-box form.key-load button");
}

async function listen(path = "/") {
  await visit(path, "director.key", "sign.key");
  await page.click("#player form button");
  await page.click("#player .play");
  await sounds(page);
}

/** Ends the listening, and waits until the row was told. */
async function finish() {
  await page.click("#player .end");
  await page.waitForSelector("#player a[href='/register/P-1']");
}

const ended = () => office.of("act").map(({ act }) => act).filter(({ act }) => act === "end");

for (const path of ["/", "/plain"]) {
  test(`${path}: the row comes first, sound is heard, and what was heard is reported`, async () => {
    await listen(path);
    await page.waitForFunction(() => Number(document.querySelector("#player .player").dataset.position) > 0.5);
    await finish();
    const kinds = office.asked.map(([kind]) => kind);
    assert.ok(kinds.indexOf("listen") < kinds.indexOf("fetch"), kinds.join(" "));
    const [{ head, signature, order, recording }] = office.of("listen");
    const text = `linetap-act-1\ncentrala\n${head}\n${JSON.stringify({ act: "listen", order, recording })}`;
    assert.ok(ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(expected.sign.public)));
    const [{ played, why, playback }] = ended();
    assert.deepEqual([why, playback, played.length, played[0][0]], ["stopped", "P-1", 1, 0]);
    assert.ok(played[0][1] >= 500 && played[0][1] <= 1_713, `${played}`);
    assert.deepEqual(chromium.troubles, []);
  });
}

test("nothing is asked for before the person begins, and not without keys", async () => {
  await visit("/");
  await page.click("#player form button");
  await page.waitForSelector("#player .status.error");
  assert.deepEqual(office.asked, []);
});

test("when the window shuts, sound stops within two seconds and the row says why", async () => {
  await listen();
  await page.selectOption("#player .speed", "0.5");
  office.open = false;
  const begun = Date.now();
  await page.waitForSelector("#player[data-trouble=Refusal]");
  await silent(page);
  assert.ok(Date.now() - begun < 3_000, `${Date.now() - begun} ms`);
  assert.equal(ended()[0].why, "window");
  assert.match(await page.textContent("#player"), /nie teraz – później/);
});

test("a tampered recording stops at the damage", async () => {
  office.tampered = true;
  await visit("/", "director.key", "sign.key");
  await page.click("#player form button");
  await page.waitForSelector("#player[data-trouble=Damaged]");
  await page.waitForSelector("text=Odsłuch zakończony");
  assert.equal(ended()[0].why, "cut off");
});

test("a key to which the recording was not released opens nothing", async () => {
  await visit("/", "listener.key", "sign.key");
  assert.match(await page.textContent("#key-box .status"), /nie jest klucz szyfrowania/);
  await page.click("#player form button");
  await page.waitForSelector("#player[data-trouble=WrongKey]");
  assert.deepEqual(office.of("fetch"), []);
});

test("everything can be done by keyboard", async () => {
  await visit("/", "director.key", "sign.key");
  await page.focus("#player form button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#player .player[data-loaded='100']");
  assert.equal(await page.evaluate(() => document.activeElement.className), "play");
  await page.keyboard.press("Space");
  await sounds(page);
  await page.keyboard.press("Space");
  await silent(page);
  const position = () => page.$eval("#player .player", ({ dataset }) => Number(dataset.position));
  await page.keyboard.press("5");
  assert.ok(Math.abs((await position()) - 0.86) < 0.02, `${await position()}`);
  await page.keyboard.press("Shift+ArrowLeft");
  assert.equal(await position(), 0);
  await page.keyboard.press("ArrowDown");
  assert.match(await page.textContent("#player .player .status"), /Głośność 95 %/);
  await finish();
});

test("each side can be heard by itself", async () => {
  await listen();
  await page.keyboard.press("0");
  const set = (value) =>
    page.$eval("#player .balance", (range, to) => {
      range.value = to;
      range.dispatchEvent(new Event("input"));
    }, value);
  await set("-100");
  const told = await page.getAttribute("#player .balance", "aria-valuetext");
  assert.equal(told, "nasza strona 100 %, rozmówca 0 %");
  await finish();
});

test("a form is signed after it was shown, and keys outlive the way to the next page", async () => {
  await visit("/forms");
  await offer("protected.age");
  await page.waitForSelector("#key-box .status:has-text('podaj hasło')");
  assert.match(await page.textContent("#key-box .status"), /podaj hasło/);
  await page.setInputFiles("#key-box input[type=file]", `${folder}/protected.age`);
  await page.fill("#key-box form.key-load input[type=password]", expected.passphrase);
  await page.click("#key-box form.key-load button");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  await page.fill("#note", "osobiście");
  await page.click("form[data-sign] button");
  await page.waitForSelector("dialog.sign");
  await accessible(page, "dialog");
  assert.match(await page.textContent("dialog.sign"), /Powiadomienie pracownika.*osobiście/s);
  await page.click("dialog.sign button[value='']");
  await page.waitForSelector("dialog.sign", { state: "detached" });
  assert.deepEqual(office.of("act"), []);
  await page.click("form[data-sign] button");
  await page.click("dialog.sign button[value=yes]");
  await page.waitForSelector("#player");
  assert.equal(office.of("act")[0].act.notice.note, "osobiście");
  assert.equal(new URL(page.url()).pathname, "/");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  await page.goBack();
  await page.waitForSelector("form[data-release]");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  await page.click("#key-box button.quiet");
  await page.waitForSelector("#key-box dl[hidden]", { state: "attached" });
});

test("the dialog by keyboard: an Enter too many signs nothing, Escape leads back, a way within the page stays there", async () => {
  await visit("/forms", "director.key", "sign.key");
  const focused = (selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
  await page.evaluate(() => (location.hash = "note"));
  await page.focus("#note");
  await page.keyboard.type("osobiście");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.sign[open]");
  assert.ok(await focused("dialog.sign h2"));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.sign", { state: "detached" });
  assert.ok(await focused("form[data-sign] button"));
  assert.equal(await page.inputValue("#note"), "osobiście");
  assert.deepEqual(office.of("act"), []);
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog.sign[open]");
  for (const stop of ["summary", "button[value=yes]"]) {
    await page.keyboard.press("Tab");
    assert.ok(await focused(`dialog.sign ${stop}`), stop);
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector("#player");
  assert.equal(office.of("act").length, 1);
});

test("a text that says something else than the form is not signed", async () => {
  await visit("/forms", "director.key", "sign.key");
  await page.fill("#note", "osobiście");
  office.other = { act: "notice", order: "O-2", notice: { how: "given", note: "osobiście" } };
  await page.click("form[data-sign] button");
  await page.waitForSelector("form[data-sign] .status.error");
  assert.match(await page.textContent("form[data-sign] .status"), /inną treść/);
  assert.deepEqual(office.of("act"), []);
});

test("a release wraps every key anew", async () => {
  await visit("/forms", "director.key", "sign.key");
  await page.click("form[data-release] button");
  await page.click("dialog.sign button[value=yes]");
  await page.waitForSelector("text=Przepakowanych kluczy: 2");
  assert.equal(office.of("release")[0].wrappings.length, 2);
});

test("new keys are made, downloaded under a passphrase and never sent", async () => {
  await visit("/forms");
  await page.click("#key-box summary");
  await page.fill("#key-box form.key-make input >> nth=0", "bardzo długie hasło");
  await page.fill("#key-box form.key-make input >> nth=1", "bardzo długie hasło");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#key-box form.key-make button")]);
  assert.equal(download.suggestedFilename(), "linetap-klucze.age");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  assert.match(await page.textContent("#key-box dl"), /age1/);
  assert.match(await page.inputValue("[data-fill-keys] [name=recipient]"), /^age1/);
  assert.ok(!JSON.stringify(office.asked).includes("SECRET"));
  const stored = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(stored, [0, 0, ""]);
});

test("pages with keys and player are accessible and reflow", async () => {
  await visit("/forms");
  await page.click("#key-box summary");
  await accessible(page, "without keys");
  await reflows(page, "without keys");
  await visit("/forms", "director.key", "sign.key");
  await accessible(page, "forms");
  await reflows(page, "forms");
  await listen();
  await accessible(page, "player");
  await reflows(page, "player");
  await finish();
});
