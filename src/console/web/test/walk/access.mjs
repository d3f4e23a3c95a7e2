// A person asks for access to her data (art. 15 RODO): her calls are found by her number and held, the
// director decides, she is answered with a copy or with the reasons of a refusal (art. 12 ust. 3-4).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { look, paper } from "./look.mjs";
import { made, same } from "./medium.mjs";
import { asks, denied, entries, folder } from "./office.mjs";

const asked = { who: "Jan Dzwoniący", request: "wniosek z dnia 24 listopada 2026 r., wpływ 25 listopada 2026 r." };
/** Six calls of the past have it; four of them were recorded. */
const NUMBER = "525550177";
const RECORDED = 4;

/** Numbers of the holds and requests that keep the person's calls. */
async function keeping(gestor) {
  const { calls } = await gestor.api("calls", { number: NUMBER, recorded: true });
  const all = await Promise.all(calls.map(({ id }) => gestor.api("call", { id })));
  return all.map(({ call }) => call.holds);
}

/** The end of a number is many people's; and not everybody enters. */
async function refusals({ asi, gestor, listener, employee }) {
  for (const [number, why] of [
    ["550177", /całego numeru telefonu/],
    ["", /całego numeru telefonu/],
  ]) {
    await gestor.go("/disclosures");
    await gestor.send("ask-access", { ...asked, number });
    assert.match(await gestor.text(), why);
  }
  const { calls } = await gestor.api("name", { calls: [(await gestor.api("calls", { number: NUMBER, recorded: true })).calls[0].id] });
  const act = { act: "ask_disclosure", kind: "person", basis: "art. 15 RODO", ...asked, calls };
  for (const person of [asi, listener, employee]) {
    assert.equal((await person.api("act", { act })).kind, "not_allowed", person.login);
    assert.equal((await person.api("procedure", { view: "disclosures" })).kind, "not_allowed", person.login);
  }
  assert.equal(entries("ask_disclosure"), 1, "nothing was entered");
}

/** Entered by the gestor: all recorded calls of the number, held from now on. */
async function entered(gestor) {
  await gestor.go("/disclosures");
  await look(gestor.page, "disclosures-new");
  await gestor.send("ask-access", { ...asked, number: "+48 52 555 01 77" });
  assert.match(gestor.page.url(), /X-2$/);
  assert.equal((await gestor.text()).match(/→/g).length, RECORDED, "each recorded call of the number");
  assert.match(await gestor.text(), /Odpowiedź najpóźniej/);
  assert.deepEqual(await keeping(gestor), Array(RECORDED).fill(["X-2"]));
  assert.equal(await gestor.page.locator("#judge_disclosure, #handed_over").count(), 0, "the director alone decides");
  const judged = await gestor.api("act", { act: { act: "judge_disclosure", disclosure: "X-2", granted: true, reason: "x" } });
  assert.equal(judged.ok, false);
  assert.match(denied("export", "X-2", "--to", "za-wczesnie", "--identity", "dyrektor.key"), /no director's order/);
}

/** Granted: the copy is made as a download, by keyboard, and handed over with the answer. */
async function granted({ director, gestor }) {
  await director.go("/");
  assert.match(await director.text(), /wniosek osoby o dostęp do danych/);
  await director.go("/disclosures/X-2");
  await look(director.page, "access-judge", "access-judge");
  await director.sign("judge_disclosure", { granted: "true", reason: "Tożsamość i numer potwierdzono." });
  assert.equal(await director.page.locator("#handed_over").count(), 0, "there is nothing to hand over yet");
  const { flacs } = await made(director, "X-2", "kopia", { download: true });
  assert.equal(flacs.length, RECORDED, flacs.join(" "));
  asks("export", "X-2", "--to", "kopia-z-terminala", "--identity", "dyrektor.key");
  same("kopia", "kopia-z-terminala");
  const answer = readFileSync(folder("kopia/odpowiedz.html"), "utf8");
  assert.match(answer, /Jan Dzwoniący/);
  await director.go("/disclosures");
  await director.go("/disclosures/X-2");
  await look(director.page, "access", "access");
  await paper(
    director, "/print/disclosures/X-2/answer", "odpowiedz-na-wniosek", "Odpowiedź na wniosek o dostęp do danych osobowych",
    "Jan Dzwoniący", "art. 15 ust. 1 i 3", "Cel przetwarzania", "nie przekazano dotychczas żadnemu odbiorcy", "Odbiorcami danych", "przechowywane przez 3 miesiące",
    "Prezesa Urzędu Ochrony Danych Osobowych", "inspektorem ochrony danych", "art. 15 ust. 4 RODO",
  );
  const sums = createHash("sha256").update(readFileSync(folder("kopia/SHA256SUMS"))).digest("hex");
  await director.sign("handed_over", { to: "Jan Dzwoniący, do rąk własnych", sums });
  await paper(director, "/print/disclosures/X-2/protocol", "protokol-kopii", sums, "art. 15 ust. 3 RODO", "głos innych osób");
  assert.deepEqual(await keeping(gestor), Array(RECORDED).fill([]), "answered: back to the ordinary term");
  assert.match(denied("export", "X-2", "--to", "drugi-raz", "--identity", "dyrektor.key"), /was handed over/);
}

/** Refused: with reasons and the right to complain; nothing is copied, nothing stays held. */
async function refused({ director, gestor }) {
  await gestor.go("/disclosures");
  await gestor.send("ask-access", { ...asked, number: NUMBER });
  await director.go("/disclosures/X-3");
  await director.sign("judge_disclosure", { granted: "false", reason: "osoba nie wykazała, że numer należy do niej" });
  await look(director.page, "access-refused");
  await paper(
    director, "/print/disclosures/X-3/answer", "odmowa-dostepu", "nie może zostać uwzględniony", "nie wykazała, że numer należy do niej",
    "art. 12 ust. 4", "Prezesa Urzędu Ochrony Danych Osobowych", "środka ochrony prawnej przed sądem",
  );
  assert.match(denied("export", "X-3", "--to", "po-odmowie", "--identity", "dyrektor.key"), /no director's order/);
  assert.deepEqual(await keeping(gestor), Array(RECORDED).fill([]));
}

/** Nothing is kept: that is entered, answered and noted, too. */
async function nothingKept({ director, gestor }) {
  await gestor.go("/disclosures");
  await gestor.send("ask-access", { ...asked, number: "525559999" });
  assert.match(gestor.page.url(), /X-4$/);
  assert.match(await gestor.text(), /Nie ma nagrań rozmów tej osoby/);
  await director.go("/disclosures/X-4");
  await director.sign("judge_disclosure", { granted: "true", reason: "Tożsamość potwierdzono; nagrań nie ma." });
  await look(director.page, "access-nothing", "access-nothing");
  assert.equal(await director.page.locator("#export").count(), 0, "there is nothing to copy");
  await paper(
    director, "/print/disclosures/X-4/answer", "odpowiedz-brak-nagran", "nie przechowuje nagrań", "art. 12 ust. 3", "Jan Dzwoniący",
    "nie przekazano dotychczas żadnemu odbiorcy", "Prezesa Urzędu Ochrony Danych Osobowych",
  );
  assert.match(denied("export", "X-4", "--to", "nic", "--identity", "dyrektor.key"), /found no recording/);
  await director.sign("handed_over", { to: "Jan Dzwoniący, list polecony" });
  await paper(director, "/print/disclosures/X-4", "wypis-brak-nagran", "Nie odnaleziono nagrań", "list polecony");
}

export async function access(people) {
  await refusals(people);
  await entered(people.gestor);
  await granted(people);
  await refused(people);
  await nothingKept(people);
}
