// Keys. Anything with data-key="n" is pressed by that key; "g t" is two keys one after the other, "ctrl+s" one with Ctrl.
// No single key works while somebody types, and all of them can be switched off on a device.

const STORE = "kap-single-keys";
const SEQUENCE_MS = 1200;
let begun = "";
let begunAt = 0;

export function singleKeysOn() {
  return localStorage.getItem(STORE) !== "off";
}

function isTyping(target) {
  return target instanceof Element
    && (target.matches("textarea, select, [contenteditable]") || target.matches("input:not([type=radio], [type=checkbox], [type=button], [type=submit])"));
}

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const name = key === "Enter" || key === "Escape" ? key.toLowerCase() : key;
  return event.ctrlKey || event.metaKey ? `ctrl+${name}` : name;
}

function openDialog() {
  return document.querySelector("dialog[open]");
}

function press(name) {
  const room = openDialog() ?? document;
  const found = [...room.querySelectorAll("[data-key]")].find((one) => one.dataset.key === name && one.checkVisibility());
  if (!found) return false;
  if (found.matches("input:not([type=radio], [type=checkbox]), textarea, select")) found.focus();
  else found.click();
  return true;
}

function begins(name) {
  return [...document.querySelectorAll("[data-key]")].some((one) => one.dataset.key.startsWith(`${name} `));
}

function move(step) {
  const items = [...document.querySelectorAll("[data-list] [data-item]")].filter((one) => one.checkVisibility());
  if (!items.length) return false;
  const here = items.indexOf(document.activeElement);
  const current = items.findIndex((one) => one.hasAttribute("aria-current"));
  const next = here >= 0 ? here + step : current >= 0 ? current + step : step > 0 ? 0 : items.length - 1;
  items[Math.max(0, Math.min(next, items.length - 1))].focus();
  return true;
}

function select() {
  const row = document.activeElement?.closest("[data-list] li, [data-list] tr");
  const box = row?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

const FIXED = {
  "?": () => { document.getElementById("keys")?.showModal(); return true; },
  "/": () => { const field = document.querySelector("[data-search]"); field?.select(); field?.focus(); return Boolean(field); },
  j: () => move(1),
  k: () => move(-1),
  x: select,
};

function single(name) {
  const now = performance.now();
  const sequence = begun && now - begunAt < SEQUENCE_MS ? `${begun} ${name}` : "";
  begun = "";
  if (sequence && press(sequence)) return true;
  if (!openDialog() && begins(name)) {
    begun = name;
    begunAt = now;
    return true;
  }
  return (!openDialog() && FIXED[name]?.()) || press(name);
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const name = nameOf(event);
  const done = name.startsWith("ctrl+")
    ? press(name)
    : !isTyping(event.target) && singleKeysOn() && single(name);
  if (done) event.preventDefault();
}

// Left and right move along a row of steps.
function alongSteps(event) {
  const row = event.target.closest?.("[data-arrows]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!row || !step) return;
  const stops = [...row.querySelectorAll('a[href], button, [tabindex="-1"]')];
  const at = stops.indexOf(document.activeElement);
  const next = at < 0 ? stops.find((stop) => stop.closest(".now")) ?? stops[0] : stops[at + step];
  if (next) {
    next.focus();
    event.preventDefault();
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("keydown", alongSteps);
  const box = document.getElementById("single-keys");
  if (!box) return;
  box.checked = singleKeysOn();
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
}
