// A medium made by the page's own script: its recordings are byte by byte those of `linetap export`, and
// everything on it is checked by the tools that an institution has.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { encode } from "../base64.js";
import { Damaged } from "../container.js";
import { FlacCopy } from "../flacfile.js";
import { TooLarge, make } from "../making.js";
import { Keys, readKeyFile } from "../keys.js";
import { Sound } from "../sound.js";
import { Tags } from "../tags.js";
import { WrongKey, unwrapKey } from "../wrapping.js";
import { bytes, decode, expected, identity, pieces } from "./vectors.mjs";

const FILE = { mono: "mono.rec", stereo: "stereo.rec", plain: "plain.flac" };

const keyOf = async (name) => (name === "plain" ? null : unwrapKey(bytes(`${name}.age`), expected[name].recording, identity("director.key")));

async function copied(whole, name, size) {
  const copy = new FlacCopy();
  const sound = new Sound(expected[name].recording, await keyOf(name), decode, (part) => copy.keep(part));
  for (const piece of pieces(whole, size)) await sound.push(piece);
  await sound.finish();
  const { parts, complete } = copy.finish(sound, expected.vendor);
  return { complete, hash: createHash("sha256").update(Buffer.concat(parts)).digest("hex") };
}

for (const name of Object.keys(FILE)) {
  for (const size of [997, 262_144]) {
    test(`the copy of ${FILE[name]} has the bytes of an export, read in pieces of ${size}`, async () => {
      assert.deepEqual(await copied(bytes(FILE[name]), name, size), { complete: true, hash: expected[name].flac });
    });
  }
}

/** Without its last record, as a crash leaves it. */
function cut(whole) {
  const view = new DataView(whole.buffer, whole.byteOffset);
  let at = 20 + view.getUint32(8, true);
  while (at + 20 + view.getUint32(at, true) < whole.length) at += 20 + view.getUint32(at, true);
  return whole.subarray(0, at);
}

for (const name of ["mono", "stereo"]) {
  test(`a ${name} recording that a crash cut is copied as an export does it, and marked`, async () => {
    assert.deepEqual(await copied(cut(bytes(FILE[name])), name, 4_096), { complete: false, hash: expected[name].cut });
  });
}

test("tags are kept as the recorder keeps them", () => {
  const tags = Tags.of([["LINE", "1"], ["ca=ller", "52\u001b[31m3"], ["LINE", "2"], ["LONG", "ż".repeat(99)], ["NONE", "\u0007"]]);
  const lines = tags.lines().map((line) => new TextDecoder().decode(line));
  assert.deepEqual(lines, ["CALLER=52[31m3", "LINE=2", `LONG=${"ż".repeat(60)}`]);
  for (let at = 0; at < 99; at += 1) tags.set(`K${at}`, "v");
  assert.equal(tags.lines().length, 20);
});

/** A target in memory. */
class Memory {
  parts = [];
  closed = false;
  write = (piece) => this.parts.push(Uint8Array.from(piece));
  close = () => (this.closed = true);
}

async function signing() {
  const keys = new Keys();
  for (const name of ["director.key", "sign.key"]) keys.add(await readKeyFile(name, bytes(name), ""));
  return keys;
}

const call = (name, start) => ({
  call: `c-${name}`, recordings: [expected[name].recording], line: "Centrala 1", direction: "incoming", called: "525550100",
  calling: "525550199", start, end: start,
});

const file = (name) => ({
  recording: expected[name].recording,
  place: `2026/11/23/${expected[name].recording}.${FILE[name].split(".")[1]}`,
  bytes: bytes(FILE[name]).length,
  key: name === "plain" ? null : encode(bytes(`${name}.age`)),
});

/** The recorder's answer, and what a page gives besides. */
async function given(more = {}) {
  const keys = await signing();
  const names = Object.keys(FILE);
  const content = (recording) => bytes(FILE[names.find((name) => expected[name].recording === recording)]);
  const calls = names.map((name, at) => call(name, `2026-11-23T10:0${at}:15.000+01:00`));
  return {
    begun: {
      gate: "X-1", vendor: expected.vendor, office: "Ośrodek „Próbny”", made: "2026-11-24T10:15:00.000+01:00",
      disclosure: { request: "W/1", calls }, files: names.map(file),
    },
    keys, identity: keys.identity, decode,
    fetch: async (recording, offset) => content(recording).slice(offset, offset + 5_000),
    papers: async ({ files }) => [["protokol.html", `<p>${files.length}</p>`], ["wypis.html", "<p>ż</p>"]],
    stop: new AbortController().signal, news: () => {},
    ...more,
  };
}

function run(dir, program, ...args) {
  const done = spawnSync(program, args, { cwd: dir, encoding: "utf8" });
  assert.equal(done.status, 0, `${program} ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

test("the whole medium is what the institution's own tools expect", async () => {
  const dir = mkdtempSync(join(tmpdir(), "linetap-medium-"));
  try {
    const target = new Memory();
    const shown = [];
    const sums = await make("X-1", target, await given({ news: (at, all, name, share) => shown.push([at, all, share]) }));
    assert.equal(target.closed, true);
    assert.deepEqual([shown[0], shown.at(-1)], [[0, 3, 0], [2, 3, 1]]);
    writeFileSync(join(dir, "X-1.zip"), Buffer.concat(target.parts));
    run(dir, "unzip", "-q", "X-1.zip");
    assert.doesNotMatch(run(dir, "zipinfo", "-l", "X-1.zip"), /def[NXFS]/, "stored");
    const names = readdirSync(dir);
    const flacs = names.filter((name) => name.endsWith(".flac"));
    assert.deepEqual(flacs.map((name) => name.slice(0, 18)), ["2026-11-23T100015_", "2026-11-23T100115_", "2026-11-23T100215_"]);
    run(dir, "flac", "-ts", ...flacs);
    run(dir, "sha256sum", "-c", "--quiet", "SHA256SUMS");
    const text = readFileSync(join(dir, "SHA256SUMS"), "utf8");
    for (const name of Object.keys(FILE)) assert.ok(text.includes(expected[name].flac), name);
    assert.equal(createHash("sha256").update(text).digest("hex"), sums);
    const [key, signature] = readFileSync(join(dir, "SHA256SUMS.ed25519"), "utf8").trim().split("\n");
    assert.equal(key, expected.sign.public);
    assert.ok(ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(key)));
    const described = JSON.parse(readFileSync(join(dir, "metadane.json"), "utf8"));
    assert.deepEqual(Object.keys(described), ["disclosure", "made", "office", "recordings", "request"]);
    assert.deepEqual(described.recordings.map(({ file: name, complete }) => [name, complete]), flacs.map((name) => [name, true]));
    assert.equal(readFileSync(join(dir, "wypis.html"), "utf8"), "<p>ż</p>");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

async function refused(error, more) {
  const target = new Memory();
  await assert.rejects(make("X-1", target, await given(more)), error);
  assert.equal(target.closed, false, "no half medium");
}

test("what is damaged, not one's own, stopped or too large becomes no medium", async () => {
  const whole = await given();
  const altered = async (recording, offset) => {
    const piece = await whole.fetch(recording, offset);
    if (offset > 0 && piece.length > 9) piece[9] ^= 1;
    return piece;
  };
  await refused(Damaged, { fetch: altered });
  await refused(Damaged, { fetch: async (recording, offset) => (offset > 4_000 ? new Uint8Array(0) : whole.fetch(recording, offset)) });
  await refused(WrongKey, { identity: identity("listener.key") });
  const stop = new AbortController();
  await refused(/dość/, { stop: stop.signal, news: (at) => at === 1 && stop.abort(new Error("dość")) });
  const bare = whole.begun.files.map((one) => ({ ...one, key: null }));
  await refused(Damaged, { begun: { ...whole.begun, files: bare } });
  const large = whole.begun.files.map((one) => ({ ...one, bytes: 2 ** 31 }));
  await refused(TooLarge, { begun: { ...whole.begun, files: large } });
  await refused(/shut/, { papers: async () => Promise.reject(new Error("shut")) });
});

