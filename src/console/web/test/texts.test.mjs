// Both languages say everything.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as english from "../texts.en.js";
import * as polish from "../texts.pl.js";

const inner = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Every name with what stands there: a text, a function of so many arguments, a list of so many. */
function names(texts, before = "") {
  return Object.entries(texts).flatMap(([name, value]) =>
    inner(value) ? names(value, `${before}${name}.`) : [`${before}${name} ${typeof value} ${typeof value === "string" ? "" : value.length}`],
  );
}

test("the English texts are those that the Polish ones are", () => {
  assert.deepEqual(names(english).sort(), names(polish).sort());
  assert.ok(names(polish).length > 200);
});
