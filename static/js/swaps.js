// After htmx has changed a part of the page: move the focus to what changed and say it once.
// data-focus takes the focus, data-announce="Saved" is said; the server may send HX-Trigger: {"announce": "Saved"}.

import { announce } from "kap/announce";

const FAILED = "We could not reach the clinic's server. What you typed is still here. Try again in a moment.";
const REFUSED = "We could not save this. What you typed is still here. Try again, or load the page again.";

export function focusOnWhatMatters(root) {
  const first = root.matches?.("[data-focus]") ? root : root.querySelector("[data-focus]");
  first?.focus();
  return Boolean(first);
}

function markErrorTitle() {
  const wrong = document.querySelector(".error-summary");
  const plain = document.title.replace(/^Error: /, "");
  document.title = wrong ? `Error: ${plain}` : plain;
}

function afterSettle(event) {
  const part = event.detail.elt ?? event.target;
  const said = part.matches?.("[data-announce]") ? part : part.querySelector?.("[data-announce]");
  if (said) announce(said.dataset.announce);
  if (part instanceof Element) focusOnWhatMatters(part);
  markErrorTitle();
}

function notice(text) {
  const place = document.getElementById("notices");
  if (!place) return announce(text);
  const box = document.createElement("div");
  box.className = "notice warn";
  box.dataset.network = "";
  const words = document.createElement("div");
  words.className = "text";
  words.textContent = text;
  box.append(words);
  place.querySelectorAll("[data-network]").forEach((old) => old.remove());
  place.append(box);
  return undefined;
}

export function startSwaps() {
  document.addEventListener("htmx:afterSettle", afterSettle);
  document.addEventListener("htmx:sendError", () => notice(FAILED));
  document.addEventListener("htmx:timeout", () => notice(FAILED));
  document.addEventListener("htmx:responseError", () => notice(REFUSED));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.querySelectorAll("[data-network]").forEach((old) => old.remove());
  });
  document.addEventListener("announce", (event) => announce(event.detail?.value ?? event.detail?.text));
}
