// A stand-in for the console and the recorder: one page a hook, the committed vectors as recordings,
// answers as docs/procedure.md has them. The whole procedure against the real ones is in
// tests/console_browser.rs.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { bytes, expected } from "./vectors.mjs";

const ASSETS = fileURLToPath(new URL("../../assets/", import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HEAD = "ab".repeat(32);
const PIECE = 4_096;

const page = (title, body) => `<!doctype html><html lang="pl"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="csrf" content="token">
<script src="/assets/app.js" defer></script></head><body><nav aria-label="Strony"><a href="/">Odsłuch</a> <a href="/forms">Formularze</a></nav>
<main><h1>${title}</h1><section id="key-box"></section>${body}</main></body></html>`;

const player = (name) =>
  `<div id="player" data-order="O-1" data-recording="${expected[name].recording}" data-sides="A,B" data-sealed="${name !== "plain"}"></div>`;

const PAGES = {
  "/": page("Odsłuch", player("stereo")),
  "/plain": page("Odsłuch bez pieczęci", player("plain")),
  "/forms": page(
    "Formularze",
    `<form data-sign data-act="notice" data-next="/"><input type="hidden" name="order" value="O-1">
    <p><label for="how">Pracownik</label> <select id="how" name="notice.how"><option value="given">powiadomiony</option></select></p>
    <p><label for="note">Jak</label> <input id="note" name="notice.note"></p><button>Wpisz</button></form>
    <form data-release data-order="O-1"><button>Wydaj</button></form>
    <form method="post" data-fill-keys><p><label for="r">Klucz</label> <input id="r" name="recipient"></p></form>`,
  ),
};

/** State of the recorder that tests turn. */
export class Office {
  open = true;
  tampered = false;
  /** What `prepare` is to say instead of the act. */
  other = null;
  asked = [];

  #file(recording) {
    const name = ["mono", "stereo", "plain"].find((one) => expected[one].recording === recording);
    const whole = Uint8Array.from(bytes(name === "plain" ? "plain.flac" : `${name}.rec`));
    if (this.tampered) whole[whole.length - 2_000] ^= 1;
    return { name, whole, key: name === "plain" ? null : Buffer.from(bytes(`${name}.age`)).toString("base64") };
  }

  answer(request, asked) {
    const { name, whole, key } = asked.recording ? this.#file(asked.recording) : {};
    switch (request) {
      case "who":
        return { keys: [expected.sign.public], recipient: expected.recipient, zone: "Europe/Warsaw", head: HEAD };
      case "prepare":
        return { head: HEAD, text: `linetap-act-1\ncentrala\n${HEAD}\n${JSON.stringify(this.other ?? asked.act)}` };
      case "listen":
        return {
          playback: "P-1", until: "2099-01-01T00:00:00Z", samples: 13_700, channels: expected[name].channels,
          file: { recording: asked.recording, bytes: whole.length, key },
        };
      case "fetch": {
        if (!this.open) return null;
        const piece = whole.subarray(asked.offset, asked.offset + PIECE);
        return { bytes: Buffer.from(piece).toString("base64"), end: piece.length === 0 };
      }
      case "keys": {
        const blob = (one) => ({ recording: expected[one].recording, blob: Buffer.from(bytes(`${one}.age`)).toString("base64") });
        return { keys: [blob("mono"), blob("stereo")], recipient: expected.recipient };
      }
      case "release":
        return { released: asked.wrappings.length };
      default:
        return { number: "W-1", entry: 1, hash: HEAD };
    }
  }

  /** What was asked of one kind. */
  of(request) {
    return this.asked.filter(([kind]) => kind === request).map(([, asked]) => asked);
  }
}

async function serve(office, request, response) {
  response.setHeader("Content-Security-Policy", POLICY);
  const { pathname } = new URL(request.url, "http://office");
  const send = (status, type, body) => response.writeHead(status, { "Content-Type": type }).end(body);
  if (PAGES[pathname]) return send(200, "text/html; charset=utf-8", PAGES[pathname]);
  if (pathname.startsWith("/assets/")) return send(200, "text/javascript", readFileSync(ASSETS + pathname.slice(8)));
  if (!pathname.startsWith("/api/")) return send(404, "text/plain", "");
  let body = "";
  for await (const part of request) body += part;
  const asked = JSON.parse(body);
  office.asked.push([pathname.slice(5), asked]);
  const answer = request.headers["x-csrf"] === "token" ? office.answer(pathname.slice(5), asked) : null;
  const whole = answer === null ? { ok: false, kind: "invalid", error: "nie teraz", remedy: "później" } : { ok: true, ...answer };
  return send(answer === null ? 409 : 200, "application/json", JSON.stringify({ v: 1, ...whole }));
}

/** Starts one on loopback: `{office, address, close}`. */
export async function start() {
  const office = new Office();
  const server = createServer((request, response) => serve(office, request, response));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  return { office, address: `http://127.0.0.1:${server.address().port}`, close };
}
