// `<div id="player" data-order data-recording>`: a listening with its controls. `data-sides` may name
// the sides, `data-sealed="false"` says that no key is needed, `data-row` where rows are (`{row}`).
//
// Everything can be done by keyboard, every change is told to screen readers, and nothing of a
// recording is asked for before the person has begun the listening, which enters the row.

import { ask } from "./api.js";
import { Damaged } from "./container.js";
import { Controls } from "./controls.js";
import { RATE } from "./flac.js";
import { held } from "./keybox.js";
import { clock, element, field, once, say, status } from "./page.js";
import { Declined, signed } from "./sign.js";
import { LANGUAGE, TEXT } from "./texts.js";
import { Transport } from "./transport.js";
import { WrongKey } from "./wrapping.js";

/** Under a page's own address: the console serves both from one folder. */
const WORKLET = new URL("player-worklet.js", document.currentScript?.src ?? new URL("/assets/", location.href));

/** The page goes, or its content is changed for that of another. */
const LEAVING = ["pagehide", "linetap-leave"];

/** Builds the place where a listening begins. */
export function player(place) {
  const news = status();
  const parties = element("input", { type: "text", autocomplete: "off", maxLength: 500 });
  const [partiesField] = field(TEXT.listen_parties, parties);
  const button = element("button", { type: "submit" }, TEXT.listen_begin);
  const form = element("form", { className: "listen" }, element("p", {}, TEXT.listen_duty), partiesField, button);
  place.replaceChildren(form, news);
  once(form, async () => {
    try {
      await begin(place, parties.value, news, form);
    } catch (error) {
      say(news, error instanceof Declined ? "" : String(error.message), true);
    }
  });
}

async function begin(place, parties, news, form) {
  const sealed = place.dataset.sealed !== "false";
  if (held.keys.publicKey === null || (held.keys.recipient === null && sealed)) {
    return say(news, sealed ? TEXT.listen_need_keys : TEXT.sign_need_key, true);
  }
  // The browser lets sound begin only in the wake of the person's own click.
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  context.resume();
  try {
    const { order, recording } = place.dataset;
    const asked = { act: "listen", order, recording };
    const proof = await signed(asked, { quietly: true });
    const begun = await ask("listen", { order, recording, parties, ...proof });
    form.remove();
    listen(place, begun, context, news);
  } catch (error) {
    context.close();
    throw error;
  }
}

function listen(place, begun, context, news) {
  const transport = new Transport(begun, context);
  const controls = new Controls(transport, place.dataset.sides ?? "");
  place.replaceChildren(controls.root, news);
  const until = new Date(begun.until).toLocaleString(LANGUAGE);
  say(news, `${TEXT.listen_row(begun.playback)} ${TEXT.listen_until(until)}`);
  place.dataset.playback = begun.playback;
  transport.addEventListener("whole", ({ detail }) => say(news, detail ? TEXT.listen_whole : TEXT.listen_cut));
  transport.addEventListener("trouble", ({ detail }) => {
    place.dataset.trouble = detail.name;
    say(news, trouble(detail), true);
  });
  const leave = () => transport.abandon();
  const cleared = () => held.any || transport.end("stopped");
  for (const kind of LEAVING) addEventListener(kind, leave);
  held.addEventListener("change", cleared);
  transport.addEventListener("ended", () => {
    for (const kind of LEAVING) removeEventListener(kind, leave);
    held.removeEventListener("change", cleared);
    ended(place, transport, news);
  });
  controls.root.querySelector("button").focus();
  transport.load(WORKLET, held.keys.identity);
}

function trouble(error) {
  if (error instanceof Damaged) return `${TEXT.listen_damaged} (${error.message})`;
  if (error instanceof WrongKey) return TEXT.listen_wrong_key;
  return `${TEXT.listen_shut}: ${error.message}`;
}

/** The way on: the row is completed and signed on its own page. */
function ended(place, transport, news) {
  const heard = TEXT.listen_heard(clock(transport.spans.total / RATE));
  const bad = news.classList.contains("error");
  const next = element("p", {}, `${TEXT.listen_ended} ${heard} `);
  const row = place.dataset.row ?? "/register/{row}";
  next.append(element("a", { href: row.replace("{row}", transport.playback) }, TEXT.listen_next));
  place.replaceChildren(news, next);
  if (!bad) say(news, `${TEXT.listen_ended} ${heard}`);
}
