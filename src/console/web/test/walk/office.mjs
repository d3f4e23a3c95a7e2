// What lies outside the browser: the terminal on the recorder's machine, the log, and the one question to
// the test that runs the recorder.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const { LINETAP_PROGRAM, LINETAP_OFFICE } = process.env;

export const address = process.env.LINETAP_CONSOLE;
export const folder = (name) => join(LINETAP_OFFICE, name);

/** Runs the program in the office's folder, as root, who is administrator and director there. */
export function terminal(...args) {
  const run = spawnSync(LINETAP_PROGRAM, args, { cwd: LINETAP_OFFICE, encoding: "utf8", timeout: 60_000 });
  assert.equal(run.status, 0, `${args.join(" ")}: ${run.stderr}`);
  return run.stdout;
}

/** The same, asking the recorder. */
export const asks = (...args) => terminal(...args, "--config", "linetap.toml");

/** What the program says when the recorder refuses. */
export function denied(...args) {
  const run = spawnSync(LINETAP_PROGRAM, [...args, "--config", "linetap.toml"], { cwd: LINETAP_OFFICE, encoding: "utf8", timeout: 60_000 });
  assert.equal(run.status, 1, `${args.join(" ")}: ${run.stdout}`);
  return run.stderr;
}

/** How many entries of a kind the log has. */
export function entries(kind) {
  const log = readFileSync(folder("state/register/log"), "utf8");
  return log.split("\n").filter((line) => line.split(" ")[4] === kind).length;
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Seals recordings to the director's key from now on; gives the calls of the past. */
export async function seal(recipient) {
  process.stdout.write(`seal ${recipient}\n`);
  const { value } = await lines.next();
  return JSON.parse(value);
}
