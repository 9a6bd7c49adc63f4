// <kap-lock>: covers the page when nobody is there, and asks who it is when the server wants to know once more.
// The page stays as it is underneath, with all that was typed. The server keeps its own clock; this one only helps.
//
// It opens by itself after `minutes` without a key, a tap or a move; when any request of the page is answered with 423
// (the header KAP-Confirm says that a proof is wanted, not an unlocking) or 401; and when another tab locks.
// Events on document: "kap:locked", and "kap:unlocked" after which one may try again.

const LOCKED = 423;
const OUT = 401;
const TITLES = { lock: "Locked", out: "You are signed out" };
const HERE_EVERY_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const LATER = "The clinic's server cannot be reached. Nothing is lost. Try again in a moment.";
const plainFetch = window.fetch.bind(window);

class Lock extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.form = this.querySelector("form");
    this.channel = new BroadcastChannel("kap-lock");
    this.seen = this.told = Date.now();
    this.why = "";
    for (const sign of SIGNS) document.addEventListener(sign, this.noteThere, { capture: true, passive: true });
    this.timer = setInterval(this.look, LOOK_EVERY_MS);
    this.form.addEventListener("submit", this.prove);
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.addEventListener("close", () => this.why === "lock" && this.dialog.showModal());
    for (const button of this.querySelectorAll("[data-cancel], [data-cancel-out]")) button.addEventListener("click", () => this.close());
    document.addEventListener("htmx:beforeSwap", this.hearHtmx);
    this.channel.onmessage = (event) => this.hearTab(event.data);
    window.fetch = this.listen;
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    for (const sign of SIGNS) document.removeEventListener(sign, this.noteThere, { capture: true });
    document.removeEventListener("htmx:beforeSwap", this.hearHtmx);
    this.channel.close();
    window.fetch = plainFetch;
  }

  noteThere = () => {
    if (this.why || Date.now() - this.seen < LOOK_EVERY_MS) return;
    this.seen = Date.now();
    this.channel.postMessage("there");
  };

  look = () => {
    if (this.why === "lock") return this.mirror();
    const limit = Number(this.getAttribute("minutes")) * 60_000;
    if (Date.now() - this.seen >= limit) this.lockNow();
    else if (this.seen > this.told && Date.now() - this.told >= HERE_EVERY_MS) this.tellHere();
    return undefined;
  };

  // What must stay readable, like the time since a dose: <... data-on-lock>. Never a name.
  mirror() {
    const shown = [...document.querySelectorAll("[data-on-lock]")].map((part) => part.textContent.trim());
    this.querySelector("[data-mirror]").textContent = shown.join(" ");
  }

  tellHere() {
    this.told = Date.now();
    this.post("here").catch(() => {}); // the next one will tell
  }

  lockNow() {
    this.open("lock");
    this.channel.postMessage("locked");
    this.post("lock").catch(() => {}); // the server's own clock locks too
  }

  listen = async (...request) => {
    const answer = await plainFetch(...request);
    if (answer.status === LOCKED) this.open(answer.headers.get("KAP-Confirm") ?? "lock");
    if (answer.status === OUT) this.open("out");
    return answer;
  };

  hearHtmx = (event) => {
    const answer = event.detail.xhr;
    if (answer.status !== LOCKED && answer.status !== OUT) return;
    event.detail.isError = false;
    event.detail.shouldSwap = false;
    this.open(answer.status === OUT ? "out" : (answer.getResponseHeader("KAP-Confirm") ?? "lock"));
  };

  hearTab(said) {
    if (said === "there" && !this.why) this.seen = Date.now();
    if (said === "locked") this.open("lock");
    if (said === "unlocked" && this.why === "lock") this.close();
  }

  open(why) {
    if (this.why === "lock") return;
    this.why = why;
    for (const part of this.querySelectorAll("[data-why]")) part.hidden = part.dataset.why !== why;
    this.querySelector("h2").textContent = TITLES[why] ?? "Confirm it is you";
    this.form.hidden = why === "out";
    this.querySelector("[data-go]").textContent = why === "lock" ? "Unlock" : "Confirm";
    this.querySelector("[data-cancel]").hidden = why === "lock";
    document.documentElement.toggleAttribute("data-locked", why === "lock");
    if (why === "lock") this.title = this.coverTitle();
    if (!this.dialog.open) this.dialog.showModal();
    document.dispatchEvent(new CustomEvent("kap:locked", { detail: why }));
  }

  coverTitle() {
    const title = document.title;
    document.title = "Locked - KAP Clinic";
    return title;
  }

  close() {
    if (this.why === "lock") document.title = this.title;
    this.why = "";
    this.seen = this.told = Date.now();
    this.form.reset();
    this.form.elements.credential.value = "";
    this.querySelector(".error-summary")?.remove();
    document.documentElement.removeAttribute("data-locked");
    this.dialog.close();
    document.dispatchEvent(new CustomEvent("kap:unlocked"));
  }

  prove = async (event) => {
    event.preventDefault();
    const unlocking = this.why === "lock";
    const proof = new FormData(this.form);
    if (this.why === "both") proof.set("both", "1");
    try {
      const answer = await this.post(unlocking ? "unlock" : "confirm", proof);
      if (answer.redirected || answer.status === 401) location.reload(); // signed out meanwhile
      else if (answer.ok) {
        if (unlocking) this.channel.postMessage("unlocked");
        this.close();
      } else this.say(await this.wordsOf(answer));
    } catch {
      this.say([LATER]);
    }
  };

  post(what, body = new FormData(this.form)) {
    return plainFetch(this.getAttribute(what), { method: "POST", body, headers: { Accept: "text/html" } });
  }

  async wordsOf(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const words = [...page.querySelectorAll(".error-summary li")].map((line) => line.textContent);
    return words.length ? words : [LATER];
  }

  say(lines) {
    this.querySelector(".error-summary")?.remove();
    const box = Object.assign(document.createElement("div"), { className: "error-summary", tabIndex: -1 });
    box.setAttribute("role", "alert");
    for (const words of new Set(lines)) box.append(Object.assign(document.createElement("p"), { textContent: words }));
    this.form.prepend(box);
    this.form.elements.credential.value = "";
    box.focus();
  }
}

customElements.define("kap-lock", Lock);
