// Elements made by program: no markup is ever parsed from text.

/** An element with properties, `aria-*`/`data-*` attributes and children (elements or texts). */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

let fields = 0;

/** A labelled control: `[wrapper, control]`. */
export function field(label, control) {
  fields += 1;
  control.id ||= `linetap-field-${fields}`;
  const wrapper = element("p", { className: "field" }, element("label", { for: control.id }, label), control);
  return [wrapper, control];
}

/** A place where news is read out by screen readers. */
export const status = () => element("p", { className: "status", role: "status", "aria-live": "polite" });

/** Says something; errors are marked for the eye too. */
export function say(place, text, bad = false) {
  place.textContent = text;
  place.classList.toggle("error", bad);
}

/** `1:05` or `1:02:03`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/**
 * Does a form's work once at a time. Its buttons are not disabled meanwhile, which would take the focus
 * from whoever works by keyboard; afterwards the focus is where it was, if that is still there.
 */
export function once(form, work) {
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      busy = false;
      form.removeAttribute("aria-busy");
      const opener = event.submitter;
      if (opener?.isConnected && document.activeElement === document.body) opener.focus();
    }
  });
}
