/**
 * A terminal's screen drawn small on a canvas; only rows that changed are drawn again.
 */

import { cells, isPlain } from "./cells.js";
import { lookOf } from "./palette.js";

/** @typedef {import("./cells.js").Run} Run */
/** @typedef {import("./metrics.js").Metrics} Metrics */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./model.js").Screen} Screen */

/** Below this size, in pixels of the device, letters would be dust: words are strokes then. */
const LEAST_LETTERS = 3.5;
const STROKE_TOP = 0.35;
const STROKE_HEIGHT = 0.4;
const STROKE_STRENGTH = 0.6;
/** Space around the screen, in parts of the canvas's width. */
const INSET = 0.014;
const WORD = /\S+/g;

export class Miniature {
  /** @type {(Run[] | undefined)[]} */
  #drawn = [];
  #shape = "";
  #context;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { alpha: false })
    );
  }

  /**
   * Have as many pixels as the device shows.
   * @param {number} width
   * @param {number} height
   * @returns {boolean} whether that changed anything: all has to be drawn again then
   */
  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return false;
    this.canvas.width = width;
    this.canvas.height = height;
    this.#shape = "";
    return true;
  }

  /**
   * Draw a screen, or what changed of it; what is drawn stays while there is none.
   * @param {Screen | undefined} screen
   * @param {Palette} palette
   * @param {Metrics} metrics
   */
  draw(screen, palette, metrics) {
    const { width, height } = this.canvas;
    if (screen === undefined && this.#shape !== "") return; // it is about to come again
    const shape = `${screen?.columns}x${screen?.lines} ${palette.background}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#drawn = [];
      this.#context.resetTransform();
      this.#context.fillStyle = `#${palette.background}`;
      this.#context.fillRect(0, 0, width, height);
    }
    if (screen === undefined || width === 0) return;
    const inset = Math.ceil(width * INSET);
    this.#context.setTransform(1, 0, 0, 1, inset, inset);
    const ratio = metrics.row / metrics.column;
    const wide = (width - 2 * inset) / screen.columns;
    const high = (height - 2 * inset) / (screen.lines * ratio);
    const column = Math.min(wide, high);
    const pen = { palette, metrics, column, row: column * ratio, size: column / metrics.column };
    for (let y = 0; y < screen.lines; y += 1) {
      if (this.#drawn[y] === screen.rows[y]) continue;
      this.#drawn[y] = screen.rows[y];
      this.#drawRow(screen.rows[y], y, screen.columns, pen);
    }
  }

  #drawRow(runs, y, columns, pen) {
    const context = this.#context;
    const top = Math.round(y * pen.row);
    const height = Math.round((y + 1) * pen.row) - top;
    context.fillStyle = `#${pen.palette.background}`;
    context.fillRect(0, top, Math.ceil(columns * pen.column), height);
    const hasLetters = pen.size >= LEAST_LETTERS;
    if (hasLetters) {
      // Letters reach beyond their row: what does must not stay when the row changes.
      context.save();
      context.beginPath();
      context.rect(0, top, Math.ceil(columns * pen.column), height);
      context.clip();
    }
    let x = 0;
    for (const run of runs) x += this.#drawRun(run, x, top, height, pen);
    if (hasLetters) context.restore();
  }

  /** @returns {number} columns it took */
  #drawRun(run, x, top, height, pen) {
    const context = this.#context;
    const look = lookOf(run, pen.palette);
    const isSimple = isPlain(run.text);
    const parts = isSimple ? null : cells(run.text);
    const columns = parts ? parts.reduce((sum, cell) => sum + cell.width, 0) : run.text.length;
    const left = x * pen.column;
    if (look.background !== null) {
      context.fillStyle = look.background;
      context.fillRect(left, top, columns * pen.column, height);
    }
    if (look.invisible) return columns;
    context.fillStyle = look.colour;
    if (pen.size < LEAST_LETTERS) {
      this.#drawStrokes(run.text, left, top, pen);
      return columns;
    }
    context.font = pen.metrics.font(pen.size, look.bold, look.italic);
    const base = top + pen.metrics.baseline * pen.size;
    if (parts === null) context.fillText(run.text, left, base);
    else {
      let at = left;
      for (const cell of parts) {
        context.fillText(cell.text, at, base);
        at += cell.width * pen.column;
      }
    }
    if (look.lines.includes("underline")) {
      context.fillRect(left, top + height - 1, columns * pen.column, 1);
    }
    return columns;
  }

  #drawStrokes(text, left, top, pen) {
    const context = this.#context;
    context.globalAlpha = STROKE_STRENGTH;
    for (const word of text.matchAll(WORD)) {
      const x = left + word.index * pen.column;
      const width = word[0].length * pen.column;
      context.fillRect(x, top + STROKE_TOP * pen.row, width, STROKE_HEIGHT * pen.row);
    }
    context.globalAlpha = 1;
  }
}
