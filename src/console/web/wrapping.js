// The wrapping of a recording's key: an age file of the 32 key bytes and the recording's id
// (src/vault/keys.rs), opened for one person and made for another.

import { Decrypter, Encrypter } from "age-encryption";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { Damaged, same } from "./container.js";

/** The identity is not among those to whom the key is wrapped. */
export class WrongKey extends Error {
  constructor() {
    super("the key is not wrapped to this identity");
    this.name = "WrongKey";
  }
}

const idBytes = (recording) => hexToBytes(recording.replaceAll("-", ""));

/** The 32-byte key of `recording` out of a wrapping. The caller wipes it. */
export async function unwrapKey(blob, recording, identity) {
  const age = new Decrypter();
  age.addIdentity(identity);
  let plain;
  try {
    plain = await age.decrypt(blob);
  } catch (error) {
    if (String(error.message).startsWith("no identity matched")) throw new WrongKey();
    throw new Damaged(`unsound wrapping: ${error.message}`, null);
  }
  if (plain.length !== 48) throw new Damaged("unsound wrapping: it holds no key", null);
  if (!same(plain.subarray(32), idBytes(recording))) throw new Damaged("the key of another recording", null);
  const key = plain.slice(0, 32);
  plain.fill(0);
  return key;
}

/** The key of `recording`, wrapped to one recipient. */
export async function wrapKey(key, recording, recipient) {
  const age = new Encrypter();
  age.addRecipient(recipient);
  const plain = concatBytes(key, idBytes(recording));
  try {
    return await age.encrypt(plain);
  } finally {
    plain.fill(0);
  }
}

/** A wrapping for one person made into one for another; the key itself is wiped. */
export async function rewrap(blob, recording, identity, recipient) {
  const key = await unwrapKey(blob, recording, identity);
  try {
    return await wrapKey(key, recording, recipient);
  } finally {
    key.fill(0);
  }
}
