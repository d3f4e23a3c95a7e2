// FLAC as bytes (RFC 9639): frames put together to small files that a browser decodes, and the frames
// of an unsealed recording found by their checksums. A frame of ours depends on no other frame.

import { concatBytes } from "@noble/hashes/utils.js";
import { Damaged } from "./container.js";

export const RATE = 8000;
/** Samples per channel of a frame: 0.25 s; only a recording's last frame is shorter. */
export const BLOCK = 2000;
/** Bytes of a plain recording before its first frame. */
export const HEADER = 4096;
/** Longest frame there can be: two channels of 16 bit, uncompressed, and headers. */
const LONGEST = BLOCK * 2 * 2 + 1024;

const table = (bits, polynomial) =>
  Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & (1 << (bits - 1)) ? (crc << 1) ^ polynomial : crc << 1;
    return crc & ((1 << bits) - 1);
  });
const CRC8 = table(8, 0x07);
const CRC16 = table(16, 0x8005);

/** x^8 + x^2 + x + 1, over a frame's header. */
export const crc8 = (bytes) => bytes.reduce((crc, byte) => CRC8[crc ^ byte], 0);
const step16 = (crc, byte) => ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ byte];
/** x^16 + x^15 + x^2 + 1, over a whole frame. */
export function crc16(bytes) {
  // Every byte of a recording goes through here twice.
  let crc = 0;
  for (let at = 0; at < bytes.length; at += 1) crc = step16(crc, bytes[at]);
  return crc;
}

/** `fLaC` and STREAMINFO: the only metadata a decoder needs. */
export function streamInfo(channels, samples) {
  const out = new Uint8Array(42);
  out.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
  const view = new DataView(out.buffer);
  view.setUint16(8, BLOCK);
  view.setUint16(10, BLOCK);
  // 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits samples; sizes and MD5 unknown.
  view.setUint32(18, ((RATE << 12) | ((channels - 1) << 9) | (15 << 4)) >>> 0);
  view.setUint32(22, samples);
  return out;
}

/** A FLAC file of these frames (`{frame, samples}`), numbered from 0. */
export function flacOf(frames, channels) {
  const samples = frames.reduce((sum, { samples: own }) => sum + own, 0);
  const numbered = frames.map(({ frame }, at) => renumber(frame, at));
  return concatBytes(streamInfo(channels, samples), ...numbered);
}

/** Bytes of a frame's header without its CRC-8: length and where the number's coding ends. */
function headerOf(bytes) {
  if (bytes.length < 6 || bytes[0] !== 0xff || bytes[1] !== 0xf8) return null;
  const ones = Math.clz32(~(bytes[4] << 24));
  if (ones === 1 || ones > 6) return null;
  const coded = Math.max(ones, 1);
  const sizes = bytes[2] >> 4;
  const rates = bytes[2] & 0xf;
  const block = sizes === 6 ? 1 : sizes === 7 ? 2 : 0;
  const rate = rates === 12 ? 1 : rates === 13 || rates === 14 ? 2 : 0;
  const number = 4 + coded;
  const length = number + block + rate;
  return bytes.length > length ? { number, block, length } : null;
}

/** The coding of a frame number below 2048; longer files are not made here. */
const coded = (at) => (at < 0x80 ? [at] : [0xc0 | (at >> 6), 0x80 | (at & 0x3f)]);

/** The frame with another number and both checksums to match. */
export function renumber(frame, at) {
  const header = headerOf(frame);
  if (header === null || at >= 0x800) throw new Damaged("no FLAC frame", at);
  const head = [...frame.subarray(0, 4), ...coded(at), ...frame.subarray(header.number, header.length)];
  const body = frame.subarray(header.length + 1, frame.length - 2);
  const covered = concatBytes(Uint8Array.from([...head, crc8(head)]), body);
  const crc = crc16(covered);
  return concatBytes(covered, Uint8Array.of(crc >> 8, crc & 0xff));
}

/** Samples per channel that a frame's header tells. */
function samplesOf(bytes, header) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (header.block === 1) return bytes[header.number] + 1;
  if (header.block === 2) return view.getUint16(header.number) + 1;
  const code = bytes[2] >> 4;
  return code === 1 ? 192 : code < 6 ? 144 << code : 1 << code;
}

const beginsFrame = (bytes, at) => {
  const rest = bytes.subarray(at, at + 16);
  const header = headerOf(rest);
  return header !== null && crc8(rest.subarray(0, header.length)) === rest[header.length];
};

/**
 * An unsealed recording, read as `Container` is: `push` gives `{tags}` once and `{frame, samples}`,
 * `finish` the last frame and `{end: {samples, md5}}`.
 */
export class PlainFile {
  #rest = new Uint8Array(0);
  #frames = 0;
  #claim = null;
  header = null;

  push(bytes) {
    this.#rest = concatBytes(this.#rest, bytes);
    if (this.header !== null) return this.#take(false);
    const page = this.#rest.subarray(0, HEADER);
    if (!this.#readHeader()) return [];
    return [{ tags: tagsOf(page) }, ...this.#take(false)];
  }

  /** The rest, and what the file says of itself; `complete` is false if a crash cut it. */
  finish() {
    if (this.header === null) throw new Damaged("unsound header", 0);
    const parts = this.#take(true);
    if (this.#rest.length > 0) throw new Damaged("unsound bytes", this.#frames);
    return { parts, end: this.#claim };
  }

  close() {
    this.#rest.fill(0);
  }

  #readHeader() {
    const page = this.#rest;
    if (page.length < HEADER) return false;
    if (!beginsWith(page, [0x66, 0x4c, 0x61, 0x43]) || (page[4] & 0x7f) !== 0) throw new Damaged("no recording", 0);
    const view = new DataView(page.buffer, page.byteOffset);
    const channels = ((view.getUint32(18) >> 9) & 7) + 1;
    if (view.getUint32(18) >>> 12 !== RATE || channels > 2) throw new Damaged("unsound header", 0);
    const samples = (view.getUint8(21) & 0xf) * 2 ** 32 + view.getUint32(22);
    const md5 = Array.from(page.subarray(26, 42), (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#claim = { samples, md5 };
    this.header = { channels, rate: RATE };
    this.#rest = page.slice(HEADER);
    return true;
  }

  #take(ended) {
    const parts = [];
    let at = 0;
    while (at < this.#rest.length) {
      const length = frameLength(this.#rest.subarray(at), ended);
      if (length === null) break;
      const frame = this.#rest.subarray(at, at + length);
      const header = headerOf(frame);
      if (header === null) throw new Damaged("unsound bytes", this.#frames);
      parts.push({ frame, samples: samplesOf(frame, header) });
      this.#frames += 1;
      at += length;
    }
    this.#rest = this.#rest.slice(at);
    return parts;
  }
}

/** Pairs of the tags in a recording's first page. */
function tagsOf(page) {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const text = (from, length) => {
    if (from + length > page.length) throw new Damaged("unsound header", 0);
    return new TextDecoder().decode(page.subarray(from, from + length));
  };
  for (let at = 4, last = false; !last && at + 4 <= page.length; ) {
    const [kind, size] = [view.getUint8(at), view.getUint32(at) & 0xffffff];
    last = kind >= 0x80;
    at += 4;
    if ((kind & 0x7f) !== 4) {
      at += size;
      continue;
    }
    const pairs = [];
    let place = at + 4 + view.getUint32(at, true);
    let left = place + 4 <= page.length ? view.getUint32(place, true) : 0;
    for (place += 4; left > 0 && place + 4 <= page.length; left -= 1) {
      const length = view.getUint32(place, true);
      const line = text(place + 4, length);
      const equals = line.indexOf("=");
      if (equals >= 0) pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
      place += 4 + length;
    }
    return pairs;
  }
  return [];
}

const beginsWith = (bytes, start) => start.every((byte, at) => bytes[at] === byte);

/** Length of the frame that `bytes` begin with; null if more of them are needed. */
function frameLength(bytes, ended) {
  if (bytes.length >= 16 && !beginsFrame(bytes, 0)) throw new Damaged("unsound bytes", null);
  let crc = 0;
  const reach = Math.min(bytes.length, LONGEST);
  for (let at = 0; at < reach; at += 1) {
    // A checksum over data and checksum is zero.
    if (at > 8 && crc === 0 && bytes[at] === 0xff && beginsFrame(bytes, at)) return at;
    crc = step16(crc, bytes[at]);
  }
  if (ended && crc === 0 && reach === bytes.length) return reach;
  if (ended || reach === LONGEST) throw new Damaged("unsound bytes", null);
  return null;
}
