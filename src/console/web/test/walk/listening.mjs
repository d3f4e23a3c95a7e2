// Listening under the order (§5 ust. 5, §6 ust. 1-2), and who cannot: nobody without an order of his own,
// nobody unsigned, nobody outside the window, nobody with another key.

import assert from "node:assert/strict";
import { silent, sounds } from "../chromium.mjs";
import { look } from "./look.mjs";
import { entries } from "./office.mjs";
import { local, ordered, released, told } from "./order.mjs";

/** The two loudest tones at the loudspeaker, in Hz: of what is heard, not of what is fetched. */
export const tones = (page) => page.evaluate(() => globalThis.tones());

/** Whoever has no released order of his own gets no byte, whatever he sends, and no row is entered. */
async function nobodyElse({ asi, director, gestor, listener, employee }, recording) {
  const before = entries("begin");
  for (const person of [asi, director, gestor, employee]) {
    for (const [request, fields] of [
      ["listen", { order: "O-1" }],
      ["listen", { order: "O-1", recording, head: "0".repeat(64), signature: "0".repeat(128) }],
      ["fetch", { gate: "P-1", recording, offset: 0 }],
    ]) {
      const answer = await person.api(request, fields);
      assert.equal(answer.ok, false, `${person.login} ${request}`);
      assert.ok(!("bytes" in answer) && !("file" in answer), `${person.login} ${request}`);
    }
  }
  // The listener's own session, as whoever had captured the console would use it: unsigned, or with a
  // signature over something else.
  const unsigned = await listener.api("listen", { order: "O-1", recording });
  assert.match(unsigned.error, /podpis/);
  const { text } = await listener.api("prepare", { act: { act: "listen", order: "O-1", recording } });
  const forged = await listener.api("listen", { order: "O-1", recording, head: text.split("\n")[2], signature: "ab".repeat(64) });
  assert.match(forged.error, /podpis/i);
  assert.equal(entries("begin"), before, "no row was entered");
  for (const path of ["/orders", "/orders/O-1", "/orders/O-1/listen", "/register"]) {
    await asi.go(path);
    assert.match(await asi.text(), /rola nie pozwala/, path);
    assert.equal(await asi.page.locator("#player").count(), 0, path);
  }
}

export async function begin(listener, number) {
  await listener.go("/orders");
  await listener.go(`/orders/${number}`);
  await listener.go(`/orders/${number}/listen`);
  await listener.settle();
  await listener.page.click("#player form button");
}

/** What the player says when it does not begin. */
export async function shut(listener, number) {
  await begin(listener, number);
  return (await listener.page.waitForSelector("#player .status.error")).textContent();
}

async function heard(listener) {
  const { page } = listener;
  await begin(listener, "O-1");
  await page.waitForSelector("#player .player");
  await page.click("#player .play");
  await sounds(page);
  await page.waitForFunction(() => Number(document.querySelector("#player .player").dataset.position) > 1.5);
  const [first, second] = await tones(page);
  assert.ok(Math.abs(first - 440) < 9 && Math.abs(second - 700) < 9, `both sides are heard: ${first} and ${second} Hz`);
  await page.waitForSelector("#player .player[data-loaded='100']");
  await page.focus("#player .play");
  await page.keyboard.press("Space");
  await silent(page);
  await look(page, "player", "player");
  await page.keyboard.press("5");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => Number(document.querySelector("#player .player").dataset.position) > 12.2);
  await page.click("#player .end");
  await page.click("#player a[href='/register/P-1']");
  await page.waitForSelector("#sign");
}

/** Positions, field f, the signature: then the row is complete; its text is shown to no one else. */
async function row({ asi, gestor, listener, employee }) {
  await look(listener.page, "row-incomplete");
  const played = await listener.page.textContent(".facts");
  assert.match(played, /0:00,0 – 0:0\d,\d/);
  assert.match(played, /0:12,0 – 0:1\d,\d/);
  assert.match(await listener.refused("sign"), /pole f/);
  await listener.send("parties", { parties: "Piotr Próbny (pracownik), Jan Dzwoniący (rozmówca)" });
  await listener.sign("sign", {}, "sign-row");
  assert.match(await listener.text(), /kompletny/);
  assert.equal(await listener.page.locator("#sign").count(), 0, "signed once is signed");
  assert.match(await listener.text(), /podpis elektroniczny z \d{4}-\d\d-\d\d \d\d:\d\d/);
  await look(listener.page, "row", "row");
  for (const [person, ok] of [[asi, false], [employee, false], [gestor, true]]) {
    const answer = await person.api("prepare", { act: { act: "sign", playback: "P-1" } });
    assert.equal(answer.ok, ok, `${person.login}: ${JSON.stringify(answer)}`);
  }
}

/** An order whose window is over, and one that is revoked while its recording plays. */
async function windows({ director, gestor, listener, employee, calls }) {
  const window = { listener: "D-2", employee: employee.name, calls: calls.other };
  for (const [number, from, until] of [["O-2", -48, -24], ["O-3", -1, 1]]) {
    await director.go("/orders/new");
    const made = await ordered(director, { ...window, ground: "f", from: local(from), until: local(until) });
    assert.equal(made, number);
    await told(director, number, "absent", "Urlop do końca tygodnia");
    await released(director, number);
  }
  const before = entries("begin");
  assert.match(await shut(listener, "O-2"), /Poza .*oknem/);
  assert.equal(entries("begin"), before, "no row for a window that is over");
  await begin(listener, "O-3");
  await listener.page.waitForSelector("#player .player[data-loaded='100']");
  await listener.page.click("#player .play");
  await sounds(listener.page);
  await director.go("/orders/O-3");
  await director.sign("revoke", { reason: "Zgłoszenie wycofano." });
  await listener.page.waitForSelector("#player[data-trouble=Refusal]");
  await silent(listener.page);
  assert.match(await listener.page.textContent("#player"), /cofnięt/);
  await gestor.go("/orders");
  await look(gestor.page, "orders", "orders");
}

export async function listening(people) {
  const { listener, director, asi } = people;
  await listener.open("/");
  await look(listener.page, "home-listener", "home-listener");
  await listener.go("/account");
  // Another person's key file, by mistake or not: the page warns, the recorder refuses, no row is entered.
  await listener.loadKeys(asi, "to nie jest klucz z obowiązującego wyznaczenia");
  assert.match(await shut(listener, "O-1"), /Podpis nie jest/);
  assert.equal(entries("begin"), 0);
  await listener.loadKeys();
  const { orders } = await director.api("procedure", { view: "orders" });
  await nobodyElse(people, orders[0].calls[0].recordings[0]);
  await heard(listener);
  await row(people);
  await windows(people);
}
