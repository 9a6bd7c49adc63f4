// <kap-passkey question="/address/"> around a button: asks the browser for a passkey and sends the form it stands in.
// options="id" takes the question from a JSON element instead; with `make` a new passkey is made.
// The form has a hidden input named credential. What goes wrong is said beside the button.

const GAVE_UP = "No passkey was used. Try again, or use another way.";
const NO_PASSKEYS = "This browser knows no passkeys. Use another way.";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(question) {
  const options = structuredClone(question.publicKey);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const one of list ?? []) one.id = toBytes(one.id);
  }
  return options;
}

function sendable(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

class Passkey extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", this.start);
  }

  start = async (event) => {
    event.preventDefault();
    if (!window.PublicKeyCredential) return this.say(NO_PASSKEYS);
    this.button.setAttribute("aria-busy", "true");
    try {
      const publicKey = readable(await this.question());
      const credential = this.hasAttribute("make")
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      this.send(sendable(credential));
    } catch {
      this.say(GAVE_UP);
    } finally {
      this.button.removeAttribute("aria-busy");
    }
    return undefined;
  };

  async question() {
    if (this.getAttribute("options")) return JSON.parse(document.getElementById(this.getAttribute("options")).textContent);
    const answer = await fetch(this.getAttribute("question"), { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const given = await answer.json();
    return given.request_options ?? given;
  }

  send(credential) {
    const form = this.closest("form");
    form.elements.credential.value = JSON.stringify(credential);
    form.requestSubmit();
  }

  say(words) {
    this.note ??= this.appendChild(Object.assign(document.createElement("p"), { className: "error-text" }));
    this.note.setAttribute("role", "alert");
    this.note.textContent = words;
  }
}

customElements.define("kap-passkey", Passkey);
