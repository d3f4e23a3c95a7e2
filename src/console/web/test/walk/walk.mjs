// The walk of five people through the whole procedure, in the order of the regulation. Each act is a file;
// every step waits for what the page shows.

import assert from "node:assert/strict";
import { launch } from "../chromium.mjs";
import { accounts } from "./accounts.mjs";
import { keyboard } from "./keyboard.mjs";
import { keeping } from "./keeping.mjs";
import { listening } from "./listening.mjs";
import { pages } from "./look.mjs";
import { address, asks } from "./office.mjs";
import { order } from "./order.mjs";
import { Person } from "./person.mjs";
import { unsealed } from "./unsealed.mjs";

const browser = await launch();
const people = {
  asi: await Person.of(browser, "atechniczna", "Anna Techniczna", "administrator systemu informatycznego"),
  director: await Person.of(browser, "dwzorcowa", "Dorota Wzorcowa", "Dyrektor"),
  gestor: await Person.of(browser, "gprzykladny", "Grzegorz Przykładny", "kierownik sekcji organizacyjno-administracyjnej"),
  listener: await Person.of(browser, "luwazna", "Lidia Uważna", "inspektor"),
  employee: await Person.of(browser, "pprobny", "Piotr Próbny", "pracownik socjalny"),
};
try {
  for (const act of [accounts, order, listening, unsealed, keyboard, keeping]) {
    const begun = Date.now();
    await act(people);
    console.error(`${act.name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
  assert.match(asks("register", "verify"), /wpisów/);
  console.error(`${pages()} pages looked at, at ${address}`);
} catch (error) {
  for (const [role, { page }] of Object.entries(people).filter(([, one]) => one instanceof Person)) {
    const shown = await page.evaluate(() => document.querySelector("main")?.innerText ?? "").catch(() => "");
    console.error(`${role} is at ${page.url()}: ${shown.slice(0, 600)}`);
  }
  throw error;
} finally {
  await browser.close();
}
process.exit(0);
