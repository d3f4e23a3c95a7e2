// From the report to the release (§5 ust. 5-7), and to the refusal of another report.

import assert from "node:assert/strict";
import { look, paper } from "./look.mjs";

/** Local time of the office, as a form takes it. */
export function local(hours) {
  const at = new Date(Date.now() + hours * 3_600_000);
  return at.toLocaleString("sv-SE", { timeZone: "Europe/Warsaw" }).slice(0, 16).replace(" ", "T");
}

/** Anyone may report; the employee sees no calls and no register. */
async function reports({ employee, gestor, calls }) {
  await employee.go("/reports");
  await employee.send("report", { ground: "a", text: "Rozmówca w poniedziałkowej rozmowie używał wulgaryzmów i groził." });
  assert.match(await employee.text(), /Przyjęto zgłoszenie R-1/);
  for (const path of ["/calls", "/orders", "/register", "/status", "/accounts", "/print/register"]) {
    await employee.open(path);
    assert.match(await employee.text(), /rola nie pozwala/, path);
  }
  await look(employee.page, "refused", "refused");
  await gestor.go("/calls");
  await gestor.send("search", { number: "525550199", direction: "incoming" });
  await look(gestor.page, "calls", "calls");
  await gestor.see(`/calls/${calls.case}`, "call");
  await gestor.go("/reports");
  await gestor.send("report", {
    ground: "e", by: "Jan Dzwoniący (rozmówca)", calls: calls.case,
    text: "Skarga na sposób potraktowania podczas rozmowy w sprawie zasiłku.",
  });
  await look(gestor.page, "reports", "reports");
}

/** The director orders with a signature; without the key there is none. */
export async function ordered(director, values, picture) {
  await director.fill("order", values);
  if (picture) await look(director.page, picture, picture);
  await director.sign("order", {}, picture && "sign-order");
  assert.match(director.agreed, /D-2 – Lidia Uważna, inspektor/, "whom the order names");
  const number = new URL(director.page.url()).pathname.split("/").pop();
  assert.match(number, /^O-\d+$/);
  return number;
}

/** The employee is told, by whoever signs it. */
export async function told(person, number, how, note) {
  await person.go(`/orders/${number}`);
  await person.sign("notice", { "notice.how": how, "notice.note": note });
}

export async function released(director, number) {
  await director.go(`/orders/${number}`);
  await director.sign("release");
  assert.match(director.agreed, /odsłuchuje Lidia Uważna, inspektor/, "who gets the keys");
  assert.match(await director.text(), /Klucze są u osoby odsłuchującej/);
}

async function refusedReport(director) {
  await director.see("/reports/R-1", "report");
  await director.sign("refuse_report", { reason: "Zgłoszenie nie wskazuje rozmowy, której dotyczy." });
  await director.go("/reports/R-1");
  await look(director.page, "report-refused");
  await paper(director, "/print/reports/R-1", "odmowa", "nie znajduję podstaw", "nie wskazuje rozmowy");
}

export async function order(people) {
  const { director, gestor, listener, employee, asi } = people;
  await reports(people);
  await director.see("/", "home-director");
  await refusedReport(director);
  await director.go("/reports/R-2");
  await director.go("/orders/new?report=R-2");
  const values = { listener: "D-2", employee: employee.name, until: local(48) };
  await ordered(director, values, "order-new");
  await director.see("/orders/O-1", "order");
  assert.match(await director.text(), /Brakuje: powiadomienie pracownika/);

  // A page left open elsewhere has no keys: nothing is signed, nothing is entered.
  await gestor.open("/orders/O-1");
  assert.match(await gestor.refused("notice", { "notice.note": "osobiście" }), /Najpierw wczytaj klucz podpisu/);
  await gestor.loadKeys(listener, "to nie jest klucz z obowiązującego wyznaczenia lub konta");
  assert.match(await gestor.refused("notice"), /Podpis nie jest/);
  await gestor.loadKeys();
  await told(gestor, "O-1", "given", "Osobiście, dziś o 9:00, Grzegorz Przykładny");
  await paper(gestor, "/print/orders/O-1", "polecenie", "Polecenie odsłuchania nagrania rozmowy telefonicznej nr O-1", "Lidia Uważna, inspektor");
  await paper(gestor, "/print/orders/O-1/notice", "zawiadomienie", "nastąpi odsłuchanie", employee.name);
  const early = await listener.api("listen", { order: "O-1" });
  assert.equal(early.ok, false, "nothing is released yet");
  await released(director, "O-1");
  await employee.open("/");
  await look(employee.page, "home-employee", "home-employee");
  assert.match(await employee.text(), /O-1/);
  await asi.open("/");
  await look(asi.page, "home-asi", "home-asi");
}
