/**
 * What stands above a pane: which one it is, how it is, and the switches.
 */

import { paneCondition } from "./condition.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon, mark, showTone } from "./marks.js";
import { voiced } from "./voice.js";

const CLOSED = { word: "closed", tone: "ended" };

export class PaneHead {
  #title = h("h2.term-title.voice");
  #tone = mark();
  #word = h("span.term-word");
  #size = h("span.term-size");
  #recorded = h(
    "span.badge.recorded",
    { role: "img", "aria-label": "recorded", title: "What this pane shows is being recorded", hidden: true },
    "●",
    h("span.term-long", { text: " recorded" }),
  );
  #fit;
  #take;

  /** @param {{back: () => void, fit: () => void, take: () => void}} actions */
  constructor({ back, fit, take }) {
    this.#fit = h("button.button", { type: "button", on: { click: fit } });
    this.#take = h("button.button.term-take", {
      type: "button",
      // Else a press of the button would first take the keyboard away from the program.
      on: { pointerdown: (event) => event.preventDefault(), click: take },
    });
    this.element = h(
      "header.term-head",
      {},
      h(
        "button.button",
        { type: "button", "aria-label": "All screens", on: { click: back } },
        icon("back"),
        h("span.term-long", { text: "All screens" }),
      ),
      this.#title,
      h("span.term-state", {}, this.#tone, this.#word),
      this.#recorded,
      this.#size,
      this.#fit,
      this.#take,
    );
  }

  /**
   * @param {string} name
   * @param {Record<string, any> | undefined} pane undefined if it is closed
   * @param {boolean} isRecorded
   */
  showPane(name, pane, isRecorded) {
    setText(this.#title, name);
    if (pane) voiced(this.#title, pane.session_name);
    const { word, tone } = pane ? paneCondition(pane) : CLOSED;
    showTone(this.#tone, tone);
    setText(this.#word, word);
    setAttribute(this.#recorded, "hidden", !isRecorded);
    setText(this.#size, pane ? `${pane.columns}×${pane.lines}` : "");
  }

  /** @param {import("./input.js").Control} control */
  showControl(control) {
    setAttribute(this.#take, "aria-pressed", String(control.isOn));
    setAttribute(this.#take, "disabled", !control.isOn && control.whyNot !== null);
    const take = control.other === null ? "Take control" : "Take over";
    setText(this.#take, control.isOn ? "Give control back" : take);
  }

  /** @param {boolean} isFitting */
  showFit(isFitting) {
    setText(this.#fit, isFitting ? "1:1" : "Fit");
    setAttribute(this.#fit, "title", isFitting ? "Show it in full size" : "Make it fit");
  }
}
