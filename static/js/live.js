// The live sheet: the clock since the dose, the ring to the next vital signs, and closing what lies over the sheet.
// Times come from the server with each part; between two of them this only ticks. Without it everything else works.

const RING = 157;
const RED_AFTER_MS = 180_000;
const ASK_MS = 8_000;

let offset = 0;

function part() {
  return document.getElementById("clock");
}

// The server's time: how far this device's clock is from it is taken anew whenever the part is swapped.
function correct() {
  const clock = part();
  if (clock) offset = Date.parse(clock.dataset.now) - Date.now();
}

function two(number) {
  return String(number).padStart(2, "0");
}

function put(name, text) {
  const place = part().querySelector(`[data-${name}]`);
  if (place && place.textContent !== text) place.textContent = text;
}

function tickSince(now, t0) {
  const seconds = Math.max(0, Math.floor((now - t0) / 1000));
  put("since", `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
}

function tickDue(now, due, begun) {
  const left = due - now;
  const seconds = Math.abs(Math.trunc(left / 1000));
  put("left", `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}${left > 0 ? "" : " late"}`);
  const box = part().querySelector("[data-due-box]");
  box?.classList.toggle("over", left <= 0 && -left <= RED_AFTER_MS);
  box?.classList.toggle("red", -left > RED_AFTER_MS);
  const share = Math.max(0, Math.min(1, left / Math.max(1, due - begun)));
  part().querySelector("[data-ring]")?.setAttribute("stroke-dasharray", `${Math.round(RING * share)} ${RING}`);
}

function tickSecondLook(now) {
  for (const place of document.querySelectorAll("[data-opens]")) {
    const seconds = Math.ceil((Date.parse(place.dataset.opens) - now) / 1000);
    const text = seconds > 0 ? `${seconds} seconds left.` : "The minute is over.";
    if (place.textContent !== text) place.textContent = text;
  }
}

function tick() {
  const clock = part();
  if (!clock) return;
  const now = Date.now() + offset;
  if (clock.dataset.t0) tickSince(now, Date.parse(clock.dataset.t0));
  if (clock.dataset.due) tickDue(now, Date.parse(clock.dataset.due), Date.parse(clock.dataset.begun));
  tickSecondLook(now);
}

// What lies over the sheet has the keys and the reader to itself; the clock below goes on.
function veil() {
  const over = document.getElementById("over");
  for (const part of over?.parentElement.children ?? []) {
    if (part !== over) part.inert = over.childElementCount > 0;
  }
}

function closeOver() {
  const over = document.getElementById("over");
  if (!over?.childElementCount) return false;
  over.replaceChildren();
  veil();
  document.getElementById("record-vitals")?.focus();
  return true;
}

// The strip asks for eight seconds and then makes room; ignoring it loses nothing.
function startAsk() {
  const ask = document.querySelector("form[data-ask]:not([data-running])");
  if (!ask) return;
  ask.dataset.running = "";
  setTimeout(() => { if (!ask.contains(document.activeElement)) ask.classList.add("over-now"); }, ASK_MS);
}

function startDrawer() {
  const narrow = matchMedia("(max-width: 1000px)");
  const log = document.querySelector("[data-drawer]");
  if (log && narrow.matches) log.open = Boolean(sessionStorage.getItem("kap-log-open"));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-over-close]") && closeOver()) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeOver()) event.preventDefault();
});
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-drawer]") || !matchMedia("(max-width: 1000px)").matches) return;
  if (event.target.open) sessionStorage.setItem("kap-log-open", "1");
  else sessionStorage.removeItem("kap-log-open");
}, true);
// What somebody is typing is not swapped away by a poll; an answer to what they sent is (data-fresh).
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const typing = document.activeElement?.matches("input:not([type=hidden]), textarea") && event.detail.target?.contains(document.activeElement);
  const fresh = [...(event.detail.fragment?.children ?? [])].some((part) => "fresh" in part.dataset);
  if (typing && !fresh) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:oobAfterSwap", () => { correct(); tick(); startAsk(); startDrawer(); veil(); });
document.addEventListener("htmx:afterSettle", (event) => {
  const over = document.getElementById("over");
  veil();
  if (event.target === over && !over.querySelector("[data-focus]")) over.querySelector("h2")?.focus();
});

correct();
startAsk();
startDrawer();
tick();
setInterval(tick, 1000);
