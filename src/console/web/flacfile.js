// A recording as a FLAC file of its own, byte by byte the one that `linetap export` writes: one page of
// STREAMINFO (samples, MD5), tags and padding, then the frames as they were recorded.

import { concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { Damaged } from "./container.js";
import { HEADER, streamInfo } from "./flac.js";
import { Tags } from "./tags.js";

const RECOVERED = "RECOVERED";
const COMMENTS = 4;
const PADDING = 0x80 | 1;

const little = (value) => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
};

const counted = (bytes) => concatBytes(little(bytes.length), bytes);

function block(kind, body) {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, body.length);
  head[0] = kind;
  return concatBytes(head, body);
}

/** The page before the first frame. */
function page({ channels, samples, md5, least, most }, tags, vendor) {
  const info = streamInfo(channels, samples);
  info[4] = 0; // not the last block
  info.set([least >> 16, least >> 8, least, most >> 16, most >> 8, most], 12);
  info[21] |= Math.floor(samples / 2 ** 32) & 0xf;
  info.set(hexToBytes(md5), 26);
  const lines = tags.lines();
  const comments = concatBytes(counted(utf8ToBytes(vendor)), little(lines.length), ...lines.map(counted));
  const known = concatBytes(info, block(COMMENTS, comments));
  if (known.length + 4 > HEADER) throw new Damaged("its tags do not fit", null);
  return concatBytes(known, block(PADDING, new Uint8Array(HEADER - known.length - 4)));
}

/** Gathers a recording while `Sound` checks it: `keep` is given its parts. */
export class FlacCopy {
  #frames = [];
  #tags = new Tags();
  #least = Infinity;
  #most = 0;

  keep({ tags, frame, end }) {
    if (tags) this.#tags.add(tags);
    if (end?.tags) this.#tags = Tags.of(end.tags);
    if (!frame) return;
    this.#frames.push(frame);
    this.#least = Math.min(this.#least, frame.length);
    this.#most = Math.max(this.#most, frame.length);
  }

  /**
   * The file in parts, and whether the recording has the end that its writer gave it; `sound` is at its
   * end. Throws `Damaged` if its samples are not those that the recording claims.
   */
  finish({ channels, samples, md5, claim }, vendor) {
    if (claim !== null && (claim.samples !== samples || claim.md5 !== md5)) {
      throw new Damaged("its samples are not those that were recorded", null);
    }
    const complete = claim !== null && !this.#tags.has(RECOVERED);
    if (!complete) this.#tags.set(RECOVERED, "1");
    const totals = { channels, samples, md5, least: Math.min(this.#least, this.#most), most: this.#most };
    const parts = [page(totals, this.#tags, vendor), ...this.#frames];
    this.#frames = [];
    return { parts, complete };
  }

  /** Nothing of the sound stays. */
  wipe() {
    this.#frames.forEach((frame) => frame.fill(0));
    this.#frames = [];
  }
}
