// Speed without a change of pitch: WSOLA (waveform similarity overlap-add, Verhelst and Roelands 1993)
// on 8 kHz speech. At speed 1 samples pass through unchanged.
//
// Pure: no clock, no audio API. Runs in the audio thread; allocates nothing after it is made.

/** Output between two choices of a segment: 15 ms. Segments overlap by as much. */
export const HOP = 120;
/** How far from its ideal place a segment may be taken: 10 ms, a whole period of a low voice. */
const SEARCH = 80;
const FADE = Float32Array.from({ length: HOP }, (_, at) => 0.5 - 0.5 * Math.cos((Math.PI * (at + 0.5)) / HOP));

/** Reads a source (`sides`, `length`, `sample(side, at)` as float) at a speed, hop by hop. */
export class Stretcher {
  /** What would naturally follow the last segment; null if the last one ends at `position`. */
  #tail = null;
  /** Place in the source, samples. */
  position = 0;

  /** Goes to another place; what went before is not faded over. */
  seek(position) {
    this.position = position;
    this.#tail = null;
  }

  /**
   * Fills up to `HOP` samples of `out` (a `Float32Array` per side); gives how many, 0 if the source
   * has no more. `position` is then where in the source the next hop begins.
   */
  hop(source, speed, out) {
    const start = Math.round(this.position);
    const count = Math.min(HOP, source.length - start);
    if (count <= 0) return 0;
    const tail = this.#tail ?? start;
    const from = this.#tail === null ? start : nearest(source, start, tail);
    out.forEach((side, channel) => overlap(source, channel, tail, from, count, side));
    this.#tail = speed === 1 ? null : from + HOP;
    this.position = speed === 1 ? from + count : Math.min(this.position + count * speed, source.length);
    return count;
  }
}

/** What followed the last segment fades out while the new one fades in. */
function overlap(source, channel, tail, from, count, side) {
  for (let at = 0; at < count; at += 1) {
    const next = source.sample(channel, from + at);
    side[at] = tail === from ? next : source.sample(channel, tail + at) * (1 - FADE[at]) + next * FADE[at];
  }
}

/** The place near `start` that looks most like what followed the last segment. */
function nearest(source, start, tail) {
  let [best, found] = [-Infinity, start];
  const last = Math.min(start + SEARCH, source.length - 1);
  for (let from = Math.max(0, start - SEARCH); from <= last; from += 1) {
    const likeness = correlation(source, from, tail);
    if (likeness > best) [best, found] = [likeness, from];
  }
  return found;
}

/** Correlation of two stretches, over every second sample of all sides, by the first one's energy. */
function correlation(source, from, tail) {
  let [product, energy] = [0, 1e-9];
  for (let side = 0; side < source.sides; side += 1) {
    for (let at = 0; at < HOP; at += 2) {
      const value = source.sample(side, from + at);
      product += value * source.sample(side, tail + at);
      energy += value * value;
    }
  }
  return product / Math.sqrt(energy);
}
