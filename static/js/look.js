// Light or dark and text size, kept on this device in a cookie so that the server paints the next page right at once.

const YEAR = 31536000;
const ATTRIBUTE = { kap_theme: "theme", kap_text: "text" };

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.dataset[ATTRIBUTE[name]] = value;
}

export function startLook() {
  document.addEventListener("change", (event) => {
    const group = event.target.closest?.("[data-look]");
    if (group) keep(group.dataset.look, event.target.value);
  });
}
