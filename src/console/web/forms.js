// `<form data-sign data-act="order">`: the form's fields are the act's fields.
//
// * A name with dots nests: `notice.how` is `{notice: {how}}`.
// * `data-kind` on a control says what its text is: `number`, `boolean` ("true"/"false"; a checkbox is
//   one), `list` (lines or commas; several controls of one name are a list anyway), `time` (local time
//   of the office, sent as UTC), `text` (sent even if empty). Other empty fields are left out.
// * `calls` of an order or a disclosure are ids; the recorder names the calls.
// * `data-next` is where the person goes on; `{number}` stands for the number that was made.

import { ask } from "./api.js";
import { held } from "./keybox.js";
import { once, say, status } from "./page.js";
import { release } from "./release.js";
import { Declined, signed } from "./sign.js";
import { TEXT } from "./texts.js";

/** Milliseconds by which `zone` is ahead of UTC at `moment`. */
function offset(zone, moment) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - moment;
}

/** Local time of a zone (`2026-12-01T15:00`) as RFC 3339 in UTC; the first of two in autumn. */
export function utc(local, zone) {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$/.exec(local);
  if (parts === null) throw new Error(TEXT.sign_local_time);
  const asked = Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? ":00"}Z`);
  if (Number.isNaN(asked)) throw new Error(TEXT.sign_local_time);
  const before = asked - offset(zone, asked - 24 * 3_600_000);
  const exact = offset(zone, before) === asked - before ? before : asked - offset(zone, asked);
  return new Date(exact).toISOString().replace(".000Z", "Z");
}

function put(act, name, value) {
  const path = name.split(".");
  const last = path.pop();
  const inner = path.reduce((place, part) => (place[part] ??= {}), act);
  inner[last] = value;
}

const split = (text) => text.split(/[\n,]/).map((one) => one.trim()).filter((one) => one !== "");

function valueOf(control, zone) {
  const kind = control.dataset.kind ?? (control.type === "number" ? "number" : control.type === "datetime-local" ? "time" : "");
  if (control.type === "checkbox" && control.getAttribute("value") === null) return control.checked;
  if ((control.type === "checkbox" || control.type === "radio") && !control.checked) return undefined;
  const text = control.value.trim();
  if (kind === "list") return split(text);
  if (text === "" && kind !== "text") return undefined;
  if (kind === "number") return Number(text);
  if (kind === "boolean") return text === "true";
  return kind === "time" ? utc(text, zone) : text;
}

/** The act that a form says. `zone` is the office's. */
export function actOf(form, zone) {
  const act = { act: form.dataset.act };
  const lists = new Set(form.dataset.lists?.split(" "));
  for (const control of form.elements) {
    const { name } = control;
    if (!name || name === "csrf" || control.disabled || control.matches("button, [type=submit], fieldset")) continue;
    const value = valueOf(control, zone);
    const several = lists.has(name) || (form.elements[name].length > 1 && control.type === "checkbox");
    const known = several ? [...(act[name] ?? [])] : null;
    if (several) put(act, name, value === undefined ? known : known.concat(value));
    else if (value !== undefined) put(act, name, value);
  }
  return act;
}

/**
 * An order and a disclosure name calls as the recorder knows them; an order and the signature of a row
 * carry head and signature of their own, to be filled in.
 */
async function complete(act) {
  if (act.act === "sign") return { ...act, head: "", signature: "" };
  if (!["order", "ask_disclosure"].includes(act.act)) return act;
  const answer = await ask("name", { calls: act.calls });
  const whole = { ...act, calls: answer.calls };
  if (act.act === "order") Object.assign(whole, { from: act.from ?? answer.now, head: answer.head, signature: "" });
  return whole;
}

/** Signs an act and enters it. */
async function enter(act, agreed) {
  const { head, signature } = await signed(act, { agreed });
  if (["order", "sign"].includes(act.act)) return ask("act", { act: { ...act, head, signature } });
  return ask("act", { act, head, signature });
}

async function submit(form, news) {
  if (held.keys.publicKey === null) throw new Error(TEXT.sign_need_key);
  say(news, "");
  if (form.hasAttribute("data-release")) {
    const answer = await release(form, form.dataset.order, (text) => say(news, text));
    say(news, TEXT.release_done(answer.released));
    return answer;
  }
  const zone = form.dataset.zone ?? (await ask("who", {})).zone;
  const answer = await enter(await complete(actOf(form, zone)), () => say(news, TEXT.sign_sending));
  say(news, TEXT.sign_done);
  return answer;
}

/** Takes over a form that is signed here. */
export function signForm(form, go) {
  const news = status();
  form.append(news);
  once(form, async () => {
    try {
      const answer = await submit(form, news);
      const next = form.dataset.next?.replace("{number}", encodeURIComponent(answer.number ?? ""));
      if (next) await go(next);
    } catch (error) {
      say(news, error instanceof Declined ? "" : String(error.message), true);
    }
  });
}
