/**
 * One terminal's screen as elements: its rows, and the cursor over them.
 */

import { cellAt } from "./cells.js";
import { lookOf } from "./palette.js";
import { drawRow, newRow } from "./rows.js";

/** @typedef {import("./cells.js").Run} Run */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./metrics.js").Metrics} Metrics */
/** @typedef {import("./model.js").Screen} Screen */

export class Terminal {
  /** @type {Run[][]} What the row elements show. */
  #drawn = [];
  /** @type {Screen | null} */
  #screen = null;
  #rows = document.createElement("div");
  #cursor = document.createElement("div");

  /**
   * @param {Metrics} metrics
   * @param {Palette} palette
   */
  constructor(metrics, palette) {
    this.metrics = metrics;
    this.palette = palette;
    this.columns = 80;
    this.lines = 24;
    this.element = document.createElement("div");
    this.element.className = "term-screen";
    this.#rows.className = "term-rows";
    this.#cursor.className = "term-cursor";
    this.#cursor.setAttribute("aria-hidden", "true");
    this.#cursor.hidden = true;
    this.element.append(this.#rows, this.#cursor);
    this.resize(this.columns, this.lines);
  }

  /** The rows as they are shown, which may be older than what is the case. */
  get rows() {
    return this.#drawn;
  }

  /** Have so many columns and lines; what is shown of the lines that stay, stays. */
  resize(columns, lines) {
    this.columns = columns;
    this.lines = lines;
    this.element.style.setProperty("--lines", String(lines));
    while (this.#rows.children.length > lines) this.#rows.lastElementChild?.remove();
    while (this.#rows.children.length < lines) this.#rows.append(newRow());
    this.#drawn.length = Math.min(this.#drawn.length, lines);
  }

  /**
   * Show a screen; rows that show the same runs already are not touched.
   * @param {Screen} screen
   */
  draw(screen) {
    this.#screen = screen;
    if (screen.columns !== this.columns || screen.lines !== this.lines) {
      this.resize(screen.columns, screen.lines);
    }
    this.drawRows(screen.rows);
    this.#drawCursor();
  }

  /** @param {Run[][]} rows */
  drawRows(rows) {
    for (let y = 0; y < this.lines; y += 1) {
      if (this.#drawn[y] === rows[y]) continue;
      this.#drawn[y] = rows[y];
      const row = /** @type {HTMLElement} */ (this.#rows.children[y]);
      drawRow(row, rows[y], this.palette, this.metrics);
    }
  }

  /** Show it in other colours. @param {Palette} palette */
  repaint(palette) {
    this.palette = palette;
    const rows = this.#drawn;
    this.#drawn = [];
    this.drawRows(rows.length === this.lines ? rows : Array(this.lines).fill([]));
    if (!this.#cursor.hidden) this.#drawCursor();
  }

  hideCursor() {
    this.#cursor.hidden = true;
  }

  /** Scroll to where the cursor is. */
  showCursor() {
    if (!this.#cursor.hidden) this.#cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #drawCursor() {
    const { cursor, rows } = /** @type {Screen} */ (this.#screen);
    const x = Math.min(cursor.x, this.columns - 1);
    const y = Math.min(cursor.y, this.lines - 1);
    const cell = cellAt(rows[y], x);
    this.element.style.setProperty("--x", String(cell.x)); // for what is typed there, too
    this.element.style.setProperty("--y", String(y));
    this.#cursor.hidden = !cursor.visible;
    if (!cursor.visible) return;
    const look = cell.run && lookOf(cell.run, this.palette);
    const shape = cursor.shape.replace("blinking-", "");
    const isBlinking = cursor.shape.startsWith("blinking-");
    this.#cursor.dataset.shape = shape === "default" ? "block" : shape;
    this.#cursor.classList.toggle("term-blink", isBlinking);
    this.#cursor.classList.toggle("term-wide", cell.width === 2);
    this.#cursor.style.fontWeight = look?.bold ? "bold" : "";
    this.#cursor.style.fontStyle = look?.italic ? "italic" : "";
    const text = look?.invisible ? " " : cell.text;
    if (this.#cursor.textContent !== text) this.#cursor.textContent = text;
  }
}

/**
 * Give an element the colours that terminals stand on.
 * @param {HTMLElement} element
 * @param {Palette} palette
 */
export function applyPalette(element, palette) {
  element.style.setProperty("--term-text", `#${palette.text}`);
  element.style.setProperty("--term-background", `#${palette.background}`);
  element.style.setProperty("--term-cursor", `#${palette.cursor}`);
}
