// The sealed container (.rec) read as its pieces arrive; src/vault/seal.rs says how its bytes are made.
//
// Knows no network and no page. Nothing leaves it that its key does not vouch for: a record that was
// altered, moved, cut out or put in from elsewhere is `Damaged`, with its number.

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const MAGIC = utf8ToBytes("LTREC\u0001\r\n");
const CHECKSUM = 8;
const PRELUDE = 12;
const LAST = 0x8000_0000;
/** No header and no record is longer; a length beyond is damage. */
const LONGEST = 64 << 10;
const KIND = { tags: 0, frames: 1, end: 2 };

/** A recording that is not as it was recorded, or that this key does not open. */
export class Damaged extends Error {
  constructor(what, record) {
    super(what);
    this.name = "Damaged";
    this.record = record;
  }
}

export const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

const checksum = (bytes) => blake3(bytes).subarray(0, CHECKSUM);
const number = (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/** Nonce of a record (STREAM, 32-bit big-endian counter, flag for the last one): 24 bytes. */
function nonceOf(prefix, position, last) {
  const nonce = new Uint8Array(24);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(19, position);
  nonce[23] = last ? 1 : 0;
  return nonce;
}

/** Additional data of a record: hash of the header, sequence word, samples. */
function associated(hash, sequence, samples) {
  const data = new Uint8Array(40);
  data.set(hash);
  const view = new DataView(data.buffer);
  view.setUint32(32, sequence, true);
  view.setUint32(36, samples, true);
  return data;
}

function parseJson(bytes, what, record) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Damaged(what, record);
  }
}

/**
 * A sealed recording under its 32-byte key. `push` takes pieces cut anywhere and gives what they
 * complete: `{tags}`, `{frame, samples}` and at last `{end: {samples, md5, tags}}`. The key is wiped
 * by `close`.
 */
export class Container {
  #key;
  #recording;
  #rest = new Uint8Array(0);
  #hash = null;
  #nonce = null;
  #count = 0;
  #ended = false;
  header = null;

  constructor(key, recording) {
    this.#key = Uint8Array.from(key);
    this.#recording = recording;
  }

  /** Parts completed by these bytes, in order. */
  push(bytes) {
    this.#rest = concatBytes(this.#rest, bytes);
    const parts = [];
    if (this.header === null && !this.#readHeader()) return parts;
    let at = 0;
    for (;;) {
      const record = this.#next(at);
      if (record === null) break;
      parts.push(this.#open(record));
      at += record.length;
    }
    this.#rest = this.#rest.slice(at);
    return parts;
  }

  /** Called behind the last piece: false if a crash cut the recording before its own end. */
  finish() {
    if (this.header === null || this.#rest.length > 0) throw new Damaged("unsound bytes", this.#count);
    return this.#ended;
  }

  close() {
    this.#key.fill(0);
  }

  #readHeader() {
    const rest = this.#rest;
    const known = Math.min(rest.length, MAGIC.length);
    if (!same(rest.subarray(0, known), MAGIC.subarray(0, known))) throw new Damaged("no sealed recording", 0);
    if (rest.length < PRELUDE) return false;
    const length = number(rest, 8);
    if (length > LONGEST) throw new Damaged("unsound header", 0);
    const size = PRELUDE + length + CHECKSUM;
    if (rest.length < size) return false;
    const covered = rest.subarray(0, size - CHECKSUM);
    if (!same(checksum(covered), rest.subarray(size - CHECKSUM, size))) throw new Damaged("unsound header", 0);
    const header = parseJson(covered.subarray(PRELUDE), "unsound header", 0);
    const sound = header.codec === "flac" && [1, 2].includes(header.channels) && /^[0-9a-f]{38}$/.test(header.nonce);
    if (!sound) throw new Damaged("unsound header", 0);
    if (header.id !== this.#recording) throw new Damaged("another recording", 0);
    this.#hash = blake3(rest.subarray(0, size));
    this.#nonce = hexToBytes(header.nonce);
    this.header = header;
    this.#rest = rest.slice(size);
    return true;
  }

  /** The whole record at `at`, its checksum right; null if more bytes are needed. */
  #next(at) {
    const rest = this.#rest.subarray(at);
    if (rest.length < PRELUDE) return null;
    const [size, sequence, samples] = [number(rest, 0), number(rest, 4), number(rest, 8)];
    if (this.#ended) throw new Damaged("something after the end", this.#count);
    if (size > LONGEST || (sequence & ~LAST) !== this.#count) throw new Damaged("unsound bytes", this.#count);
    const length = PRELUDE + size + CHECKSUM;
    if (rest.length < length) return null;
    const covered = rest.subarray(0, length - CHECKSUM);
    if (!same(checksum(covered), rest.subarray(length - CHECKSUM, length))) {
      throw new Damaged("unsound bytes", this.#count);
    }
    return { length, sequence, samples, sealed: covered.subarray(PRELUDE) };
  }

  #open({ sequence, samples, sealed }) {
    const record = this.#count;
    const last = sequence >= LAST;
    const nonce = nonceOf(this.#nonce, record, last);
    let plain;
    try {
      plain = xchacha20poly1305(this.#key, nonce, associated(this.#hash, sequence, samples)).decrypt(sealed);
    } catch {
      throw new Damaged("the key does not open it", record);
    }
    this.#count += 1;
    this.#ended = last;
    const body = plain.subarray(1);
    switch (plain[0]) {
      case KIND.tags:
        return { tags: parseJson(body, "unknown content", record) };
      case KIND.frames:
        return { frame: body, samples };
      case KIND.end:
        return { end: parseJson(body, "unknown content", record) };
      default:
        throw new Damaged("unknown content", record);
    }
  }
}
