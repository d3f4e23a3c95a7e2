// How long a long call takes until it sounds, and until all of it is there.

import assert from "node:assert/strict";
import { launch, sounds, visitor } from "../chromium.mjs";
import { address, folder } from "./office.mjs";

const { LINETAP_LOGIN, LINETAP_PASSWORD, LINETAP_TOTP, LINETAP_CALL_MINUTES } = process.env;
/** Most seconds until sound, and per hour of call until the whole is there, on a busy machine. */
const [SOON, WHOLE] = [15, 240];

const browser = await launch();
try {
  const { page, troubles } = await visitor(browser);
  page.setDefaultTimeout(600_000);
  await page.goto(`${address}/sign-in`);
  await page.fill("#sign-in-login", LINETAP_LOGIN);
  await page.fill("#sign-in-password", LINETAP_PASSWORD);
  await page.fill("#sign-in-totp", LINETAP_TOTP);
  await page.click("#sign-in button");
  await page.waitForSelector("nav");
  await page.goto(`${address}/orders/O-1/listen`);
  await page.setInputFiles("#key-box input[type=file]", [folder("listener/age.key"), folder("listener/sign.key")]);
  await page.click("#key-box form.key-load button");
  await page.waitForSelector("#key-box dl:not([hidden]) dd");
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  await page.click("#player form button");
  await page.click("#player .play");
  await sounds(page, 0.0005);
  const sounded = since();
  await page.waitForSelector("#player .player[data-loaded='100']");
  await page.waitForSelector("text=Nagranie pobrane w całości i sprawdzone");
  const whole = since();
  const minutes = Number(LINETAP_CALL_MINUTES);
  console.log(`${minutes} min: sound after ${sounded.toFixed(1)} s, whole and checked after ${whole.toFixed(1)} s`);
  assert.ok(sounded < SOON, `sound after ${sounded} s`);
  assert.ok(whole < SOON + (WHOLE * minutes) / 60, `whole after ${whole} s`);
  assert.deepEqual(troubles, []);
} finally {
  await browser.close();
}
process.exit(0);
