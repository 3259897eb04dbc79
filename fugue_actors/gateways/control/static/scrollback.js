/**
 * Lines that scrolled off the top: fetched in portions as somebody scrolls up.
 *
 * Whoever reads them sees a still picture: what the screen showed when they left it, and the
 * lines before that. `read_pane` gives the youngest lines of history with the screen below;
 * `locate` finds the picture in it, for the program went on writing meanwhile.
 */

import { textOf } from "./cells.js";
import { drawRow, newRow } from "./rows.js";

/** @typedef {import("./cells.js").Run} Run */

const FIRST_PORTION = 200;
/** As many as `read_pane` gives. */
const MOST_LINES = 10_000;
/** So many rows say with certainty where a picture begins. */
const ENOUGH_ROWS = 60;

/**
 * Where rows begin that are shown already; rows can only have moved up.
 * @param {string[]} shown their text, from the first on
 * @param {string[]} read what there is now
 * @returns {number} an index of `read`, or -1 if they are not there any more
 */
export function locate(shown, read) {
  const begin = shown.slice(0, ENOUGH_ROWS);
  for (let at = read.length - shown.length; at >= 0; at -= 1) {
    if (begin.every((text, index) => read[at + index] === text)) return at;
  }
  return -1;
}

export class Scrollback {
  /** @type {Run[][]} */
  #rows = [];
  #isLoading = false;
  #generation = 0;

  /**
   * @param {HTMLElement} element that rows are put into
   * @param {(history: number) => Promise<{history_rows: Run[][], rows: Run[][]}>} read
   */
  constructor(element, read) {
    this.element = element;
    this.read = read;
    /** @type {"more" | "complete" | "lost"} Whether there are earlier lines. */
    this.earlier = "more";
  }

  /** Lines that were fetched. */
  get length() {
    return this.#rows.length;
  }

  get isLoading() {
    return this.#isLoading;
  }

  /** Forget what was fetched. */
  clear() {
    this.#generation += 1;
    this.#rows = [];
    this.#isLoading = false;
    this.earlier = "more";
    this.element.replaceChildren();
  }

  /**
   * Fetch a portion of earlier lines and put it on top.
   * @param {import("./terminal.js").Terminal} terminal with the picture below
   * @returns {Promise<void>} rejected as `read` is
   */
  async load(terminal) {
    if (this.#isLoading || this.earlier !== "more") return;
    this.#isLoading = true;
    const generation = this.#generation;
    try {
      const wanted = Math.min(MOST_LINES, 2 * this.#rows.length + FIRST_PORTION);
      let found = await this.#portion(wanted, terminal);
      if (found === null && wanted < MOST_LINES && generation === this.#generation) {
        found = await this.#portion(MOST_LINES, terminal); // very much was written meanwhile
      }
      if (generation !== this.#generation) return;
      if (found === null) this.earlier = "lost";
      else this.#putAbove(found, terminal);
    } finally {
      if (generation === this.#generation) this.#isLoading = false;
    }
  }

  /** The rows above those that are shown; null if these are not in history any more. */
  async #portion(wanted, terminal) {
    const generation = this.#generation;
    const { history_rows: history, rows } = await this.read(wanted);
    if (generation !== this.#generation) return null;
    const read = [...history, ...rows].map(textOf);
    let at = locate([...this.#rows, ...terminal.rows].map(textOf), read);
    if (at < 0 && this.#rows.length === 0) {
      terminal.drawRows(rows); // the picture was changed, not moved: take this one
      at = history.length;
    }
    if (at < 0) return null;
    if (history.length < wanted) this.earlier = "complete";
    else if (wanted === MOST_LINES) this.earlier = "lost";
    return history.slice(0, at);
  }

  #putAbove(rows, { palette, metrics }) {
    this.#rows = [...rows, ...this.#rows];
    const portion = document.createElement("div");
    portion.className = "term-portion";
    portion.style.setProperty("--lines", String(rows.length));
    for (const runs of rows) {
      const row = newRow();
      drawRow(row, runs, palette, metrics);
      portion.append(row);
    }
    this.element.prepend(portion);
  }

  /** Show the lines in other colours. */
  repaint({ palette, metrics }) {
    const elements = this.element.querySelectorAll(".term-row");
    elements.forEach((element, index) => {
      drawRow(/** @type {HTMLElement} */ (element), this.#rows[index], palette, metrics);
    });
  }
}
