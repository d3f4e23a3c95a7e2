// Accounts, second factors, keys, roles and designations (§5 ust. 2-3): the administrator makes the
// accounts, the first director is confirmed at the terminal, and from then on the director signs.

import assert from "node:assert/strict";
import { look } from "./look.mjs";
import { address, asks, seal } from "./office.mjs";
import { code } from "./person.mjs";

/** The first account is made at the terminal; the administrator is one by that account alone. */
async function administrator(asi) {
  await asi.open("/");
  assert.equal(asi.page.url(), `${address}/sign-in`);
  await look(asi.page, "sign-in", "sign-in");
  await asi.open("/language?to=en");
  await look(asi.page, "sign-in-en", "sign-in-en");
  await asi.open("/language?to=pl");
  const [, oneTime] = asks("account", "add", asi.login, "--name", asi.name, "--post", asi.post, "--role", "asi").trim().split(" ");
  await asi.signIn("zgadywane hasło", "000000");
  assert.match(await asi.text(), /Nazwa, hasło lub kod są nieprawidłowe/);
  await asi.signIn(oneTime, "");
  await look(asi.page, "first", "first");
  const secret = await asi.page.textContent(".facts .mono");
  await asi.send("first", { new: asi.password, totp: code(secret, 9) });
  assert.match(await asi.text(), /Hasła nie zapisano/);
  assert.equal(await asi.page.textContent(".facts .mono"), secret, "the factor that was scanned stays the same");
  await asi.choose();
  await asi.makeKeys();
  await look(asi.page, "account", "account");
}

/** An account made on the page; the one-time password is shown once. */
async function made(asi, person, role, pictures = {}) {
  await asi.go("/accounts");
  if (pictures.list) await look(asi.page, "accounts-empty");
  await asi.page.check(`#add input[value=${role}]`);
  await asi.send("add", { login: person.login, name: person.name, post: person.post });
  if (pictures.oneTime) await look(asi.page, "one-time", "one-time");
  const facts = await asi.page.$$eval(".facts dd", (all) => all.map((one) => one.textContent.trim()));
  [person.account, person.oneTime] = facts;
}

/** Roles and key, confirmed with the director's signature. */
async function confirmed(director, person, picture) {
  await director.go("/accounts");
  await director.go(`/accounts/${person.account}`);
  if (person.print) assert.ok((await director.text()).includes(person.print), "the fingerprint that the person tells");
  if (picture) await look(director.page, "account-confirm", "account-confirm");
  await director.sign("confirm_account", {}, picture && "sign-dialog");
  assert.equal(new URL(director.page.url()).pathname, "/accounts");
}

/** From the account's page, which knows name, post and keys. */
async function designated(director, person, capacity, number) {
  await director.go("/accounts");
  await director.go(`/accounts/${person.account}`);
  await director.go(`/designations?account=${person.account}`);
  await director.sign("designate", {
    capacity, number, dated: "2026-01-05", authorisation: "ODO/7/2026", valid_from: "2026-01-05",
  });
  for (const part of [person.name, person.post, person.publicKey, person.recipient, "ODO/7/2026"]) {
    assert.ok(director.agreed.includes(part), `${part} in ${director.agreed}`);
  }
}

export async function accounts(people) {
  const { asi, director, gestor, listener, employee } = people;
  await administrator(asi);
  await made(asi, director, "director", { list: true, oneTime: true });
  await director.enter(director.oneTime);
  await director.makeKeys();
  await director.go("/");
  assert.match(await director.text(), /czekają na potwierdzenie/);
  asks("account", "confirm", director.account, "--role", "director", "--key", director.publicKey, "--recipient", director.recipient);
  people.calls = await seal(director.recipient);

  // The recorder was restarted: every session is over, and the pages say so.
  await asi.open("/accounts");
  assert.equal(asi.page.url(), `${address}/sign-in`);
  await asi.again();
  await made(asi, gestor, "gestor");
  await made(asi, listener, "listener");
  await made(asi, employee, "employee");
  await asi.see("/accounts", "accounts");
  for (const person of [gestor, listener]) {
    await person.enter(person.oneTime);
    await person.makeKeys();
  }
  await employee.enter(employee.oneTime);

  await director.again();
  await director.go("/account");
  await director.loadKeys();
  await look(director.page, "keys", "keys");
  asi.account = "A-1";
  for (const person of [gestor, listener, employee, asi]) await confirmed(director, person, person === gestor);
  await designated(director, director, "director", "1/2026");
  await designated(director, listener, "listener", "2/2026");
  await director.see("/designations", "designations");
  await director.see("/designations/D-2", "designation");
}
