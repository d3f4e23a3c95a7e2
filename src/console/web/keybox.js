// `<section id="key-box">`: a person's keys are loaded here, made here, and go from here.
//
// One holder for the page: `held` is what the other parts sign and open with.

import { ask, over } from "./api.js";
import { Keys, KeyFileError, fingerprint, readKeyFile, sealKeyFile } from "./keys.js";
import { element, field, once, say, status } from "./page.js";
import { TEXT } from "./texts.js";

const IDLE_MS = 15 * 60 * 1000;

/** The keys of the person before this page, and news of their coming and going. */
class Held extends EventTarget {
  keys = new Keys();
  /** What the recorder knows of the person; null until asked. */
  person = null;

  take(keys) {
    this.keys.add(keys);
    this.person = null;
    this.dispatchEvent(new CustomEvent("change", { detail: TEXT.keys_ready }));
  }

  clear(why) {
    if (this.keys.publicKey === null && this.keys.recipient === null) return;
    this.keys.clear();
    this.keys = new Keys();
    this.dispatchEvent(new CustomEvent("change", { detail: why }));
  }

  get any() {
    return this.keys.publicKey !== null || this.keys.recipient !== null;
  }
}

export const held = new Held();

/** Keys go with the session, with idleness and with the page. */
export function guardKeys() {
  let timer;
  const awake = () => {
    clearTimeout(timer);
    timer = setTimeout(() => held.clear(TEXT.keys_idle), IDLE_MS);
  };
  for (const kind of ["pointerdown", "keydown", "linetap-heard"]) document.addEventListener(kind, awake, true);
  awake();
  over.addEventListener("over", () => held.clear(TEXT.session_over));
  addEventListener("pagehide", () => held.clear(TEXT.keys_cleared));
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-sign-out]")) held.clear(TEXT.keys_cleared);
  });
}

const secret = (autocomplete) =>
  element("input", { type: "password", autocomplete, spellcheck: false, className: "passphrase" });

/** Builds the box in its section. */
export function keyBox(section) {
  const news = status();
  const shown = element("dl", { className: "keys" });
  const clear = element("button", { type: "button", className: "quiet" }, TEXT.keys_clear);
  clear.addEventListener("click", () => held.clear(TEXT.keys_cleared));
  const title = element("h2", { id: "key-box-title", tabIndex: -1 }, TEXT.keys_title);
  section.setAttribute("aria-labelledby", title.id);
  const [intro, load, make] = [element("p", {}, TEXT.keys_intro), loader(news), maker(news)];
  section.replaceChildren(title, intro, load, news, shown, clear, make);
  // With keys in memory the box is short: the page's own form is what the person came for.
  const show = async (text) => {
    const inside = section.contains(document.activeElement);
    for (const one of [clear, shown]) one.hidden = !held.any;
    for (const one of [intro, load, make]) one.hidden = held.any;
    // What had the focus may be hidden now: it stays in the box.
    if (inside) title.focus();
    say(news, text);
    if (held.any) await describe(shown, news);
  };
  const changed = ({ detail }) => (section.isConnected ? show(detail) : held.removeEventListener("change", changed));
  held.addEventListener("change", changed);
  show(held.any ? TEXT.keys_ready : TEXT.keys_none);
}

function loader(news) {
  const [fileField, file] = field(TEXT.keys_file, element("input", { type: "file", multiple: true }));
  const [wordField, word] = field(TEXT.keys_passphrase, secret("off"));
  const button = element("button", { type: "submit" }, TEXT.keys_load);
  const form = element("form", { className: "key-load" }, fileField, wordField, button);
  once(form, async () => {
    if (file.files.length === 0) return say(news, TEXT.keys_choose, true);
    say(news, TEXT.keys_loading);
    await attempt(news, async () => held.take(await readAll(file.files, word.value)));
    [file.value, word.value] = ["", ""];
  });
  return form;
}

async function readAll(files, passphrase) {
  const all = new Keys();
  for (const file of files) {
    if (file.size > 64 << 10) throw new KeyFileError("no_key", file.name);
    const bytes = new Uint8Array(await file.arrayBuffer());
    all.add(await readKeyFile(file.name, bytes, passphrase));
    bytes.fill(0);
  }
  return all;
}

async function attempt(news, work) {
  try {
    // The page is painted before the passphrase keeps this thread busy.
    await new Promise((done) => setTimeout(done, 30));
    await work();
  } catch (error) {
    const known = error instanceof KeyFileError ? TEXT.key_errors[error.code] : null;
    const name = error.file ? `${error.file}: ` : "";
    say(news, known ? `${name}${known}` : String(error.message), true);
  }
}

function maker(news) {
  const [firstField, first] = field(TEXT.keys_new_passphrase, secret("new-password"));
  const [againField, again] = field(TEXT.keys_new_again, secret("new-password"));
  const button = element("button", { type: "submit" }, TEXT.keys_make);
  const form = element("form", { className: "key-make" }, firstField, againField, button);
  once(form, async () => {
    if (first.value !== again.value) return say(news, TEXT.keys_differ, true);
    say(news, TEXT.keys_making);
    await attempt(news, () => make(first.value, news));
    [first.value, again.value] = ["", ""];
  });
  const summary = element("summary", {}, TEXT.keys_new);
  return element("details", {}, summary, element("p", {}, TEXT.keys_new_intro), form);
}

async function make(passphrase, news) {
  const keys = await Keys.generate();
  const file = await sealKeyFile(keys, passphrase);
  const address = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
  const link = element("a", { href: address, download: TEXT.keys_filename });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  held.take(keys);
  say(news, TEXT.keys_made);
}

/** Puts the public keys where a form asks for them. */
function fillIn({ publicKey, recipient }) {
  for (const input of document.querySelectorAll("form[data-fill-keys] input")) {
    if (input.name === "key" && publicKey) input.value = publicKey;
    if (input.name === "recipient" && recipient) input.value = recipient;
  }
}

/** Fingerprints and public keys, and whether they are the designated ones. */
async function describe(shown, news) {
  const { publicKey, recipient } = held.keys;
  const rows = [];
  const row = (term, text, print) => rows.push(element("dt", {}, term), element("dd", {}, print ? element("code", {}, text) : text));
  // The whole keys are shown where they are handed on; elsewhere their fingerprints say enough.
  const whole = document.querySelector("form[data-fill-keys]") !== null;
  if (publicKey) row(TEXT.keys_sign, fingerprint(publicKey), true);
  if (publicKey && whole) row(TEXT.keys_public, publicKey, true);
  if (recipient) row(TEXT.keys_age, fingerprint(recipient), true);
  if (recipient && whole) row(TEXT.keys_recipient, recipient, true);
  shown.replaceChildren(...rows);
  fillIn(held.keys);
  const known = await designated().catch(() => null);
  if (known === null || !held.any) return;
  if (publicKey && known.keys.length > 0 && !known.keys.includes(publicKey)) say(news, TEXT.keys_mismatch, true);
  else if (recipient && known.recipients.length > 0 && !known.recipients.includes(recipient)) {
    say(news, TEXT.keys_age_mismatch, true);
  }
}

/** The public keys that count for this person. */
async function designated() {
  held.person ??= await ask("who", {});
  const { key, keys, recipient, designations } = held.person;
  const recipients = [recipient, ...(designations ?? []).map((one) => one.recipient)];
  return { keys: keys ?? [key].filter(Boolean), recipients: recipients.filter(Boolean) };
}
