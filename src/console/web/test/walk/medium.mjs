// The medium of a disclosure, made in the director's browser (§7 ust. 3): nobody else is offered it or
// given it, what is stopped leaves nothing, and what is made is what the institution's tools expect and
// what the program at the terminal writes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { look } from "./look.mjs";
import { entries, folder } from "./office.mjs";

/** Where the person has the file saved: a file system of the browser's own stands for the pendrive. */
const pendrive = ({ page }) =>
  page.evaluate(() => {
    globalThis.showSaveFilePicker = async ({ suggestedName }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  });

/** A browser that asks for no place. */
const noPendrive = ({ page }) => page.evaluate(() => (globalThis.showSaveFilePicker = undefined));

/** Files on the pendrive, by name, as base64. */
const onPendrive = ({ page }) =>
  page.evaluate(async () => {
    const found = {};
    for await (const [name, handle] of (await navigator.storage.getDirectory()).entries()) {
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      found[name] = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }
    return found;
  });

function run(dir, program, ...args) {
  const done = spawnSync(program, args, { cwd: dir, encoding: "utf8" });
  assert.equal(done.status, 0, `${program} ${args.join(" ")}: ${done.stdout}${done.stderr}`);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The form stands on the director's page alone, and the recorder gives the medium to nobody else. */
export async function others({ gestor, listener, asi }, number) {
  const before = entries("export");
  await gestor.go("/disclosures");
  await gestor.go(`/disclosures/${number}`);
  assert.equal(await gestor.page.locator("#export").count(), 0, "the director alone makes it");
  assert.match(await gestor.text(), /Nośnik sporządza Dyrektor/);
  await look(gestor.page, "disclosure-gestor");
  for (const person of [gestor, listener, asi]) {
    const answer = await person.api("export", { disclosure: number });
    assert.equal(answer.kind, "not_allowed", JSON.stringify(answer));
    assert.match(answer.error, /Rola na to nie pozwala/);
    const piece = await person.api("fetch", { gate: number, recording: "0", offset: 0 });
    assert.equal(piece.kind, "not_found");
  }
  assert.equal(entries("export"), before);
}

/** Stopped half-way: no file, a word about it, and an entry that it was begun. */
export async function stopped(director) {
  const { page } = director;
  const before = entries("export");
  await pendrive(director);
  let release;
  const released = new Promise((done) => (release = done));
  await page.route("**/api/fetch", (route) => released.then(() => route.continue()).catch(() => {}));
  await director.settle();
  await page.click("#export form .actions button");
  await director.agree("export", "sign-export");
  assert.match(director.agreed, /Sporządzenie nośnika/);
  await page.waitForSelector(".making button");
  await look(page, "medium-making", "medium-making");
  await page.click("nav a[href='/disclosures']");
  await page.waitForSelector("#export .status:has-text('Trwa sporządzanie')");
  await page.click(".making button");
  const said = await (await page.waitForSelector("#export .status.error:has-text('Przerwano')")).textContent();
  assert.match(said, /nie pozostał żaden plik/);
  release();
  await page.unroute("**/api/fetch");
  assert.deepEqual(await onPendrive(director), {}, "nothing half-made is left");
  assert.equal(entries("export"), before + 1);
}

/** Another person's key opens nothing, and nothing is entered. */
export async function wrongKey(director, other) {
  const before = entries("export");
  await director.loadKeys(other, "to nie jest klucz");
  await pendrive(director);
  assert.match(await director.refused("export"), /Ten klucz nie otwiera nagrań/);
  assert.deepEqual(await onPendrive(director), {});
  assert.equal(entries("export"), before);
  await director.loadKeys();
}

/** What is on the medium, unpacked to `to`. */
function checked(director, number, to, zip) {
  const dir = folder(to);
  mkdirSync(dir);
  writeFileSync(folder(`${to}.zip`), zip);
  run(dir, "unzip", "-q", `../${to}.zip`);
  run(dir, "sha256sum", "-c", "--quiet", "SHA256SUMS");
  const flacs = readdirSync(dir).filter((name) => name.endsWith(".flac"));
  run(dir, "flac", "-ts", ...flacs);
  const text = readFileSync(join(dir, "SHA256SUMS"), "utf8");
  const [key, signature] = readFileSync(join(dir, "SHA256SUMS.ed25519"), "utf8").trim().split("\n");
  assert.equal(key, director.publicKey);
  assert.ok(ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(key)), "the director's signature");
  const protocol = readFileSync(join(dir, "protokol.html"), "utf8");
  for (const part of [sha256(text), ...flacs, "metadane.json", number]) assert.ok(protocol.includes(part), part);
  return { flacs, sums: sha256(text) };
}

/** The same recordings, sample by sample and byte by byte, as those of `linetap export` in `other`. */
export function same(to, other) {
  const flacs = readdirSync(folder(other)).filter((name) => name.endsWith(".flac"));
  assert.ok(flacs.length > 0);
  for (const name of flacs) {
    const [mine, theirs] = [to, other].map((dir) => readFileSync(folder(join(dir, name))));
    assert.equal(sha256(mine), sha256(theirs), name);
  }
  const described = [to, other].map((dir) => JSON.parse(readFileSync(folder(join(dir, "metadane.json")), "utf8")));
  assert.deepEqual(described[0].recordings, described[1].recordings);
  assert.deepEqual(readdirSync(folder(to)).sort(), [...readdirSync(folder(other)), "SHA256SUMS.ed25519"].sort());
}

/** Made on the pendrive, or as a download; the hand-over below has its hash. Gives what was checked. */
export async function made(director, number, to, { download = false, picture } = {}) {
  const { page } = director;
  const make = () =>
    director.turn(async () => {
      await page.focus("#export form .actions button");
      await page.keyboard.press("Enter");
      await director.agree("export");
    });
  let zip;
  if (download) {
    await noPendrive(director);
    const [file] = await Promise.all([page.waitForEvent("download"), make()]);
    assert.equal(file.suggestedFilename(), `${number}.zip`);
    zip = readFileSync(await file.path());
  } else {
    await pendrive(director);
    await make();
    zip = Buffer.from((await onPendrive(director))[`${number}.zip`], "base64");
  }
  await page.waitForSelector("#made-title:focus");
  await look(page, `medium-${to}`, picture);
  const found = checked(director, number, to, zip);
  assert.equal(await page.inputValue("#handed_over-sums"), found.sums, "the hand-over is filled in");
  assert.match(await page.textContent("section.made"), new RegExp(found.sums));
  return found;
}
