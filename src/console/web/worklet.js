// The audio thread's part of the player: it holds the samples, plays only what was granted, and
// reports which part of the recording was heard.
//
// In: {append}, {play}, {pause}, {seek, turn}, {speed}, {grant: output samples}, {mix: [[left, right] per side]},
// {wipe}. Out: {position, turn, heard: [from, to] | null, level: [per side], granted, starved}. `turn` is that of the
// last seek obeyed: a position under an older one was on its way while the person already sought elsewhere.

import { Samples } from "./samples.js";
import { HOP, Stretcher } from "./stretch.js";

/** Output samples between two reports: 0.1 s. */
const REPORT = 800;

class Playback extends AudioWorkletProcessor {
  #samples;
  #stretcher = new Stretcher();
  #hop;
  #ready = 0;
  #used = 0;
  #playing = false;
  #speed = 1;
  #granted = 0;
  #mix;
  #heard = null;
  #since = 0;
  #starved = false;
  #turn = 0;
  #energy;

  constructor({ processorOptions: { sides, expected } }) {
    super();
    this.#samples = new Samples(sides, expected);
    this.#hop = Array.from({ length: sides }, () => new Float32Array(HOP));
    this.#mix = Array.from({ length: sides }, () => [1, 1]);
    this.#energy = new Float64Array(sides);
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  #obey(order) {
    if (order.append) this.#samples.append(order.append);
    if (order.mix) this.#mix = order.mix;
    if (order.speed) this.#speed = order.speed;
    if (order.grant !== undefined) this.#granted = order.grant === 0 ? 0 : this.#granted + order.grant;
    if (order.seek !== undefined) this.#seek(order);
    if (order.play !== undefined) [this.#playing, this.#starved] = [order.play, false];
    if (order.wipe) this.#wipe();
    this.#report();
  }

  #seek({ seek, turn }) {
    this.#report();
    this.#stretcher.seek(seek);
    this.#turn = turn;
    [this.#ready, this.#used] = [0, 0];
  }

  #wipe() {
    this.#samples.wipe();
    this.#hop.forEach((side) => side.fill(0));
    [this.#playing, this.#granted, this.#ready, this.#used] = [false, 0, 0, 0];
  }

  process(_inputs, [output]) {
    if (!this.#playing) return true;
    for (let at = 0; at < output[0].length; at += 1) {
      if (this.#granted <= 0) break;
      if (this.#used === this.#ready && !this.#refill()) break;
      this.#emit(output, at);
      this.#used += 1;
      this.#granted -= 1;
      this.#since += 1;
    }
    const starves = this.#granted > 0 && this.#used === this.#ready && this.#stretcher.position >= this.#samples.length;
    if (this.#since >= REPORT || starves !== this.#starved) {
      this.#starved = starves;
      this.#report();
    }
    return true;
  }

  #refill() {
    const from = this.#stretcher.position;
    [this.#ready, this.#used] = [this.#stretcher.hop(this.#samples, this.#speed, this.#hop), 0];
    if (this.#ready === 0) return false;
    this.#heard = [this.#heard?.[0] ?? from, this.#stretcher.position];
    return true;
  }

  #emit(output, at) {
    let [left, right] = [0, 0];
    this.#hop.forEach((side, channel) => {
      const value = side[this.#used];
      this.#energy[channel] += value * value;
      left += value * this.#mix[channel][0];
      right += value * this.#mix[channel][1];
    });
    output[0][at] = Math.max(-1, Math.min(1, left));
    if (output.length > 1) output[1][at] = Math.max(-1, Math.min(1, right));
  }

  #report() {
    const level = Array.from(this.#energy, (sum) => (this.#since > 0 ? Math.sqrt(sum / this.#since) : 0));
    this.port.postMessage({
      position: this.#stretcher.position,
      turn: this.#turn,
      heard: this.#heard,
      level,
      granted: this.#granted,
      starved: this.#starved,
    });
    [this.#heard, this.#since] = [null, 0];
    this.#energy.fill(0);
  }
}

registerProcessor("linetap-playback", Playback);
