// A person before a browser: signs in, makes and loads keys, goes where links lead, fills in forms and
// signs them. Waits for what the page shows, never for time.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { readKeyFile } from "../../keys.js";
import { visitor } from "../chromium.mjs";
import { address, folder } from "./office.mjs";
import { look } from "./look.mjs";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of a second factor (RFC 6238) `ahead` steps from now. */
export function code(secret, ahead = 0) {
  const bits = [...secret].map((digit) => BASE32.indexOf(digit).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", key).update(step).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

const css = (form, field) => `[id="${form}-${field}"]`;

export class Person {
  constructor({ page, context, troubles }, login, name, post) {
    Object.assign(this, { page, context, troubles, login, name, post });
    this.password = `${login}: trzy różne słowa`;
    this.passphrase = `plik ${login} hasło`;
    this.file = folder(`${login}-klucze.age`);
  }

  static async of(browser, login, name, post) {
    return new Person(await visitor(browser), login, name, post);
  }

  /** Marks what is on the page now as old, and its complaints as seen. */
  settle() {
    return this.page.evaluate(() => {
      document.querySelector("main").setAttribute("data-old", "");
      for (const one of document.querySelectorAll(".status.error")) one.classList.remove("error");
    });
  }

  /** Does something that brings another page, and waits for that page. */
  async turn(work) {
    await this.settle();
    await work();
    const outcome = await this.page.waitForSelector("main:not([data-old]), main .status.error");
    const wrong = await outcome.evaluate((one) => (one.tagName === "MAIN" ? null : one.textContent));
    assert.equal(wrong, null, `${this.login}: ${wrong}`);
    await this.page.waitForLoadState("load");
    assert.deepEqual(this.troubles, [], this.page.url());
  }

  /** Opens an address anew: keys in memory go. */
  open = (path) => this.page.goto(address + path);

  /** Goes to a page of the console as a link does: keys in memory stay. */
  async go(path) {
    const link = `main a[href="${path}"], nav a[href="${path}"]`;
    const shown = await this.page.locator(link).count();
    await this.turn(() => (shown > 0 ? this.page.locator(link).first().click() : this.follow(path)));
  }

  follow(path) {
    return this.page.evaluate((to) => {
      const link = Object.assign(document.createElement("a"), { href: to });
      document.body.append(link);
      link.click();
      link.remove();
    }, path);
  }

  /** The page by its link, with axe, reflow and, if wanted, a picture. */
  async see(path, picture) {
    await this.go(path);
    await look(this.page, picture ?? path, picture);
  }

  async fill(form, values) {
    for (const [name, value] of Object.entries(values)) {
      const control = this.page.locator(css(form, name));
      const kind = await control.evaluate(({ tagName }) => tagName);
      if (kind === "SELECT") await control.selectOption(value);
      else await control.fill(value);
    }
  }

  /** Sends an ordinary form. */
  async send(form, values = {}) {
    await this.fill(form, values);
    await this.turn(() => this.page.click(`#${form} form .actions button`));
  }

  /** Sends a form that is signed; `picture` keeps the dialog, `agreed` what it said. */
  async sign(form, values = {}, picture) {
    await this.fill(form, values);
    await this.turn(async () => {
      await this.page.click(`#${form} form .actions button`);
      await this.agree(form, picture);
    });
  }

  async agree(form, picture) {
    const shown = await this.page.waitForSelector(`dialog.sign, #${form} .status.error`);
    if (picture) await look(this.page, picture, picture);
    if (!(await shown.evaluate(({ tagName }) => tagName === "DIALOG"))) return;
    this.agreed = await shown.innerText();
    await this.page.click("dialog.sign button[value=yes]");
  }

  /** Signs a form and gives what the recorder says against it. */
  async refused(form, values = {}) {
    await this.fill(form, values);
    await this.settle();
    await this.page.click(`#${form} form .actions button`);
    await this.agree(form);
    return (await this.page.waitForSelector(`#${form} .status.error`)).textContent();
  }

  /** A question of the page's own script, put by somebody who has this session. */
  api(request, fields) {
    const ask = async ([name, body]) => {
      const headers = { "Content-Type": "application/json", "X-CSRF": document.querySelector("meta[name=csrf]").content };
      const response = await fetch(`/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
      return response.json();
    };
    return this.page.evaluate(ask, [request, fields]);
  }

  text = () => this.page.textContent("main");

  async signIn(password, totp) {
    await this.open("/sign-in");
    await this.fill("sign-in", { login: this.login, password, totp });
    await this.turn(() => this.page.click("#sign-in button"));
  }

  /** The first time: one-time password, second factor, a password of one's own. */
  async enter(oneTime) {
    await this.signIn(oneTime, "");
    assert.equal(new URL(this.page.url()).pathname, "/account/first");
    await this.choose();
  }

  async choose() {
    this.secret = await this.page.textContent(".facts .mono");
    await this.send("first", { new: this.password, totp: code(this.secret) });
    assert.equal(new URL(this.page.url()).pathname, "/account");
  }

  /** Once more, with the password and the code of the next step: a code counts once. */
  async again() {
    await this.signIn(this.password, code(this.secret, 1));
    assert.equal(new URL(this.page.url()).pathname, "/");
  }

  /** Makes keys in the browser, keeps the file, and shows the public keys to the director. */
  async makeKeys() {
    await this.page.click("#key-box summary");
    const words = this.page.locator("#key-box form.key-make input");
    await words.nth(0).fill(this.passphrase);
    await words.nth(1).fill(this.passphrase);
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.click("#key-box form.key-make button"),
    ]);
    await download.saveAs(this.file);
    await this.page.waitForSelector("#key-box dl:not([hidden]) dd");
    this.publicKey = await this.page.inputValue(css("show-key", "key"));
    this.recipient = await this.page.inputValue(css("show-key", "recipient"));
    this.print = await this.page.textContent("#key-box dd code");
    assert.match(this.publicKey, /^[0-9a-f]{64}$/);
    await this.send("show-key");
  }

  /** Loads the keys of a file, and waits until the box says so. */
  async loadKeys(of = this, says = "Klucze są wczytane") {
    const clear = this.page.locator("#key-box > button.quiet");
    if (await clear.isVisible()) await clear.click();
    await this.page.setInputFiles("#key-box input[type=file]", of.file);
    await this.page.fill("#key-box form.key-load input[type=password]", of.passphrase);
    await this.page.click("#key-box form.key-load button");
    await this.page.waitForSelector(`#key-box .status:has-text("${says}")`);
    await this.page.waitForSelector("#key-box dl:not([hidden]) dd");
  }

  /** The keys as the command line takes them, without their passphrase. */
  async plainKeys() {
    return (await readKeyFile(this.file, readFileSync(this.file), this.passphrase)).toText();
  }
}
