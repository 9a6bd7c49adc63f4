// Dialogs and menus: data-open="id" opens a dialog, data-close closes the one it is in; menus close when one leaves them.

function onClick(event) {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  else if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function onEscape(event) {
  const menu = event.key === "Escape" && document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

export function startDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onEscape);
}
