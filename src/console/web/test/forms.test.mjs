// What a form becomes, and what is shown before it is signed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf, utc } from "../forms.js";
import { OtherText, check, lines, read } from "../sign.js";
import "./vectors.mjs";

/** A control as a form lists it. */
function control(name, value, more = {}) {
  const attributes = more.attributes ?? { value };
  return {
    name, value, type: "text", dataset: {}, disabled: false, checked: false, ...more,
    matches: () => false,
    getAttribute: (one) => attributes[one] ?? null,
  };
}

function form(dataset, ...controls) {
  const elements = Object.assign([...controls], {});
  for (const { name } of controls) elements[name] = controls.filter((one) => one.name === name);
  return { dataset, elements };
}

test("fields become an act: nested, typed, empty ones left out", () => {
  const act = actOf(
    form(
      { act: "finding", lists: "" },
      control("csrf", "token"),
      control("order", "O-1"),
      control("confirmed", "true", { dataset: { kind: "boolean" } }),
      control("party_informed", "", { dataset: { kind: "boolean" } }),
      control("text", " ustalono "),
      control("notice.how", "given"),
      control("uid", "1004", { type: "number" }),
      control("action", "", { dataset: { kind: "text" } }),
    ),
    "Europe/Warsaw",
  );
  assert.deepEqual(act, {
    act: "finding", order: "O-1", confirmed: true, text: "ustalono", notice: { how: "given" }, uid: 1004, action: "",
  });
});

test("boxes of one name are a list, a box alone is yes or no", () => {
  const box = (name, value, checked) => control(name, value, { type: "checkbox", checked });
  const lone = control("confirmed", "on", { type: "checkbox", checked: true, attributes: {} });
  const act = actOf(form({ act: "order" }, box("calls", "a", true), box("calls", "b", false), box("calls", "c", true), lone), "UTC");
  assert.deepEqual(act, { act: "order", calls: ["a", "c"], confirmed: true });
  const one = actOf(form({ act: "order", lists: "calls" }, control("calls", "a")), "UTC");
  assert.deepEqual(one.calls, ["a"]);
});

test("local time of the office becomes UTC, the clock changes included", () => {
  const warsaw = (local) => utc(local, "Europe/Warsaw");
  assert.equal(warsaw("2026-12-01T15:00"), "2026-12-01T14:00:00Z");
  assert.equal(warsaw("2026-07-01T15:00"), "2026-07-01T13:00:00Z");
  assert.equal(warsaw("2026-03-29T01:59"), "2026-03-29T00:59:00Z");
  assert.equal(warsaw("2026-03-29T03:00"), "2026-03-29T01:00:00Z");
  assert.equal(warsaw("2026-10-25T01:30"), "2026-10-24T23:30:00Z");
  assert.equal(warsaw("2026-10-25T03:00"), "2026-10-25T02:00:00Z");
  assert.throws(() => warsaw("jutro"));
});

const head = "ab".repeat(32);
const textOf = (act) => `linetap-act-1\ncentrala\n${head}\n${JSON.stringify(act)}`;

test("only the text of the very act that was asked for is signed", () => {
  const act = { act: "revoke", order: "O-1", reason: "pomyłka" };
  assert.equal(check(textOf(act), act), head);
  for (const other of [
    { ...act, order: "O-2" },
    { ...act, reason: "" },
    { ...act, more: "x" },
    { ...act, act: "release" },
  ]) {
    assert.throws(() => check(textOf(other), act), OtherText, JSON.stringify(other));
  }
  assert.throws(() => check("linetap-checkpoint\nx", act), OtherText);
});

test("blank fields and another spelling of the same moment are the same act", () => {
  const act = { act: "order", from: "2026-12-01T14:00:00.000Z", head, calls: [{ call: "c", recordings: ["r"] }] };
  const text = `linetap-order-1\n${JSON.stringify({ calls: act.calls, from: "2026-12-01T14:00:00Z", head, report: null, signature: "" })}`;
  assert.equal(check(text, act), head);
  const other = text.replace('"r"', '"s"');
  assert.throws(() => check(other, act), OtherText);
});

test("a row is signed for its own number only, and is shown field by field", () => {
  const row = ["P-1", "O-1", "r", "5e", ["1", "2", "3", "4", "5", "6", "7", "8", "9"], head];
  const text = `linetap-row-1\n${JSON.stringify(row)}`;
  assert.equal(check(text, { act: "sign", playback: "P-1", head: "", signature: "" }), head);
  assert.throws(() => check(text, { act: "sign", playback: "P-2" }), OtherText);
});

test("what is signed is shown in Polish, every field of it", () => {
  const act = { act: "notice", order: "O-1", notice: { how: "absent", note: "urlop" } };
  assert.deepEqual(lines(read(textOf(act)).content), [
    ["Polecenie", "O-1"],
    ["Pracownik", "nieobecny – powiadomienie niezwłocznie po powrocie"],
    ["Kto, kiedy i jak powiadomił", "urlop"],
  ]);
});

test("a number is shown with whom it stands for, and a text that looks like one is not", () => {
  const about = { "D-2": "Lidia Uważna, inspektor", "O-1": "Lidia Uważna, inspektor" };
  const act = { act: "order", listener: "D-2", employee: "Piotr Próbny", until: "" };
  assert.deepEqual(lines(act, about).slice(0, 2), [
    ["Osoba odsłuchująca", "D-2 – Lidia Uważna, inspektor"],
    ["Pracownik, którego dotyczy rozmowa", "Piotr Próbny"],
  ]);
  assert.deepEqual(lines({ act: "release", order: "O-1" }, about), [["Polecenie", "O-1 – odsłuchuje Lidia Uważna, inspektor"]]);
  assert.deepEqual(lines({ act: "revoke", order: "O-9", reason: "D-2" }, about), [["Polecenie", "O-9"], ["Uzasadnienie", "D-2"]]);
});
