// What the console's pages do in the browser: keys, signatures, player, media. Pages work without it
// except for these four.

import { signForm } from "./forms.js";
import { guardKeys, keyBox } from "./keybox.js";
import { mediumForm, recall } from "./medium.js";
import { say, status } from "./page.js";
import { player } from "./player.js";
import { goTo, stayHere } from "./stay.js";
import { dress } from "./style.js";
import { TEXT } from "./texts.js";

/** Takes over what stands on the page now. */
function begin() {
  document.documentElement.classList.add("script");
  const box = document.getElementById("key-box");
  if (!globalThis.isSecureContext) {
    const news = status();
    if (box) box.replaceChildren(news);
    return say(news, TEXT.insecure, true);
  }
  if (box) keyBox(box);
  const go = goTo(begin);
  for (const form of document.querySelectorAll("form[data-sign], form[data-release]")) signForm(form, go);
  for (const form of document.querySelectorAll("form[data-export]")) mediumForm(form, go);
  recall();
  const place = document.getElementById("player");
  if (place) player(place);
}

dress();
if (globalThis.isSecureContext) {
  guardKeys();
  stayHere(begin);
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
