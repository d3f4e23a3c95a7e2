// A real, headless Chromium with an empty profile, and what tests ask of it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless", "--lang=pl-PL", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/** Everything that reaches the loudspeaker also reaches `heard()`: its level, and its samples' peak. */
function tap() {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    const result = connect.call(this, to, ...rest);
    if (to instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, analyser);
      globalThis.heard = () => {
        if (this.context.state === "closed") return 0; // its analyser keeps what it saw last
        const samples = new Float32Array(analyser.fftSize);
        analyser.getFloatTimeDomainData(samples);
        return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      };
      /** The two strongest frequencies that are no neighbours, in Hz, the lower first. */
      globalThis.tones = () => {
        const powers = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(powers);
        const found = [];
        for (let left = 2; left > 0; left -= 1) {
          const at = powers.indexOf(Math.max(...powers));
          found.push((at * this.context.sampleRate) / analyser.fftSize);
          powers.fill(-Infinity, Math.max(0, at - 12), at + 13);
        }
        return found.sort((a, b) => a - b);
      };
    }
    return result;
  };
}

/** Starts one, with a new empty profile that goes with it. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.LINETAP_CHROMIUM ?? "/usr/bin/chromium",
    args: ARGUMENTS,
    env: { ...process.env, LANGUAGE: "pl" },
  });

/** A window of one person: cookies and keys of its own. `troubles` gathers errors of scripts and policy. */
export async function visitor(browser) {
  const context = await browser.newContext({
    locale: "pl-PL",
    timezoneId: "Europe/Warsaw",
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(30_000);
  await context.addInitScript(tap);
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => /Content.Security.Policy/i.test(message.text()) && troubles.push(message.text()));
  return { page, context, troubles };
}

/** No violation of WCAG 2.1 A or AA that axe finds. */
export async function accessible(page, what) {
  // The policy of the page forbids foreign scripts; the debugger's are not foreign to it.
  const known = await page.evaluate(() => "axe" in globalThis);
  if (!known) await page.evaluate(`${AXE}; undefined`);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), WCAG);
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n  ")}`);
  assert.deepEqual(told, [], what);
}

/** 400 % of 1280 pixels is 320: nothing to scroll sideways (WCAG 1.4.10). */
export async function reflows(page, what) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth + 1;
    if (document.documentElement.scrollWidth <= limit) return [];
    const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > limit);
    return over.slice(0, 5).map((one) => `${one.outerHTML.slice(0, 120)} ${Math.round(one.getBoundingClientRect().right)}`);
  });
  await page.setViewportSize(before);
  assert.deepEqual(wide, [], what);
}

/** The level at the loudspeaker rises above `floor` (1 is full scale). */
export const sounds = (page, floor = 0.01) =>
  page.waitForFunction((least) => globalThis.heard?.() > least, floor, { polling: 50 });

/** And is silence again. */
export const silent = (page) => page.waitForFunction(() => (globalThis.heard?.() ?? 0) === 0, null, { polling: 50 });
