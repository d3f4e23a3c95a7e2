// The course of the sound as a picture: one band a side, drawn as it comes in. It is a picture only;
// the slider beside it says the same to who does not see it.

/** Samples summed up in one stroke: 50 ms. */
const STROKE = 400;

export class Waveform {
  #canvas;
  #peaks;
  #length;

  constructor(canvas, sides, length) {
    this.#canvas = canvas;
    this.#length = Math.max(length, 1);
    this.#peaks = Array.from({ length: sides }, () => []);
  }

  /** Takes a stretch of samples by side. Stretches begin at whole strokes, as frames do. */
  add(stretch) {
    stretch.forEach((side, channel) => {
      for (let at = 0; at < side.length; at += STROKE) {
        let peak = 0;
        const end = Math.min(at + STROKE, side.length);
        for (let index = at; index < end; index += 1) peak = Math.max(peak, Math.abs(side[index]));
        this.#peaks[channel].push(peak / 32768);
      }
    });
  }

  wipe() {
    this.#peaks.forEach((peaks) => peaks.splice(0));
  }

  /** Draws all of it; `position` in samples. */
  draw(position) {
    const canvas = this.#canvas;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (width === 0) return;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    const { color } = getComputedStyle(canvas);
    const band = height / this.#peaks.length;
    const cursor = (position / this.#length) * width;
    this.#peaks.forEach((peaks, channel) => {
      this.#band(pen, peaks, { width, middle: band * (channel + 0.5), reach: band / 2 - 2, cursor, color });
    });
    pen.globalAlpha = 1;
    pen.fillStyle = color;
    pen.fillRect(Math.round(cursor) - 1, 0, 2, height);
  }

  #band(pen, peaks, { width, middle, reach, cursor, color }) {
    const strokes = this.#length / STROKE;
    pen.fillStyle = color;
    for (let x = 0; x < width; x += 2) {
      const from = Math.floor((x / width) * strokes);
      const to = Math.max(from + 1, Math.floor(((x + 2) / width) * strokes));
      let peak = 0;
      for (let at = from; at < to && at < peaks.length; at += 1) peak = Math.max(peak, peaks[at]);
      // A root makes quiet speech visible.
      const half = from < peaks.length ? Math.max(0.5, Math.sqrt(peak) * reach) : 0;
      pen.globalAlpha = x < cursor ? 0.9 : 0.45;
      pen.fillRect(x, middle - half, 1, 2 * half);
    }
  }
}
