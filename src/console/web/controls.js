// The player's controls: buttons, sliders, waveform, keyboard; they show a `Transport`'s state.

import { RATE } from "./flac.js";
import { clock, element, field, status, say } from "./page.js";
import { TEXT } from "./texts.js";
import { Waveform } from "./waveform.js";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** Loudness of each side left and right. `balance` -1: only our side, 1: only theirs. */
export function mixOf(sides, balance, volume, apart) {
  if (sides === 1) return [[volume, volume]];
  const gains = [Math.min(1, 1 - balance) * volume, Math.min(1, 1 + balance) * volume];
  return apart ? [[gains[0], 0], [0, gains[1]]] : gains.map((gain) => [gain, gain]);
}

export class Controls {
  #transport;
  #wave;
  #position;
  #play;
  #time;
  #meters = [];
  #news = status();
  #names;
  volume = 1;
  balance = 0;
  apart = false;

  constructor(transport, sides) {
    this.#transport = transport;
    this.#names = transport.sides === 1 ? [TEXT.side_one] : sidesOf(sides);
    this.root = element("div", { className: "player", role: "group", "aria-label": TEXT.listen_region });
    this.#build();
    this.#follow();
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  #build() {
    const canvas = element("canvas", { className: "wave", "aria-hidden": "true", title: TEXT.listen_wave });
    this.#wave = new Waveform(canvas, this.#transport.sides, this.#transport.length);
    canvas.addEventListener("click", ({ offsetX }) => {
      this.#seek((offsetX / canvas.clientWidth) * this.#transport.length, true);
    });
    this.#play = element("button", { type: "button", className: "play", "aria-keyshortcuts": "Space" }, TEXT.listen_play);
    this.#play.addEventListener("click", () => this.#toggle());
    this.#time = element("span", { className: "time", "aria-hidden": "true" });
    const end = element("button", { type: "button", className: "end" }, TEXT.listen_end);
    end.addEventListener("click", () => this.#transport.end("stopped"));
    const buttons = element("p", { className: "buttons" }, this.#play, " ", this.#time, " ", end);
    const settings = element("div", { className: "settings" }, ...this.#settings());
    this.root.append(buttons, this.#legend(), canvas, this.#slider(), settings, this.#levels());
    this.root.append(element("p", { className: "hint" }, TEXT.listen_keyboard), this.#news);
    new ResizeObserver(() => this.#wave.draw(this.#transport.position)).observe(canvas);
    this.#show();
  }

  #legend() {
    return element("p", { className: "sides" }, this.#names.join(" · "));
  }

  #slider() {
    const seconds = Math.ceil(this.#transport.length / RATE);
    const range = element("input", { type: "range", min: 0, max: seconds, step: 1, value: 0, className: "position" });
    const [wrapper, position] = field(TEXT.listen_position, range);
    position.addEventListener("input", () => this.#seek(Number(position.value) * RATE, false));
    this.#position = position;
    return wrapper;
  }

  #settings() {
    const choices = SPEEDS.map((speed) => element("option", { value: speed, selected: speed === 1 }, `${speed}×`.replace(".", ",")));
    const [speedField, speed] = field(TEXT.listen_speed, element("select", { className: "speed" }, ...choices));
    speed.addEventListener("change", () => this.#transport.set({ speed: Number(speed.value) }));
    const loud = element("input", { type: "range", min: 0, max: 100, step: 5, value: 100, className: "volume" });
    const [volumeField, volume] = field(TEXT.listen_volume, loud);
    volume.addEventListener("input", () => this.#mix({ volume: Number(volume.value) / 100 }));
    return this.#transport.sides === 2 ? [speedField, volumeField, ...this.#balance()] : [speedField, volumeField];
  }

  #balance() {
    const range = element("input", { type: "range", min: -100, max: 100, step: 10, value: 0, className: "balance" });
    const [wrapper, balance] = field(TEXT.listen_balance, range);
    const [apartField, apart] = field(TEXT.listen_apart, element("input", { type: "checkbox", className: "apart" }));
    balance.addEventListener("input", () => this.#mix({ balance: Number(balance.value) / 100 }));
    apart.addEventListener("change", () => this.#mix({ apart: apart.checked }));
    const tell = () => {
      const [[a], [b]] = mixOf(2, this.balance, 1, false);
      balance.setAttribute("aria-valuetext", TEXT.listen_balance_value(Math.round(a * 100), Math.round(b * 100)));
    };
    balance.addEventListener("input", tell);
    tell();
    return [wrapper, apartField];
  }

  #levels() {
    const box = element("div", { className: "levels", "aria-hidden": "true" }, element("p", {}, TEXT.listen_level));
    this.#meters = this.#names.map((name) => {
      const meter = element("meter", { min: -60, max: 0, low: -50, high: -6, optimum: -20, value: -60, title: name });
      if (this.#names.length > 1) box.append(element("span", { className: "side" }, name));
      box.append(meter);
      return meter;
    });
    return box;
  }

  #mix(change) {
    Object.assign(this, change);
    this.#transport.set({ mix: mixOf(this.#transport.sides, this.balance, this.volume, this.apart) });
  }

  #follow() {
    const { root } = this;
    const transport = this.#transport;
    transport.addEventListener("samples", ({ detail }) => {
      this.#wave.add(detail);
      this.#show();
    });
    transport.addEventListener("progress", ({ detail }) => {
      root.dataset.loaded = Math.min(100, Math.round(detail * 100));
      if (transport.position === 0 && !transport.playing) say(this.#news, TEXT.listen_loading(root.dataset.loaded));
    });
    transport.addEventListener("position", () => this.#show());
    transport.addEventListener("whole", () => {
      root.dataset.loaded = "100";
      say(this.#news, "");
    });
    transport.addEventListener("ended", () => this.#wave.wipe());
  }

  #show() {
    const { position, playing, length, level } = this.#transport;
    const at = clock(position / RATE);
    this.#play.textContent = playing ? TEXT.listen_pause : TEXT.listen_play;
    this.#time.textContent = TEXT.listen_of(at, clock(length / RATE));
    this.#position.value = Math.floor(position / RATE);
    this.#position.setAttribute("aria-valuetext", this.#time.textContent);
    this.#meters.forEach((meter, side) => {
      meter.value = playing && level[side] > 0 ? Math.max(-60, 20 * Math.log10(level[side])) : -60;
    });
    this.root.dataset.position = (position / RATE).toFixed(2);
    this.root.dataset.playing = playing;
    this.#wave.draw(position);
  }

  #toggle() {
    if (this.#transport.playing) this.#transport.pause();
    else this.#transport.play();
    say(this.#news, this.#transport.playing ? TEXT.listen_played : TEXT.listen_paused);
  }

  #seek(samples, told) {
    this.#transport.seek(samples);
    this.#show();
    if (told) say(this.#news, TEXT.listen_at(clock(this.#transport.position / RATE)));
  }

  /** Keys count while the player has the focus, and controls keep those that are their own. */
  #key(event) {
    const { key, target, shiftKey } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const own = target.matches("select, input[type=range], input[type=checkbox]");
    const step = (shiftKey ? 1 : 5) * RATE;
    const { position, length } = this.#transport;
    let done = true;
    if (key === " " && !target.matches("button, select, input[type=checkbox]")) this.#toggle();
    else if (/^\d$/.test(key) && !target.matches("select")) this.#seek((length * Number(key)) / 10, true);
    else if (key === "ArrowLeft" && !own) this.#seek(position - step, true);
    else if (key === "ArrowRight" && !own) this.#seek(position + step, true);
    else if ((key === "ArrowUp" || key === "ArrowDown") && !own) this.#louder(key === "ArrowUp" ? 0.05 : -0.05);
    else done = false;
    if (done) event.preventDefault();
  }

  #louder(by) {
    this.#mix({ volume: Math.min(1, Math.max(0, this.volume + by)) });
    const range = this.root.querySelector(".volume");
    range.value = Math.round(this.volume * 100);
    say(this.#news, `${TEXT.listen_volume} ${range.value} %`);
  }
}

/** Names of the sides: the console may give its own, comma-separated. */
function sidesOf(given) {
  const names = given.split(",").map((name) => name.trim());
  const plain = names.length !== 2 || names.every((name) => name.length < 2);
  return plain ? [TEXT.side_a, TEXT.side_b] : names;
}
