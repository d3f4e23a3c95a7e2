// Questions to the recorder, through the console's own server: JSON there and back, same origin only.

import { TEXT } from "./texts.js";

/** The recorder's or the console's "no"; the message is for the person. */
export class Refusal extends Error {
  constructor({ kind, error, remedy }) {
    super(remedy ? `${error}${error.endsWith(".") ? " " : " – "}${remedy}` : error);
    this.name = "Refusal";
    this.kind = kind;
  }
}

const token = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

/** Called when the session is over: keys must go. */
export const over = new EventTarget();

/**
 * Asks; gives the answer's fields. `keepalive` lets the question outlive the page.
 * Throws `Refusal`.
 */
export async function ask(request, fields, { keepalive = false } = {}) {
  let response;
  try {
    response = await fetch(`/api/${request}`, {
      method: "POST",
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRF": token() },
      body: JSON.stringify(fields),
    });
  } catch {
    throw new Refusal({ kind: "no_answer", error: TEXT.no_answer });
  }
  if (response.status === 401 || response.type === "opaqueredirect") {
    over.dispatchEvent(new Event("over"));
    throw new Refusal({ kind: "signed_out", error: TEXT.session_over });
  }
  const answer = await response.json().catch(() => ({ ok: false, kind: "failed", error: `HTTP ${response.status}` }));
  if (answer.ok !== true) throw new Refusal(answer);
  return answer;
}
