// A person's signature over an act: the recorder gives the exact text, the page shows in Polish what
// that text says, and only then the key signs it.

import { ask } from "./api.js";
import { fingerprint } from "./keys.js";
import { held } from "./keybox.js";
import { element } from "./page.js";
import { ACTS, FIELDS, LANGUAGE, ROW, TEXT, WORDS } from "./texts.js";

/** The person thought better of it. */
export class Declined extends Error {}

/** The text does not say what was asked for. */
export class OtherText extends Error {
  constructor() {
    super(TEXT.sign_other);
  }
}

/** Parts of a text to be signed: `{kind, site, head, content}`. */
export function read(text) {
  const [first, ...rest] = text.split("\n");
  if (first === "linetap-order-1") {
    const content = JSON.parse(rest.join("\n"));
    return { kind: "order", head: content.head, content };
  }
  if (first === "linetap-row-1") {
    const content = JSON.parse(rest.join("\n"));
    return { kind: "sign", head: content[5], content };
  }
  if (first !== "linetap-act-1" || rest.length < 3) throw new OtherText();
  const [site, head, ...json] = rest;
  const content = JSON.parse(json.join("\n"));
  return { kind: content.act, site, head, content };
}

const blank = (value) => value === undefined || value === null || value === "";

/** Whether `content` says everything that `asked` does, and nothing else that is not blank. */
export function agrees(asked, content) {
  if (asked === null || typeof asked !== "object" || content === null || typeof content !== "object") {
    return asked === content || (blank(asked) && blank(content)) || sameTime(asked, content);
  }
  const names = new Set([...Object.keys(asked), ...Object.keys(content)]);
  return [...names].every((name) => agrees(asked[name], content[name]));
}

const sameTime = (a, b) =>
  typeof a === "string" && typeof b === "string" && /^\d{4}-\d\d-\d\dT/.test(a) && Date.parse(a) === Date.parse(b);

/** Throws unless the text is that of this act. */
export function check(text, act) {
  const { kind, content, head } = read(text);
  const expected = act.act;
  if (kind !== expected) throw new OtherText();
  if (kind === "sign") {
    if (content[0] !== act.playback) throw new OtherText();
  } else {
    const { act: _kind, head: _head, signature: _signature, ...asked } = act;
    const { act: _same, head: _its, signature: _none, ...said } = content;
    if (!agrees(asked, said)) throw new OtherText();
  }
  return head;
}

function word(name, value) {
  if (value === true) return TEXT.yes;
  if (value === false) return TEXT.no;
  if (blank(value)) return TEXT.none;
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value)) return new Date(value).toLocaleString(LANGUAGE);
  if (["key", "recipient"].includes(name)) return `${value}\n${TEXT.sign_print(fingerprint(value))}`;
  return WORDS[name]?.[value] ?? String(value);
}

/** As a person reads an act: whom and what it is about, then when, then the rest as it comes. */
const ORDER = [
  "order", "account", "name", "post", "roles", "report", "listener", "ground", "reason", "employee", "calls", "call",
  "line", "direction", "calling", "called", "start", "end", "recordings", "from", "until",
];

function inOrder(value) {
  const place = ([name]) => (ORDER.indexOf(name) + 1 || ORDER.length + 1);
  return Object.entries(value).sort((a, b) => place(a) - place(b));
}

/** Fields that are numbers of the log. */
const NUMBERS = ["account", "designation", "disclosure", "hold", "listener", "order"];

/** A number, and whom or what it stands for, as the recorder says. */
function numbered(name, value, about) {
  if (!NUMBERS.includes(name) || !Object.hasOwn(about, value)) return word(name, value);
  return `${value} – ${name === "order" ? TEXT.sign_heard_by(about[value]) : about[value]}`;
}

/** Terms and texts of an act, nested ones flat; `about` says what its numbers stand for. */
export function lines(content, about = {}) {
  const out = [];
  const walk = (value, name) => {
    if (Array.isArray(value) && value.some((one) => typeof one === "object")) {
      value.forEach((one) => walk(one, name));
    } else if (Array.isArray(value)) {
      out.push([FIELDS[name] ?? name, value.map((one) => word(name, one)).join(", ") || TEXT.none]);
    } else if (value !== null && typeof value === "object") {
      for (const [inner, one] of inOrder(value)) walk(one, inner);
    } else if (!["act", "head", "signature"].includes(name)) {
      out.push([FIELDS[name] ?? name, numbered(name, value, about)]);
    }
  };
  walk(content, "");
  return out;
}

/** The same of a row: fields a–h and what they are about. */
export function rowLines([playback, order, recording, sha256, fields]) {
  const about = [[FIELDS.playback, playback], [FIELDS.order, order], [FIELDS.recording, recording], ["SHA-256", sha256]];
  return [...about, ...fields.map((value, at) => [ROW[at], value])];
}

/**
 * Shows what is signed; resolves when the person agrees, rejects with `Declined`. The title has the
 * focus first: nobody signs by an Enter too many.
 */
function confirm(text, about) {
  const { kind, site, head, content } = read(text);
  const title = element("h2", { id: "sign-title", tabIndex: -1, autofocus: true }, `${TEXT.sign_title}: ${ACTS[kind] ?? kind}`);
  const terms = kind === "sign" ? rowLines(content) : lines(content, about);
  if (site) terms.push([TEXT.sign_site, site]);
  terms.push([TEXT.sign_head, head.slice(0, 16)], [TEXT.sign_with, fingerprint(held.keys.publicKey)]);
  const list = element("dl", {});
  for (const [term, value] of terms) list.append(element("dt", {}, term), element("dd", {}, value));
  const full = element("details", {}, element("summary", {}, TEXT.sign_full), element("pre", { tabIndex: 0 }, text));
  const yes = element("button", { type: "submit", value: "yes" }, TEXT.sign_do);
  const no = element("button", { type: "submit", value: "", className: "quiet" }, TEXT.cancel);
  const form = element("form", { method: "dialog" }, title, list, full, element("p", { className: "actions" }, yes, no));
  const dialog = element("dialog", { className: "sign", "aria-labelledby": title.id }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((agree, decline) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") agree();
      else decline(new Declined());
    });
  });
}

/** Signature over an act after the person saw it: `{head, signature}`. */
export async function signed(act, { quietly = false, agreed = () => {} } = {}) {
  if (held.keys.publicKey === null) throw new Error(TEXT.sign_need_key);
  const { text, about } = await ask("prepare", { act });
  const head = check(text, act);
  if (!quietly) await confirm(text, about);
  agreed();
  return { head, signature: held.keys.sign(text) };
}
