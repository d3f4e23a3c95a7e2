// A person's keys: an age identity, which opens, and an ed25519 key, which signs. They live in this
// page's memory and nowhere else: nothing here stores or sends one.

import { Decrypter, Encrypter, armor, generateX25519Identity, identityToRecipient } from "age-encryption";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const AGE_HEADER = "age-encryption.org/v1\n";
const ARMOR_HEADER = "-----BEGIN AGE ENCRYPTED FILE-----";
/** Fewer characters are refused for new keys: the file may lie on a stick. */
export const SHORTEST_PASSPHRASE = 12;

/** Why a file gives no key; `code` picks the Polish text. */
export class KeyFileError extends Error {
  constructor(code, name) {
    super(`${name}: ${code}`);
    this.name = "KeyFileError";
    this.code = code;
    this.file = name;
  }
}

/** What is compared on paper: 16 hexadecimal digits of the SHA-256 of the public key's text. */
export function fingerprint(publicText) {
  const digits = bytesToHex(sha256(utf8ToBytes(publicText)).subarray(0, 8));
  return digits.match(/.{4}/g).join("-");
}

/** Both keys of a person; either may be missing. */
export class Keys {
  #identity = null;
  #seed = null;
  recipient = null;
  publicKey = null;

  /** Keys out of the text of a decrypted file; comments and empty lines are passed over. */
  static async fromText(text, name) {
    const keys = new Keys();
    for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
      if (line.startsWith("AGE-SECRET-KEY-1")) await keys.#takeIdentity(line, name);
      else if (/^[0-9a-f]{64}$/i.test(line)) keys.#takeSeed(line);
      else if (line !== "" && !line.startsWith("#")) throw new KeyFileError("no_key", name);
    }
    if (keys.recipient === null && keys.publicKey === null) throw new KeyFileError("no_key", name);
    return keys;
  }

  static async generate() {
    const keys = new Keys();
    await keys.#takeIdentity(await generateX25519Identity(), "");
    const seed = randomBytes(32);
    keys.#takeSeed(bytesToHex(seed));
    seed.fill(0);
    return keys;
  }

  async #takeIdentity(text, name) {
    try {
      this.recipient = await identityToRecipient(text);
    } catch {
      throw new KeyFileError("no_key", name);
    }
    this.#identity = text;
  }

  #takeSeed(hex) {
    this.#seed = hexToBytes(hex);
    this.publicKey = bytesToHex(ed25519.getPublicKey(this.#seed));
  }

  /** Takes what `other` holds beside what is here. */
  add(other) {
    if (other.recipient !== null) [this.#identity, this.recipient] = [other.#identity, other.recipient];
    if (other.publicKey !== null) [this.#seed, this.publicKey] = [other.#seed, other.publicKey];
  }

  /** The age identity, for unwrapping. */
  get identity() {
    return this.#identity;
  }

  /** ed25519 over the UTF-8 text: 128 hexadecimal digits. */
  sign(text) {
    if (this.#seed === null) throw new KeyFileError("no_signing_key", "");
    return bytesToHex(ed25519.sign(utf8ToBytes(text), this.#seed));
  }

  /** As files hold them: `linetap` reads the same text for --identity and --key. */
  toText() {
    const lines = ["# linetap keys"];
    if (this.recipient !== null) lines.push(`# public key: ${this.recipient}`, this.#identity);
    if (this.publicKey !== null) lines.push(`# signing key: ${this.publicKey}`, bytesToHex(this.#seed));
    return `${lines.join("\n")}\n`;
  }

  clear() {
    this.#seed?.fill(0);
    [this.#identity, this.#seed, this.recipient, this.publicKey] = [null, null, null, null];
  }
}

const starts = (bytes, text) => new TextDecoder("latin1").decode(bytes.subarray(0, text.length)) === text;

/** Whether a key file is protected by a passphrase. */
export const isProtected = (bytes) => starts(bytes, AGE_HEADER) || starts(bytes, ARMOR_HEADER);

/** The keys in a file's bytes. */
export async function readKeyFile(name, bytes, passphrase) {
  let plain = bytes;
  if (isProtected(bytes)) {
    if (passphrase === "") throw new KeyFileError("passphrase_needed", name);
    plain = await open(name, bytes, passphrase);
  }
  if (plain.length > 64 << 10) throw new KeyFileError("no_key", name);
  return Keys.fromText(new TextDecoder().decode(plain), name);
}

async function open(name, bytes, passphrase) {
  const file = starts(bytes, ARMOR_HEADER) ? armor.decode(new TextDecoder().decode(bytes).trim()) : bytes;
  const age = new Decrypter();
  age.addPassphrase(passphrase);
  try {
    return await age.decrypt(file);
  } catch {
    throw new KeyFileError("wrong_passphrase", name);
  }
}

/** A passphrase-protected file of these keys: what is downloaded. `workFactor` is scrypt's log2 N. */
export async function sealKeyFile(keys, passphrase, workFactor = 18) {
  if ([...passphrase].length < SHORTEST_PASSPHRASE) throw new KeyFileError("passphrase_short", "");
  const age = new Encrypter();
  age.setScryptWorkFactor(workFactor);
  age.setPassphrase(passphrase);
  return age.encrypt(keys.toText());
}
