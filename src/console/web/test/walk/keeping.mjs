// What follows: the gestor's register, the finding, holds, the delete list, a disclosure, a decision, a
// suspension (§3 ust. 4-5, §6 ust. 3, §7, §8), and the administrator's pages.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { access } from "./access.mjs";
import { look, paper } from "./look.mjs";
import { made, others, same, stopped, wrongKey } from "./medium.mjs";
import { asks, folder } from "./office.mjs";

async function register({ listener, director, gestor, employee }) {
  await gestor.see("/", "home-gestor");
  await gestor.see("/register", "register");
  await paper(gestor, "/print/register", "ewidencja", "a) numer telefonu, na który było wykonane połączenie", "Lidia Uważna");
  await gestor.see("/register/P-1", "row-gestor");
  await paper(gestor, "/print/register/P-1", "wpis", "Stan wpisu", "kompletny");
  await listener.go("/orders");
  await listener.go("/orders/O-1");
  await look(listener.page, "finding", "finding");
  await listener.sign("finding", {
    confirmed: "true", text: "Rozmówca używał wulgaryzmów wobec pracownika.", action: "Zawiadomiono Dyrektora.", outcome: "hold",
  });
  await director.go("/orders/O-1");
  assert.match(await director.text(), /wulgaryzmów/);
  await paper(director, "/print/orders/O-1/notice", "zawiadomienie-po", "dokonano odsłuchania", employee.name);
}

async function holds({ asi, director, gestor, listener, calls }) {
  const asked = { case: "II K 123/26", basis: "art. 156 § 5 kpk", justification: "Nagranie dokumentuje groźby wobec pracownika.", review: "2027-01-15" };
  await listener.go("/orders/O-1");
  await look(listener.page, "order-hold");
  await listener.send("ask-hold", { ...asked, kind: "evidence" });
  assert.equal(await listener.page.locator("#ask-hold").count(), 0, "asked once");
  await director.go("/holds/H-1");
  await look(director.page, "hold", "hold");
  await director.sign("judge_hold", { granted: "true", reason: "Dowód w postępowaniu." });
  await gestor.go("/holds");
  await gestor.send("ask-hold", { ...asked, calls: calls.other, case: "S/12/26" });
  await gestor.sign("judge_hold", { granted: "false", reason: "Nagranie bez znaczenia dla sprawy." });
  await gestor.see("/holds", "holds");

  // What has no justification is deleted by the administrator, and by nobody else.
  const listed = await gestor.api("procedure", { view: "delete_list" });
  assert.equal(listed.delete_list.length, 1);
  const refused = await gestor.api("act", { act: { act: "delete_listed", recordings: listed.delete_list } });
  assert.equal(refused.ok, false);
  await asi.open("/account");
  await asi.loadKeys();
  await asi.go("/deletions");
  await look(asi.page, "delete-list", "delete-list");
  await asi.sign("delete_listed");
  await asi.page.waitForFunction(async () => {
    const page = await (await fetch("/deletions")).text();
    return page.includes("brak uzasadnienia</td>");
  }, null, { polling: 300 });
  await asi.see("/deletions", "deletions");
  await paper(asi, "/print/deletions", "usuniecia", "Raport z usuwania nagrań", "brak uzasadnienia");
}

/** The director makes the medium in the browser; the one from the terminal has the same recordings. */
async function disclosure(people) {
  const { director, gestor, listener, calls } = people;
  await gestor.page.waitForFunction(async (number) => {
    const page = await (await fetch(`/calls?number=${number}&recorded=true`)).text();
    return page.includes('<a href="/calls/');
  }, calls.dialled, { polling: 300 });
  await gestor.go("/calls");
  await gestor.send("search", { number: calls.dialled, direction: "outgoing", recorded: "true" });
  const call = await gestor.page.getAttribute("main table a", "href");
  await gestor.go("/disclosures");
  await gestor.send("ask-disclosure", {
    who: "Komenda Miejska Policji w Przykładowie", request: "KMP-12/26 z dnia 20 listopada 2026 r.",
    basis: "art. 15 ust. 1 ustawy o Policji", calls: call.split("/").pop(),
  });
  await look(gestor.page, "disclosure-asked");
  assert.equal(await gestor.page.locator("#judge_disclosure").count(), 0, "the director alone decides");
  await director.go("/disclosures/X-1");
  await director.sign("judge_disclosure", { granted: "true", reason: "Żądanie uprawnionego organu." });
  writeFileSync(folder("dyrektor.key"), await director.plainKeys(), { mode: 0o600 });
  await others(people, "X-1");
  await look(director.page, "disclosure", "disclosure");
  await wrongKey(director, listener);
  await stopped(director);
  const { sums } = await made(director, "X-1", "nosnik", { picture: "medium-made" });
  asks("export", "X-1", "--to", "z-terminala", "--identity", "dyrektor.key");
  same("nosnik", "z-terminala");
  await director.sign("handed_over", { to: "st. sierż. Jan Wzór, do rąk własnych" });
  await director.see("/disclosures", "disclosures");
  await director.go("/disclosures/X-1");
  await paper(director, "/print/disclosures/X-1", "wypis", "Wypis z rejestru udostępnień", "Komenda Miejska Policji");
  await paper(director, "/print/disclosures/X-1/protocol", "protokol", "Protokół przekazania nośnika", sums);
}

async function decisions({ director, gestor }) {
  await director.go("/decisions");
  await director.sign("decide", { number: "4/2026", dated: "2026-11-20", text: "Osobą zastępującą gestora systemu jest zastępca kierownika sekcji." });
  await director.see("/decisions", "decisions");
  await director.go("/suspensions");
  await director.page.check("#suspend input[value=Sekretariat]");
  await director.sign("suspend", { reason: "Awaria komunikatu na linii sekretariatu." });
  await director.sign("resume", { reason: "Komunikat naprawiono." });
  await director.see("/suspensions", "suspensions");
  await gestor.see("/documents", "documents");
  await paper(gestor, "/print/announcement", "komunikat", "Załącznik nr 1");
  await paper(gestor, "/print/clause", "klauzula", "Załącznik nr 2");
  await paper(gestor, "/print/checkpoint", "punkt-kontrolny", "Punkt kontrolny dziennika");
}

async function administrator({ asi, employee, listener }) {
  await asi.see("/status", "status");
  for (const path of ["/calls", "/accounts/A-5"]) await asi.go(path);
  await look(asi.page, "account-of", "account-of");
  await asi.send("end", { reason: "Odejście z pracy." });
  await employee.open("/");
  assert.match(employee.page.url(), /\/sign-in$/, "the account ended, and with it the session");
  await asi.open("/language?to=en");
  for (const [path, name] of [["/", "home-en"], ["/status", "status-en"], ["/deletions", "deletions-en"], ["/calls", "calls-en"]]) {
    await asi.open(path);
    await look(asi.page, name, name);
  }
  await listener.open("/account");
  await listener.page.click(".me button");
  await listener.page.waitForURL("**/sign-in");
  await listener.page.goBack();
  await listener.page.waitForURL("**/sign-in");
}

export async function keeping(people) {
  await register(people);
  await holds(people);
  await disclosure(people);
  await access(people);
  await decisions(people);
  await administrator(people);
}
