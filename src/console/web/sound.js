// From pieces of a recording's file to samples: opened, decoded in groups, and checked at the end
// against the length and the MD5 that the recording carries of itself.
//
// Knows no network: `decode(flacBytes, channels)` and the pieces are given.

import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Container, Damaged } from "./container.js";
import { PlainFile, RATE, flacOf } from "./flac.js";

/** Frames decoded at once: little at first, so that playback starts soon, then 15 s. */
const FIRST_GROUP = 4;
const GROUP = 60;

/**
 * Samples of one recording in the making. `key` is null for an unsealed one; `keep` is shown every part
 * of it, as it was recorded.
 */
export class Sound {
  #source;
  #sealed;
  #decode;
  #keep;
  #waiting = [];
  #hash = md5.create();
  #end = null;
  #groups = 0;
  channels = 0;
  complete = false;
  /** What the samples add up to, and what the recording says they must; null if a crash cut it. */
  samples = 0;
  md5 = null;
  claim = null;

  constructor(recording, key, decode, keep = () => {}) {
    this.#sealed = key !== null;
    this.#source = this.#sealed ? new Container(key, recording) : new PlainFile();
    this.#decode = decode;
    this.#keep = keep;
  }

  /** What a piece completes: a list of `Int16Array`s by channel, each list a stretch of time. */
  async push(bytes) {
    return this.#take(this.#source.push(bytes), false);
  }

  /** The rest. Sets `complete`; throws `Damaged` if the samples are not those recorded. */
  async finish() {
    const ended = this.#source.finish();
    if (!this.#sealed) {
      this.#end = ended.end.samples > 0 ? ended.end : null;
    }
    const stretches = await this.#take(this.#sealed ? [] : ended.parts, true);
    this.close();
    this.complete = this.#end !== null;
    this.md5 = bytesToHex(this.#hash.digest());
    this.claim = this.#sealed ? this.#end : ended.end;
    const differs = this.complete && (this.#end.samples !== this.samples || this.#end.md5 !== this.md5);
    if (differs) throw new Damaged("its samples are not those that were recorded", null);
    return stretches;
  }

  close() {
    this.#source.close();
  }

  async #take(parts, all) {
    if (this.#source.header !== null) this.channels = this.#source.header.channels;
    for (const part of parts) {
      this.#keep(part);
      if (part.frame) this.#waiting.push(part);
      if (part.end) this.#end = part.end;
    }
    const stretches = [];
    for (;;) {
      const size = this.#groups === 0 ? FIRST_GROUP : GROUP;
      if (this.#waiting.length === 0 || (this.#waiting.length < size && !all)) return stretches;
      stretches.push(await this.#group(this.#waiting.splice(0, size)));
    }
  }

  async #group(frames) {
    this.#groups += 1;
    const claimed = frames.reduce((sum, { samples }) => sum + samples, 0);
    const sides = await this.#decode(flacOf(frames, this.channels), this.channels);
    if (sides.length !== this.channels || sides.some((side) => side.length !== claimed)) {
      throw new Damaged("its samples are not those that were recorded", null);
    }
    this.samples += claimed;
    const bytes = interleaved(sides);
    this.#hash.update(bytes);
    bytes.fill(0);
    return sides;
  }
}

/** Bytes as FLAC's MD5 wants them: interleaved, little-endian as every browser's machine is. */
function interleaved(sides) {
  const out = new Int16Array(sides[0].length * sides.length);
  sides.forEach((side, channel) => {
    for (let at = 0; at < side.length; at += 1) out[at * sides.length + channel] = side[at];
  });
  return new Uint8Array(out.buffer);
}

/** Decodes by the browser's own decoder, at the recording's own rate: no resampling. */
export async function decodeInBrowser(flac, channels) {
  const context = new OfflineAudioContext(channels, 1, RATE);
  const decoded = await context.decodeAudioData(flac.buffer);
  return Array.from({ length: decoded.numberOfChannels }, (_, channel) => {
    const values = decoded.getChannelData(channel);
    const side = new Int16Array(values.length);
    for (let at = 0; at < side.length; at += 1) side[at] = Math.round(values[at] * 32768);
    return side;
  });
}
