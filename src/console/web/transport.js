// A listening from its first question to its last: the row is entered before the first piece is asked
// for, every second of sound is granted by the recorder before it plays, and at the end the recorder
// is told what was heard. Knows no controls; `player.js` shows it.

import { ask } from "./api.js";
import { decode } from "./base64.js";
import { Damaged } from "./container.js";
import { RATE } from "./flac.js";
import { Sound, decodeInBrowser } from "./sound.js";
import { Spans } from "./spans.js";
import { TEXT } from "./texts.js";
import { unwrapKey } from "./wrapping.js";

/** One grant: 1 s of output. The next is asked for while this much is left. */
const GRANT = RATE;
const ASK_AT = RATE / 2;
/** Behind every file: a question whether the gate is open, answered without bytes. */
const NO_BYTES = 0xffff_ffff;

/** Events: `progress`, `samples` (detail: a stretch), `whole`, `position`, `ended`, `trouble` (detail: error). */
export class Transport extends EventTarget {
  #context;
  #node = null;
  #begun;
  #asking = false;
  #over = false;
  #loading = true;
  #fetched = 0;
  #turn = 0;
  spans = new Spans();
  position = 0;
  playing = false;
  level = [];

  /** `begun` is the recorder's answer to `listen`; `context` an `AudioContext` at 8 kHz. */
  constructor(begun, context) {
    super();
    this.#begun = begun;
    this.#context = context;
  }

  get playback() {
    return this.#begun.playback;
  }

  get sides() {
    return this.#begun.channels;
  }

  get length() {
    return this.#begun.samples ?? 0;
  }

  get ended() {
    return this.#over;
  }

  /** Fetches, opens and decodes the whole recording; playing may begin at the first `samples`. */
  async load(worklet, identity) {
    const { file } = this.#begun;
    let key = null;
    try {
      if (!file.key && file.place?.endsWith(".rec")) throw new Error(TEXT.listen_not_released);
      if (file.key) key = await unwrapKey(decode(file.key), file.recording, identity);
      await this.#listenThrough(worklet);
      await this.#fetchAll(file, key);
    } catch (error) {
      await this.#fail(error);
    } finally {
      key?.fill(0);
    }
  }

  async #listenThrough(worklet) {
    await this.#context.audioWorklet.addModule(worklet);
    const processorOptions = { sides: this.sides, expected: this.length };
    const options = { numberOfInputs: 0, outputChannelCount: [2], processorOptions };
    this.#node = new AudioWorkletNode(this.#context, "linetap-playback", options);
    this.#node.port.onmessage = ({ data }) => this.#hear(data);
    this.#node.connect(this.#context.destination);
  }

  async #fetchAll(file, key) {
    const sound = new Sound(file.recording, key, decodeInBrowser);
    try {
      let coming = this.#piece(0);
      for (let offset = 0; !this.#over; ) {
        const bytes = await coming;
        if (bytes.length === 0) break;
        offset += bytes.length;
        // The next piece is on its way while this one is opened and decoded.
        coming = this.#piece(offset);
        coming.catch(() => {});
        this.#fetched = file.bytes > 0 ? offset / file.bytes : 1;
        this.#hand(await sound.push(bytes));
        this.#tell("progress", this.#fetched);
      }
      if (this.#over) return;
      this.#hand(await sound.finish());
      this.#loading = false;
      this.#tell("whole", sound.complete);
    } finally {
      sound.close();
    }
  }

  async #piece(offset) {
    const answer = await this.#fetch(offset);
    return decode(answer.bytes ?? "");
  }

  #fetch(offset) {
    return ask("fetch", { gate: this.playback, recording: this.#begun.file.recording, offset });
  }

  #hand(stretches) {
    for (const stretch of stretches) {
      if (this.#over) return;
      this.#tell("samples", stretch);
      const buffers = stretch.map((side) => side.buffer);
      this.#node.port.postMessage({ append: stretch }, buffers);
    }
  }

  #hear({ position, turn, heard, level, granted, starved }) {
    if (this.#over) return;
    if (turn === this.#turn) this.position = position;
    this.level = level;
    if (heard !== null) {
      this.spans.add(heard[0], heard[1]);
      document.dispatchEvent(new Event("linetap-heard"));
    }
    this.#tell("position", this.position);
    if (starved && !this.#loading && this.playing) this.pause();
    else if (this.playing && granted < ASK_AT) this.#askOn();
  }

  /** One more second, if the recorder, whose clock decides, still allows it. */
  async #askOn() {
    if (this.#asking || this.#over) return;
    this.#asking = true;
    try {
      await this.#fetch(NO_BYTES);
      if (!this.#over && this.playing) this.#node.port.postMessage({ grant: GRANT });
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#asking = false;
    }
  }

  async play() {
    if (this.#over || this.#node === null) return;
    if (!this.#loading && this.position >= this.length) this.seek(0);
    this.playing = true;
    await this.#context.resume();
    this.#node.port.postMessage({ play: true, grant: 0 });
    this.#tell("position", this.position);
  }

  pause() {
    this.playing = false;
    this.#node?.port.postMessage({ play: false, grant: 0 });
    this.#tell("position", this.position);
  }

  seek(samples) {
    this.position = Math.min(Math.max(0, Math.round(samples)), this.length);
    this.#turn += 1;
    this.#node?.port.postMessage({ seek: this.position, turn: this.#turn });
  }

  set(orders) {
    this.#node?.port.postMessage(orders);
  }

  /** The act that says what was heard. */
  #act(why) {
    return { act: { act: "end", playback: this.playback, played: this.spans.toMilliseconds(RATE), why } };
  }

  /** Ends the listening: nothing more plays, nothing stays in memory, the row is told. */
  async end(why) {
    if (this.#over) return;
    await this.#settle();
    if (this.#over) return;
    this.#shut();
    await ask("act", this.#act(why));
    this.#tell("ended", why);
  }

  /** Silence, and the audio thread's last report of what was heard. */
  async #settle() {
    if (this.#node === null) return;
    const reported = new Promise((done) => this.addEventListener("position", done, { once: true }));
    this.playing = false;
    this.#node.port.postMessage({ play: false, grant: 0 });
    await Promise.race([reported, new Promise((done) => setTimeout(done, 300))]);
  }

  /** The page goes away: what was heard is still told. */
  abandon() {
    if (this.#over) return;
    this.#shut();
    ask("act", this.#act("cut off"), { keepalive: true }).catch(() => {});
  }

  #shut() {
    this.#over = true;
    this.playing = false;
    this.#node?.port.postMessage({ wipe: true });
    this.#node?.disconnect();
    this.#context.close();
  }

  async #fail(error) {
    if (this.#over) return;
    const why = error instanceof Damaged ? "cut off" : "window";
    await this.#settle();
    if (this.#over) return;
    this.#shut();
    this.#tell("trouble", error);
    await ask("act", this.#act(why)).catch(() => {});
    this.#tell("ended", why);
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
