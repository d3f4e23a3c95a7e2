// What is asked of every page that is walked over: no barrier that axe knows of, nothing to scroll
// sideways at 400 %, and, if somebody wants to look, a picture. Documents become PDF pages of A4.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, reflows } from "../chromium.mjs";
import { address } from "./office.mjs";

const { LINETAP_SHOTS } = process.env;
if (LINETAP_SHOTS) mkdirSync(LINETAP_SHOTS, { recursive: true });

const seen = new Set();
/** Every page looked at, by name. */
export const pages = () => seen.size;

export async function look(page, what, picture) {
  await accessible(page, what);
  await reflows(page, what);
  seen.add(what);
  if (picture && LINETAP_SHOTS) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const whole = !(await page.locator("dialog[open]").count());
    await page.screenshot({
      path: join(LINETAP_SHOTS, `${picture}.png`),
      animations: "disabled",
      fullPage: whole,
      clip: whole ? { x: 0, y: 0, width: 1280, height: Math.min(height, 1800) } : undefined,
    });
  }
}

/** A document as paper: A4, and in it what must be there. */
export async function paper({ context, page: before }, path, name, ...texts) {
  assert.ok(await before.locator(`a[href="${path}"]`).count(), `${before.url()} leads to ${path}`);
  const page = await context.newPage();
  const answer = await page.goto(address + path);
  assert.equal(answer.status(), 200, path);
  const text = (await page.textContent("body")).replaceAll("\u00a0", " ");
  for (const part of texts) assert.ok(text.includes(part), `${name}: ${part} in ${text}`);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  const boxes = [...pdf.toString("latin1").matchAll(/\/MediaBox\s*\[([^\]]+)\]/g)].map(([, box]) => box.trim().split(/\s+/).map(Number));
  for (const [, , width, height] of boxes) {
    const sides = [Math.round(Math.min(width, height)), Math.round(Math.max(width, height))];
    assert.ok(Math.abs(sides[0] - 595) <= 1 && Math.abs(sides[1] - 842) <= 1, `${name} is A4: ${sides}`);
  }
  assert.ok(boxes.length > 0, name);
  await page.close();
  if (LINETAP_SHOTS) writeFileSync(join(LINETAP_SHOTS, `${name}.pdf`), pdf);
}
