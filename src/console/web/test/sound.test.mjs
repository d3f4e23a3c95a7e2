// Recordings of the Rust program, opened, checked and decoded; and every way of tampering refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Container, Damaged } from "../container.js";
import { PlainFile } from "../flac.js";
import { Sound } from "../sound.js";
import { unwrapKey } from "../wrapping.js";
import { bytes, decode, expected, hashOf, identity, pieces } from "./vectors.mjs";

async function keyOf(name) {
  return unwrapKey(bytes(`${name}.age`), expected[name].recording, identity("director.key"));
}

async function soundOf(whole, name, key, size) {
  const sound = new Sound(expected[name].recording, key, decode);
  const stretches = [];
  for (const piece of pieces(whole, size)) stretches.push(...(await sound.push(piece)));
  stretches.push(...(await sound.finish()));
  return { sound, stretches };
}

for (const name of ["mono", "stereo"]) {
  for (const size of [997, 262_144]) {
    test(`a sealed ${name} recording comes out sample by sample, in pieces of ${size} bytes`, async () => {
      const { sound, stretches } = await soundOf(bytes(`${name}.rec`), name, await keyOf(name), size);
      assert.equal(sound.channels, expected[name].channels);
      assert.equal(sound.complete, true);
      assert.equal(hashOf(stretches, sound.channels), expected[name].sha256);
    });
  }
}

for (const size of [1_000, 262_144]) {
  test(`an unsealed recording is read as strictly, in pieces of ${size} bytes`, async () => {
    const { sound, stretches } = await soundOf(bytes("plain.flac"), "plain", null, size);
    assert.equal(sound.complete, true);
    assert.equal(hashOf(stretches, sound.channels), expected.plain.sha256);
  });
}

test("a recording that a crash cut is played to where it was cut, and is not called complete", async () => {
  const whole = bytes("mono.rec");
  const marks = recordsOf(whole);
  const { sound } = await soundOf(whole.subarray(0, marks.at(-1)), "mono", await keyOf("mono"), 4_096);
  assert.equal(sound.complete, false);
});

/** Offsets of the records. */
function recordsOf(whole) {
  const view = new DataView(whole.buffer, whole.byteOffset);
  const marks = [];
  for (let at = 12 + view.getUint32(8, true) + 8; at < whole.length; at += 20 + view.getUint32(at, true)) marks.push(at);
  return marks;
}

async function damaged(whole, name, key) {
  const container = new Container(key, expected[name].recording);
  assert.throws(() => {
    for (const piece of pieces(whole, 700)) container.push(piece);
    container.finish();
  }, Damaged);
}

test("one altered byte anywhere is found", async () => {
  const [whole, key] = [bytes("mono.rec"), await keyOf("mono")];
  const step = Math.max(1, Math.floor(whole.length / 300));
  for (let at = 0; at < whole.length; at += step) {
    const altered = Uint8Array.from(whole);
    altered[at] ^= 0x10;
    await damaged(altered, "mono", key);
  }
});

test("records cut out, moved or taken from elsewhere are found", async () => {
  const [whole, key] = [bytes("mono.rec"), await keyOf("mono")];
  const marks = recordsOf(whole);
  const part = (from, to) => whole.subarray(marks[from], marks[to] ?? whole.length);
  const join = (...parts) => Uint8Array.from(parts.flatMap((one) => [...one]));
  const head = whole.subarray(0, marks[0]);
  await damaged(join(head, part(1)), "mono", key); // the first is missing
  await damaged(join(head, part(0, 2), part(3)), "mono", key); // one in between is missing
  await damaged(join(head, part(0, 1), part(2, 3), part(1, 2), part(3)), "mono", key); // two changed places
  await damaged(join(whole, part(1, 2)), "mono", key); // something after the end
  await damaged(whole.subarray(0, whole.length - 3), "mono", key); // torn
  await damaged(bytes("stereo.rec"), "mono", key); // another recording under this one's name
  await damaged(whole, "mono", new Uint8Array(32)); // another key
});

test("a checksum made to fit does not help whoever alters a record", async () => {
  const { blake3 } = await import("@noble/hashes/blake3.js");
  const [whole, key] = [Uint8Array.from(bytes("mono.rec")), await keyOf("mono")];
  const [from, to] = recordsOf(whole).slice(2, 4);
  whole[from + 40] ^= 1;
  whole.set(blake3(whole.subarray(from, to - 8)).subarray(0, 8), to - 8);
  await damaged(whole, "mono", key);
});

test("an unsealed recording that was altered or cut is refused", async () => {
  const whole = bytes("plain.flac");
  for (let at = 4_096; at < whole.length; at += 37) {
    const altered = Uint8Array.from(whole);
    altered[at] ^= 0x10;
    const file = new PlainFile();
    assert.throws(() => {
      for (const piece of pieces(altered, 5_000)) file.push(piece);
      file.finish();
    }, Damaged, `byte ${at}`);
  }
  const short = soundOf(whole.subarray(0, whole.length - 1), "plain", null, 9_000);
  await assert.rejects(short, Damaged);
});
