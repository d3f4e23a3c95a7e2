// Recordings, keys and signatures made by the Rust program (tests/console_interop.rs). The committed
// ones lie beside this file; LINETAP_VECTORS names a folder with fresh ones.

import { spawnSync } from "node:child_process";
import { createHash, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

globalThis.crypto ??= webcrypto; // Node 18 has it behind a flag only

export const folder = process.env.LINETAP_VECTORS ?? fileURLToPath(new URL("vectors", import.meta.url));
export const bytes = (name) => new Uint8Array(readFileSync(join(folder, name)));
export const text = (name) => readFileSync(join(folder, name), "utf8");
export const expected = JSON.parse(text("expected.json"));

/** The director's identity, as its file holds it. */
export const identity = (name) => text(name).split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-1"));

/** Samples by channel, decoded by the reference decoder. */
export async function decode(flac, channels) {
  const args = ["-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", "-"];
  const run = spawnSync("flac", args, { input: flac, maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`flac: ${run.stderr}`);
  const pcm = new Int16Array(run.stdout.buffer.slice(run.stdout.byteOffset, run.stdout.byteOffset + run.stdout.length));
  return Array.from({ length: channels }, (_, side) => pcm.filter((_sample, at) => at % channels === side));
}

/** SHA-256 of interleaved little-endian samples. */
export function hashOf(stretches, channels) {
  const hash = createHash("sha256");
  for (const sides of stretches) {
    const out = new Int16Array(sides[0].length * channels);
    sides.forEach((side, channel) => side.forEach((sample, at) => (out[at * channels + channel] = sample)));
    hash.update(new Uint8Array(out.buffer));
  }
  return hash.digest("hex");
}

/** Pieces of `size` bytes. */
export function* pieces(whole, size) {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}
