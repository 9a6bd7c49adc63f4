// What every page does: keys, dialogs, look, fields, and care after a swap. Pages work without it.

import { startDialogs } from "kap/dialogs";
import { startFields } from "kap/fields";
import { startKeys } from "kap/keys";
import { startLook } from "kap/look";
import { focusOnWhatMatters, startSwaps } from "kap/swaps";

startKeys();
startDialogs();
startLook();
startFields();
startSwaps();
focusOnWhatMatters(document);

// The step that comes next is in view when the course is wider than its card.
for (const now of document.querySelectorAll(".step.now")) {
  const course = now.closest(".course");
  if (course.scrollWidth > course.clientWidth) course.scrollLeft = now.offsetLeft - course.clientWidth / 2;
}

addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll("[data-print-time]")) {
    place.textContent = new Date().toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  }
});
