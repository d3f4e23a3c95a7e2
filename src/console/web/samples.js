// The samples of a call as they come in, by side, in one growing store that can be wiped.

/** 16-bit samples of one or two sides; grows by doubling and wipes what it leaves behind. */
export class Samples {
  #sides;
  length = 0;

  constructor(sides, expected) {
    this.#sides = Array.from({ length: sides }, () => new Int16Array(Math.max(expected, 8000)));
  }

  get sides() {
    return this.#sides.length;
  }

  append(stretch) {
    const length = this.length + stretch[0].length;
    stretch.forEach((part, side) => {
      if (this.#sides[side].length < length) this.#grow(side, length);
      this.#sides[side].set(part, this.length);
      part.fill(0);
    });
    this.length = length;
  }

  #grow(side, length) {
    const larger = new Int16Array(Math.max(length, 2 * this.#sides[side].length));
    larger.set(this.#sides[side]);
    this.#sides[side].fill(0);
    this.#sides[side] = larger;
  }

  /** -1..1; silence outside what is there. */
  sample(side, at) {
    return at >= 0 && at < this.length ? this.#sides[side][at] / 32768 : 0;
  }

  wipe() {
    this.#sides.forEach((side) => side.fill(0));
    this.length = 0;
  }
}
