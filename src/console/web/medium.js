// `<form data-export data-disclosure>`: the director makes the medium of a disclosure, here. The act is
// signed and entered before the recorder gives a piece; every piece is asked for anew; the keys and the
// sound stay in this tab, and the ZIP file goes where the person says.

import { ask } from "./api.js";
import { decode as fromBase64 } from "./base64.js";
import { Damaged } from "./container.js";
import { held } from "./keybox.js";
import { TooLarge, make } from "./making.js";
import { element, once, say, status } from "./page.js";
import { Declined, signed } from "./sign.js";
import { decodeInBrowser } from "./sound.js";
import { choose } from "./target.js";
import { TEXT } from "./texts.js";
import { WrongKey, unwrapKey } from "./wrapping.js";

/** The person stopped it, or went. */
class Stopped extends Error {}

/** What was made in this visit, by number of the disclosure. */
const made = new Map();

/** Takes over the form with which a medium is made. */
export function mediumForm(form, go) {
  const news = status();
  form.append(news);
  once(form, async () => {
    const { disclosure, next } = form.dataset;
    say(news, "");
    try {
      if (held.keys.publicKey === null) throw new Error(TEXT.sign_need_key);
      const target = await choose(`${disclosure}.zip`);
      if (target === null) return say(news, TEXT.medium_no_file);
      await fill(form, disclosure, target, news);
    } catch (error) {
      return say(news, error instanceof Declined ? "" : trouble(error), !(error instanceof Declined));
    }
    await go(next);
    document.getElementById("made-title")?.focus();
  });
}

/** Fills the file, or leaves none. */
async function fill(form, disclosure, target, news) {
  let begun = null;
  const work = new Work(form, news);
  try {
    await opens(disclosure);
    const proof = await signed({ act: "export", disclosure });
    begun = await ask("export", { disclosure, ...proof });
    const sums = await work.during(begun, disclosure, target);
    made.set(disclosure, { sums, name: target.name, downloaded: target.downloaded });
  } catch (error) {
    await target.abort();
    if (begun === null) throw error;
    throw new Error(`${trouble(error)} ${TEXT.medium_none}`);
  }
}

/** Before anything is entered: whether the loaded key opens every recording. */
async function opens(disclosure) {
  const { keys } = await ask("keys", { of: disclosure });
  const sealed = keys.filter(({ blob }) => typeof blob === "string");
  if (sealed.length > 0 && held.keys.identity === null) throw new Error(TEXT.release_need_key);
  for (const { recording, blob } of sealed) {
    (await unwrapKey(fromBase64(blob), recording, held.keys.identity)).fill(0);
  }
}

function trouble(error) {
  if (error instanceof Damaged) return `${TEXT.medium_damaged} (${error.message})`;
  if (error instanceof WrongKey) return TEXT.release_wrong_key;
  if (error instanceof TooLarge) return TEXT.medium_too_large;
  if (error.name === "QuotaExceededError") return TEXT.medium_no_room;
  return error instanceof DOMException ? `${TEXT.medium_not_written} (${error.message})` : String(error.message);
}

async function decode(flac, channels) {
  try {
    return await decodeInBrowser(flac, channels);
  } catch {
    throw new Damaged("its sound cannot be decoded", null);
  }
}

/** The making as it is seen: a bar, a way to stop it, and nobody leaves by mistake. */
class Work {
  #news;
  #form;
  #stop = new AbortController();
  #told = -1;
  #bar = element("progress", { max: 1, value: 0, "aria-label": TEXT.medium_bar });
  #button = element("button", { type: "button", className: "quiet" }, TEXT.medium_stop);

  constructor(form, news) {
    [this.#form, this.#news] = [form, news];
    this.#button.addEventListener("click", () => this.#end(TEXT.medium_stopped));
  }

  #end(why) {
    this.#stop.abort(new Stopped(why));
  }

  #show = (at, all, name, share) => {
    this.#bar.value = (at + share) / all;
    // Making a medium is no idleness.
    document.dispatchEvent(new Event("linetap-heard"));
    if (this.#told === at) return;
    this.#told = at;
    say(this.#news, TEXT.medium_progress(at + 1, all, name));
  };

  /** Links would take the page away, and with it what is being made. */
  #stay = (event) => {
    const link = event.type === "submit" ? !event.target.matches("dialog form, [data-sign-out]") : event.target.closest("a[href]:not([target], [download])");
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(this.#news, TEXT.medium_busy, true);
  };

  #warn = (event) => event.preventDefault();
  #gone = () => this.#end(TEXT.medium_stopped);
  #cleared = () => held.any || this.#end(TEXT.medium_keys_gone);

  /** Makes it; gives the SHA-256 of the sums. */
  async during(begun, disclosure, target) {
    this.#watch("addEventListener");
    this.#form.append(element("p", { className: "actions making" }, this.#bar, this.#button));
    this.#button.focus();
    const { signal } = this.#stop;
    const stopped = new Promise((_, refuse) => signal.addEventListener("abort", () => refuse(signal.reason)));
    stopped.catch(() => {});
    const piece = async (recording, offset) => {
      const { bytes } = await Promise.race([stopped, ask("fetch", { gate: begun.gate, recording, offset })]);
      return fromBase64(bytes ?? "");
    };
    const papers = async (list) => (await ask("papers", list)).papers;
    const { keys } = held;
    try {
      return await make(disclosure, target, {
        begun, keys, identity: keys.identity, decode, papers, fetch: piece, stop: signal, news: this.#show,
      });
    } finally {
      this.#watch("removeEventListener");
      this.#bar.parentElement.remove();
    }
  }

  #watch(how) {
    for (const kind of ["pagehide", "linetap-leave"]) globalThis[how](kind, this.#gone);
    globalThis[how]("beforeunload", this.#warn);
    for (const kind of ["click", "submit"]) document[how](kind, this.#stay, true);
    held[how]("change", this.#cleared);
  }
}

/** Where the hand-over is noted: what was made, what to do with it, and its hash in the form. */
export function recall() {
  const form = document.querySelector("form[data-act=handed_over]");
  const done = form && made.get(form.elements.disclosure.value);
  if (!done || !form.elements.sums) return;
  form.elements.sums.value = done.sums;
  const title = element("h2", { id: "made-title", tabIndex: -1 }, TEXT.made_title);
  const where = done.downloaded ? TEXT.made_downloaded(done.name) : TEXT.made_saved(done.name);
  const steps = [where, TEXT.made_papers, TEXT.made_note].map((text) => element("li", {}, text));
  const hash = element("dl", { className: "keys" }, element("dt", {}, TEXT.made_sums), element("dd", {}, element("code", {}, done.sums)));
  const box = element("section", { className: "form made", "aria-labelledby": title.id }, title, hash, element("ol", {}, ...steps));
  form.closest("section").before(box);
}
