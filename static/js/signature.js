// <kap-signature pad="address of signature_pad" label="Draw your name">: a field to draw one's name in.
// The drawing goes as SVG into the hidden input inside; empty when nothing was drawn. Typing one's name is always enough,
// so without this script, a mouse or a steady hand nothing is missing.

const WIDTH_MIN = 0.8;
const WIDTH_MAX = 2.6;

class Signature extends HTMLElement {
  async connectedCallback() {
    if (this.canvas) return;
    this.input = this.querySelector("input[type=hidden]");
    const { default: SignaturePad } = await import(this.getAttribute("pad"));
    this.build();
    this.pad = new SignaturePad(this.canvas, { minWidth: WIDTH_MIN, maxWidth: WIDTH_MAX, penColor: "#000" });
    this.pad.addEventListener("endStroke", this.keep);
    this.watch = new ResizeObserver(this.fit);
    this.watch.observe(this.canvas);
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    this.pad?.off();
  }

  build() {
    const label = Object.assign(document.createElement("span"), { className: "label", textContent: this.getAttribute("label") });
    const clear = Object.assign(document.createElement("button"), { type: "button", className: "btn sm", textContent: "Clear" });
    const line = Object.assign(document.createElement("div"), { className: "row" });
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${this.getAttribute("label")} (drawing is optional)`);
    clear.addEventListener("click", this.clear);
    line.append(label, clear);
    this.append(line, this.canvas);
  }

  // Sharp on every screen; what was drawn stays when a phone is turned.
  fit = () => {
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    const width = Math.round(this.canvas.offsetWidth * ratio);
    const height = Math.round(this.canvas.offsetHeight * ratio);
    if (!width || (this.canvas.width === width && this.canvas.height === height)) return;
    const drawn = this.pad.toData();
    this.canvas.width = width;
    this.canvas.height = height;
    this.canvas.getContext("2d").scale(ratio, ratio);
    this.pad.clear();
    this.pad.fromData(drawn);
    this.keep();
  };

  keep = () => {
    this.input.value = this.pad.isEmpty() ? "" : this.pad.toSVG();
  };

  clear = () => {
    this.pad.clear();
    this.keep();
  };
}

customElements.define("kap-signature", Signature);
