// Keys of `linetap designate keys`, wrappings of the recorder and signatures: both ways.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Keys, KeyFileError, fingerprint, isProtected, readKeyFile, sealKeyFile } from "../keys.js";
import { WrongKey, rewrap, unwrapKey } from "../wrapping.js";
import { Damaged } from "../container.js";
import { bytes, expected, folder, identity, text } from "./vectors.mjs";

/** For the Rust program to check, when it asks. */
function hand(name, content) {
  if (!process.env.LINETAP_VECTORS) return;
  mkdirSync(join(folder, "made"), { recursive: true });
  writeFileSync(join(folder, "made", name), content);
}

test("the files of `linetap designate keys` are read, and signatures are the recorder's own", async () => {
  const keys = await readKeyFile("age.key", bytes("director.key"), "");
  keys.add(await readKeyFile("sign.key", bytes("sign.key"), ""));
  assert.equal(keys.recipient, expected.recipient);
  assert.equal(keys.publicKey, expected.sign.public);
  assert.equal(keys.sign(expected.sign.text), expected.sign.signature);
  assert.equal(fingerprint(keys.recipient), expected.fingerprint);
  hand("signature", keys.sign("polecenie Dyrektora – zażółć"));
  keys.clear();
  assert.equal(keys.identity, null);
  assert.throws(() => keys.sign("x"), KeyFileError);
});

test("a file under a passphrase opens with it and not with another", async () => {
  const file = bytes("protected.age");
  assert.equal(isProtected(file), true);
  const keys = await readKeyFile("protected.age", file, expected.passphrase);
  assert.equal(keys.recipient, expected.recipient);
  assert.equal(keys.publicKey, expected.sign.public);
  const refusal = (code) => (error) => error instanceof KeyFileError && error.code === code;
  await assert.rejects(readKeyFile("p", file, "inne hasło niż to"), refusal("wrong_passphrase"));
  await assert.rejects(readKeyFile("p", file, ""), refusal("passphrase_needed"));
});

test("what is no key file is refused by name", async () => {
  const utf8 = (words) => new TextEncoder().encode(words);
  for (const words of ["", "# only a comment\n", "AGE-SECRET-KEY-1NONSENSE", "0123", "<html>"]) {
    await assert.rejects(readKeyFile("f", utf8(words), ""), (error) => error.code === "no_key", words);
  }
});

test("new keys survive their file", async () => {
  const keys = await Keys.generate();
  await assert.rejects(sealKeyFile(keys, "krótkie", 10), (error) => error.code === "passphrase_short");
  const file = await sealKeyFile(keys, "długie hasło do kluczy", 10);
  const again = await readKeyFile("k.age", file, "długie hasło do kluczy");
  assert.deepEqual([again.recipient, again.publicKey], [keys.recipient, keys.publicKey]);
  assert.equal(again.sign("a"), keys.sign("a"));
  hand("keys.age", file);
  hand("keys.public", `${keys.recipient}\n${keys.publicKey}\n`);
});

test("the director's wrapping becomes the listener's, and opens for nobody else", async () => {
  const recording = expected.mono.recording;
  const director = identity("director.key");
  const listener = await Keys.fromText(text("listener.key"), "listener.key");
  const blob = await rewrap(bytes("mono.age"), recording, director, listener.recipient);
  const key = await unwrapKey(blob, recording, listener.identity);
  assert.deepEqual(key, await unwrapKey(bytes("mono.age"), recording, director));
  await assert.rejects(unwrapKey(blob, recording, director), WrongKey);
  hand("mono.listener.age", blob);
});

test("a wrapping that was altered or belongs to another recording is found out", async () => {
  const [recording, director] = [expected.mono.recording, identity("director.key")];
  await assert.rejects(unwrapKey(bytes("stereo.age"), recording, director), Damaged);
  const blob = bytes("mono.age");
  for (let at = 0; at < blob.length; at += 7) {
    const altered = Uint8Array.from(blob);
    altered[at] ^= 0x04;
    await assert.rejects(unwrapKey(altered, recording, director), Error, `byte ${at}`);
  }
});
