// What was really heard of a recording, as spans of samples; merged where they touch.

/** Spans `[from, to)`, kept in order and apart. */
export class Spans {
  #spans = [];

  add(from, to) {
    if (to <= from) return;
    const apart = this.#spans.filter(([a, b]) => b < from || a > to);
    const touching = this.#spans.filter(([a, b]) => b >= from && a <= to);
    const merged = touching.reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)], [from, to]);
    this.#spans = [...apart, merged].sort(([a], [b]) => a - b);
  }

  /** Whole milliseconds, as the register wants them. */
  toMilliseconds(rate) {
    return this.#spans.map(([from, to]) => [Math.floor((from * 1000) / rate), Math.ceil((to * 1000) / rate)]);
  }

  get total() {
    return this.#spans.reduce((sum, [from, to]) => sum + to - from, 0);
  }
}
