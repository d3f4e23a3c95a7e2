// `<form data-release data-order>`: each call's key is opened with the director's identity, here, and
// wrapped to the listener of the order; the recorder gets the new wrappings only.

import { ask } from "./api.js";
import { decode, encode } from "./base64.js";
import { held } from "./keybox.js";
import { element } from "./page.js";
import { signed } from "./sign.js";
import { TEXT } from "./texts.js";
import { WrongKey, rewrap } from "./wrapping.js";

/** Releases an order; `news` is told of the progress. Gives the recorder's answer. */
export async function release(form, order, news) {
  const { keys, recipient } = await ask("keys", { of: order });
  const sealed = keys.filter(({ blob }) => typeof blob === "string");
  if (sealed.length > 0 && held.keys.identity === null) throw new Error(TEXT.release_need_key);
  if (sealed.length > 0 && !recipient) throw new Error(TEXT.release_no_recipient);
  const wrappings = await rewrapAll(form, sealed, recipient, news);
  const proof = await signed({ act: "release", order });
  return ask("release", { order, wrappings, ...proof });
}

async function rewrapAll(form, sealed, recipient, news) {
  const bar = element("progress", { max: Math.max(sealed.length, 1), value: 0, "aria-label": TEXT.release_progress(0, sealed.length) });
  form.append(bar);
  const wrappings = [];
  try {
    for (const { recording, blob } of sealed) {
      const wrapped = await rewrap(decode(blob), recording, held.keys.identity, recipient);
      wrappings.push([recording, encode(wrapped)]);
      bar.value = wrappings.length;
      news(TEXT.release_progress(wrappings.length, sealed.length));
    }
  } catch (error) {
    throw error instanceof WrongKey ? new Error(TEXT.release_wrong_key) : error;
  } finally {
    bar.remove();
  }
  return wrappings;
}
