// Going from page to page without leaving this one, so that the keys in its memory outlive a click on
// a link: only while keys are loaded, only within the console. Without keys the browser navigates.

import { held } from "./keybox.js";

const here = (address) => address.origin === location.origin && !address.pathname.startsWith("/api/");

const place = () => location.pathname + location.search;
/** The page that is shown, whatever part of it. */
let shown = place();

/** Shows a page that was fetched, as if the browser had gone there. */
async function show(response, push, begin) {
  const kind = response.headers.get("content-type") ?? "";
  if (!kind.startsWith("text/html")) return location.assign(response.url);
  const text = await response.text();
  const next = new DOMParser().parseFromString(text, "text/html");
  const token = next.querySelector('meta[name="csrf"]')?.content;
  const meta = document.querySelector('meta[name="csrf"]');
  if (token !== undefined && meta) meta.content = token;
  document.title = next.title;
  dispatchEvent(new Event("linetap-leave"));
  document.body.replaceWith(document.importNode(next.body, true));
  if (push) history.pushState(null, "", response.url);
  shown = place();
  begin();
  const main = document.querySelector("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
  scrollTo(0, 0);
}

async function load(address, options, push, begin) {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  await show(response, push, begin);
}

/** Goes to an address of the console: in place with keys, else as the browser does. */
export function goTo(begin) {
  return async (address) => {
    const target = new URL(address, location.href);
    if (held.any && here(target)) await load(target, {}, true, begin);
    else location.assign(target);
  };
}

/** Takes over links and ordinary forms while keys are loaded. */
export function stayHere(begin) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.defaultPrevented;
    if (!link || !plain || !held.any || link.target || link.hasAttribute("download") || link.hasAttribute("data-leave")) return;
    const target = new URL(link.href);
    if (!here(target) || (target.pathname === location.pathname && target.search === location.search && target.hash)) return;
    event.preventDefault();
    load(target, {}, true, begin).catch(() => location.assign(target));
  });
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!held.any || event.defaultPrevented || form.method === "dialog" || form.matches("[data-sign-out]")) return;
    const address = new URL(submitter?.getAttribute("formaction") ?? form.action, location.href);
    if (!here(address)) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, submitter));
    const get = form.method === "get";
    if (get) address.search = data;
    load(address, get ? {} : { method: "POST", body: data }, true, begin).catch(() => location.assign(address));
  });
  addEventListener("popstate", () => {
    // A way within the page, such as that past the navigation, leads to no other page.
    if (shown === place()) return;
    shown = place();
    if (held.any) load(location.href, {}, false, begin).catch(() => location.reload());
    else location.reload();
  });
}
