/**
 * Lines that scrolled off the top: fetched in portions as somebody scrolls up.
 *
 * Whoever reads them sees a still picture: what the screen showed when they left it, and the
 * lines before that. The program goes on writing meanwhile, so lines are counted from the end of a
 * history that grows. Each portion overlaps what is shown, and `locate` finds where it belongs.
 */

import { textOf } from "./cells.js";
import { drawRow, newRow } from "./rows.js";

/** @typedef {import("./cells.js").Run} Run */

const PORTION = 200;
/** So many rows say with certainty where a picture begins. */
const ENOUGH_ROWS = 60;
/** As many new lines between two portions are made up for by their overlap. */
const SLACK = 100;
/** As many as `read_pane` gives at once. */
const MOST_LINES = 10_000;

/**
 * Where rows begin that are shown already; they can only have moved up.
 * @param {string[]} shown their text, from the first on
 * @param {string[]} read what there is now
 * @param {number} from the last place where they can be
 * @returns {number} an index of `read`, or -1 if they are not there
 */
export function locate(shown, read, from = read.length - shown.length) {
  const begin = shown.slice(0, ENOUGH_ROWS);
  for (let at = Math.min(from, read.length - begin.length); at >= 0; at -= 1) {
    if (begin.every((text, index) => read[at + index] === text)) return at;
  }
  return -1;
}

export class Scrollback {
  /** @type {Run[][]} */
  #rows = [];
  #isLoading = false;
  #generation = 0;
  /** Lines that came to history since the picture was taken, as far as is known. */
  #moved = 0;

  /**
   * @param {HTMLElement} element that rows are put into
   * @param {(history: number, skip: number) =>
   *   Promise<{history_rows?: Run[][], rows: Run[][]}>} read
   */
  constructor(element, read) {
    this.element = element;
    this.read = read;
    /** @type {"more" | "complete" | "lost"} Whether there are earlier lines. */
    this.earlier = "more";
  }

  get isLoading() {
    return this.#isLoading;
  }

  /** Forget what was fetched. */
  clear() {
    this.#generation += 1;
    this.#rows = [];
    this.#moved = 0;
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
    const isCurrent = () => generation === this.#generation;
    try {
      const skip = Math.max(0, this.#rows.length + this.#moved - ENOUGH_ROWS);
      const next = await this.#portion(skip, PORTION + SLACK + ENOUGH_ROWS, terminal, isCurrent);
      // More was written meanwhile than portions overlap, or this host cannot leave lines out.
      const found = next ?? (await this.#portion(0, MOST_LINES, terminal, isCurrent));
      if (!isCurrent()) return;
      if (found === null) this.earlier = "lost";
      else this.#putAbove(found, terminal);
    } finally {
      if (isCurrent()) this.#isLoading = false;
    }
  }

  /**
   * The rows directly above those that are shown.
   * @returns {Promise<Run[][] | null>} null if what is shown is not where it was looked for
   */
  async #portion(skip, wanted, terminal, isCurrent) {
    if (!isCurrent()) return null;
    const { history_rows: history = [], rows } = await this.read(wanted, skip);
    if (!isCurrent()) return null;
    const read = (skip === 0 ? [...history, ...rows] : history).map(textOf);
    const shown = [...this.#rows, ...terminal.rows].map(textOf);
    let at = skip === 0 ? locate(shown, read) : locate(shown, read, read.length);
    if (at < 0 && this.#rows.length === 0) {
      terminal.drawRows(rows); // the picture was changed, not moved: take this one
      at = history.length;
    }
    if (at < 0) return null;
    if (at === 0 && history.length === wanted) return null; // nothing was left out for us
    this.#moved = skip + history.length - at - this.#rows.length;
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
