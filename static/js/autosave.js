// <kap-autosave form="note" thing="...">, inside a form: keeps what is typed on the server 1 s after the last key and
// when a field is left, says so, and brings it back when the page is opened again. While the server cannot be reached
// it is kept in this page and tried again; nothing readable is put into the browser's storage.

const AFTER_MS = 1_000;
const AGAIN_MS = 5_000;
const OURS = new Set(["csrfmiddlewaretoken", "_once", "_held", "_draft"]);

class Autosave extends HTMLElement {
  connectedCallback() {
    this.target = this.closest("form");
    this.address = `/drafts/${this.getAttribute("form")}/`;
    this.saved = this.started = this.content();
    this.target.addEventListener("input", this.soon);
    this.target.addEventListener("change", this.now);
    this.target.addEventListener("focusout", this.now);
    this.target.addEventListener("submit", this.rest);
    document.addEventListener("kap:unlocked", this.now);
    addEventListener("online", this.now);
    addEventListener("pagehide", this.last);
    document.addEventListener("keydown", this.onKey);
    this.restore();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("kap:unlocked", this.now);
    document.removeEventListener("keydown", this.onKey);
    removeEventListener("online", this.now);
    removeEventListener("pagehide", this.last);
  }

  soon = () => this.again(AFTER_MS);

  now = () => this.again(0);

  rest = () => {
    clearTimeout(this.timer);
    this.sent = true;
    setTimeout(() => { this.sent = false; }, AGAIN_MS); // the form came back with an error
  };

  last = () => {
    if (this.content() !== this.saved && !this.sent) this.post(this.content(), { keepalive: true }).catch(() => {});
  };

  onKey = (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || !this.target.contains(document.activeElement)) return;
    event.preventDefault();
    this.now();
  };

  again(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.save, after);
  }

  save = async () => {
    const content = this.content();
    if (content === this.saved || this.sent) return;
    try {
      const answer = await this.post(content);
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.saved = content;
      this.say(`Saved ${this.clock((await answer.json()).at)}`, false);
      if (this.content() !== content) this.soon();
    } catch {
      this.say("Not saved, keeping it here", true);
      this.again(AGAIN_MS);
    }
  };

  post(content, more = {}) {
    const token = this.target.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const body = `{"thing":${JSON.stringify(this.getAttribute("thing"))},"fields":${content}}`;
    return fetch(this.address, { method: "POST", headers, body, ...more });
  }

  content() {
    const fields = {};
    for (const [name, value] of new FormData(this.target)) {
      if (OURS.has(name) || typeof value !== "string" || this.isSecret(name)) continue;
      (fields[name] ??= []).push(value);
    }
    return JSON.stringify(fields);
  }

  isSecret(name) {
    return this.target.elements[name]?.type === "password";
  }

  async restore() {
    try {
      const thing = encodeURIComponent(this.getAttribute("thing"));
      const answer = await fetch(`${this.address}?thing=${thing}`);
      if (answer.status !== 200 || this.content() !== this.started) return;
      const { fields, at } = await answer.json();
      if (this.target.querySelector(".error-summary")) return; // what was just sent is newer
      for (const [name, values] of Object.entries(fields)) this.fill(name, values);
      this.saved = this.content();
      this.say(`Brought back what you typed, saved ${this.clock(at)}`, false);
    } catch {
      // nothing to bring back now; what is typed from here on is kept
    }
  }

  fill(name, values) {
    const inputs = [this.target.elements[name]].flatMap((found) => (found instanceof RadioNodeList ? [...found] : found ?? []));
    inputs.forEach((input, index) => {
      if (input.type === "checkbox" || input.type === "radio") input.checked = values.includes(input.value);
      else if (input.multiple) for (const option of input.options) option.selected = values.includes(option.value);
      else if (input.type !== "file" && input.type !== "hidden" && values[index] !== undefined) input.value = values[index];
    });
    inputs[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  clock(at) {
    return new Date(at).toLocaleTimeString(document.documentElement.lang, { hour12: false });
  }

  say(words, kept) {
    this.className = kept ? "saved kept" : "saved";
    this.textContent = words;
  }
}

customElements.define("kap-autosave", Autosave);
