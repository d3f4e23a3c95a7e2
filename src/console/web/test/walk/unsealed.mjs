// A recording that is not sealed: it was made before there was a key to seal to. Its listening is as
// strict: order, notice, release, signature, and the row on disk before the first byte (§5 ust. 5-7, §6).

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { silent, sounds } from "../chromium.mjs";
import { begin, shut, tones } from "./listening.mjs";
import { look } from "./look.mjs";
import { entries, folder } from "./office.mjs";
import { local, ordered, released, told } from "./order.mjs";

/** Nobody gets a byte of it, or a row, by an order that does not name it or by none. */
async function withoutAnOrder({ asi, director, gestor, listener, employee }, recording) {
  const before = entries("begin");
  for (const person of [asi, director, gestor, employee, listener]) {
    for (const [request, fields] of [
      ["listen", { order: "O-1", recording, head: "0".repeat(64), signature: "0".repeat(128) }],
      ["listen", { order: "O-99", recording }],
      ["fetch", { gate: "P-1", recording, offset: 0 }],
    ]) {
      const answer = await person.api(request, fields);
      assert.equal(answer.ok, false, `${person.login} ${request}`);
      assert.ok(!("bytes" in answer) && !("file" in answer), `${person.login} ${request}`);
    }
  }
  assert.equal(entries("begin"), before, "no row was entered");
}

/** Each step that is missing shuts the player, and says what it is. */
async function stepByStep({ director, gestor, listener, employee, calls }, asked) {
  await director.go("/orders/new");
  const number = await ordered(director, {
    listener: "D-2", employee: employee.name, calls: calls.plain, ground: "e", from: local(-1), until: local(2),
  });
  assert.match(await shut(listener, number), /powiadom/i);
  await told(gestor, number, "given", "Osobiście, Grzegorz Przykładny");
  assert.match(await shut(listener, number), /wyda/i);
  await released(director, number);
  const unsigned = await listener.api("listen", { order: number });
  assert.match(unsigned.error, /podpis/i);
  assert.deepEqual(asked.fetch, [], "nothing was asked for");
  return number;
}

/** What the page asks, and how many rows there are at that moment. */
async function watched(page) {
  const asked = { listen: [], fetch: [] };
  for (const request of Object.keys(asked)) {
    await page.route(`**/api/${request}`, (route) => {
      asked[request].push(entries("begin"));
      return route.continue();
    });
  }
  return asked;
}

/** The key that signs is enough: there is nothing to open. */
async function signingKey(listener) {
  const file = folder("luwazna-podpis.key");
  const lines = (await listener.plainKeys()).split("\n").filter((line) => !/age1|^AGE-/.test(line));
  writeFileSync(file, lines.join("\n"), { mode: 0o600 });
  await listener.go("/account");
  await listener.loadKeys({ file, passphrase: "" });
}

async function heard(listener, number, asked) {
  const { page } = listener;
  const before = entries("begin");
  await begin(listener, number);
  await page.waitForSelector("#player .player[data-loaded='100']");
  assert.equal(asked.listen.at(-1), before, "no row before the person asks");
  assert.deepEqual(new Set(asked.fetch), new Set([before + 1]), "the row is on disk before the first byte");
  await page.waitForSelector("#player .status:has-text('sprawdzone')");
  await page.click("#player .play");
  await sounds(page);
  await page.waitForFunction(() => Number(document.querySelector("#player .player").dataset.position) > 1);
  const heard = await tones(page);
  assert.ok(heard.some((hz) => Math.abs(hz - 440) < 9), `the call is heard: ${heard} Hz`);
  assert.match(await listener.text(), /nie jest zaszyfrowane/);
  await look(page, "player-unsealed", "player-unsealed");
  return page.getAttribute("#player", "data-playback");
}

/** What is open for the listener is open for nobody else, and for her no longer than the order. */
async function shutAgain({ asi, director, gestor, listener, employee }, number, row, recording) {
  const piece = { gate: row, recording, offset: 0 };
  for (const person of [asi, director, gestor, employee]) {
    assert.equal((await person.api("fetch", piece)).ok, false, person.login);
  }
  await director.go(`/orders/${number}`);
  await director.sign("revoke", { reason: "Zgłoszenie wycofano." });
  await listener.page.waitForSelector("#player[data-trouble=Refusal]");
  await silent(listener.page);
  assert.equal((await listener.api("fetch", piece)).ok, false, "revoked");
  await listener.go(`/register/${row}`);
  await listener.send("parties", { parties: "Piotr Próbny (pracownik), Jan Dzwoniący (rozmówca)" });
  await listener.sign("sign");
  assert.match(await listener.text(), /kompletny/);
}

export async function unsealed(people) {
  const { gestor, listener, calls } = people;
  const { call } = await gestor.api("call", { id: calls.plain });
  const [{ id: recording, sealed }] = call.recordings;
  assert.equal(sealed, false);
  await withoutAnOrder(people, recording);
  const asked = await watched(listener.page);
  await signingKey(listener);
  const number = await stepByStep(people, asked);
  const row = await heard(listener, number, asked);
  await shutAgain(people, number, row, recording);
  await listener.page.unroute("**/api/listen");
  await listener.page.unroute("**/api/fetch");
  await listener.go("/account");
  await listener.loadKeys();
}
