// A button with data-copy="id" copies what stands in that field. Without a clipboard the field is selected instead.

import { announce } from "kap/announce";

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    announce("Copied");
    button.lastChild.textContent = "Copied";
  } catch {
    announce("Selected. Copy it with Control and C.");
  }
}

document.addEventListener("click", copy);
