/**
 * What stands below a pane: who types, keys for fingers, and what its programs use.
 */

import { mountCharts } from "./charts.js";
import { h, setAttribute, setText } from "./dom.js";
import { RELEASE_CHORD } from "./keys.js";

/** For fingers, which have no such keys: what the button says, and the key it is. */
const TOUCH_KEYS = [
  ["Esc", "Escape"],
  ["Tab", "Tab"],
  ["^C", "C-c"],
  ["↑", "Up"],
  ["↓", "Down"],
  ["←", "Left"],
  ["→", "Right"],
];

export class PaneFoot {
  #sign = h("p.term-sign");
  #keys;
  #charts;

  /**
   * @param {import("./app.js").App} app
   * @param {string} paneId
   * @param {{press: (key: string) => void, paste: () => void}} hands on the pane
   */
  constructor(app, paneId, { press, paste }) {
    this.#keys = h(
      "div.term-keys",
      { role: "group", "aria-label": "Keys", hidden: true },
      ...TOUCH_KEYS.map(([text, key]) => touchKey(text, key, () => press(key))),
      touchKey("Paste", "Paste", paste),
    );
    const charts = h("div.term-charts");
    this.element = h("footer.term-foot", {}, this.#sign, this.#keys, charts);
    this.#charts = mountCharts(charts, app, paneId);
  }

  destroy() {
    this.#charts.destroy();
  }

  /**
   * @param {import("./input.js").Control} control
   * @param {import("./viewport.js").Viewport} viewport
   */
  show(control, viewport) {
    setText(this.#sign, signOf(control, viewport));
    setAttribute(this.#sign, "data-problem", control.isOn && control.problem !== "");
    setAttribute(this.#keys, "hidden", !control.isOn);
  }
}

function touchKey(text, name, act) {
  return h("button.button", {
    type: "button",
    text,
    "aria-label": name.startsWith(text) ? null : name, // signs need a name to be said
    on: { pointerdown: (event) => event.preventDefault(), click: act },
  });
}

/** Who types, and whether the screen shows the present. */
function signOf(control, viewport) {
  if (control.isOn && control.problem !== "") return control.problem;
  if (viewport.isReading) return "You are reading earlier lines: the screen is held still.";
  if (viewport.isHeld) return "The screen is held still while text is selected.";
  if (control.state === "on") {
    const way = matchMedia("(pointer: coarse)").matches ? "The button above" : RELEASE_CHORD;
    return `You control this pane: keys go to its program. ${way} gives control back.`;
  }
  if (control.state === "away") {
    return "You control this pane, but the keyboard is elsewhere: click the screen to go on.";
  }
  if (control.whyNot !== null) return control.whyNot;
  if (control.problem !== "") return control.problem;
  const who = control.other === null ? "" : `${control.other.operator} controls this pane. `;
  return `${who}You are watching. Keys are the page's own.`;
}
