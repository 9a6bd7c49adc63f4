// Says one thing aloud, politely. Timers are not announced; what changed is.

const SETTLE_MS = 60;

export function announce(text) {
  const live = document.getElementById("live");
  if (!live || !text) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, SETTLE_MS);
}
