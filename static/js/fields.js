// Small help inside forms: dates echoed in words, N for now in a time field.

const WORDS = { weekday: "long", day: "numeric", month: "long", year: "numeric" };

function echo(input) {
  const place = [...document.querySelectorAll("output.echo")].find((one) => one.htmlFor.contains(input.id));
  if (!place) return;
  const on = input.value ? new Date(`${input.value}T12:00:00`) : null;
  place.textContent = on && !Number.isNaN(on.getTime()) ? on.toLocaleDateString(document.documentElement.lang, WORDS) : "";
}

function echoAll(root) {
  root.querySelectorAll("input[type=date]").forEach(echo);
}

function nowOnN(event) {
  if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!event.target.matches?.("input[type=time], input[data-time]")) return;
  const now = new Date();
  event.target.value = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
  event.preventDefault();
}

export function startFields() {
  document.addEventListener("input", (event) => { if (event.target.matches?.("input[type=date]")) echo(event.target); });
  document.addEventListener("keydown", nowOnN);
  document.addEventListener("htmx:afterSettle", (event) => echoAll(event.target));
  echoAll(document);
}
