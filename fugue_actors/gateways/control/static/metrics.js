/**
 * How large a font's characters are, for laying them out in cells.
 */

/** @typedef {import("./cells.js").Cell} Cell */

const MEASURE_PX = 100;
const TOLERANCE_PX = 0.6;
const CACHE_LIMIT = 8192;
const LEAST_ROW = 1.1;
const MOST_ROW = 1.4;

export class Metrics {
  #context = /** @type {CanvasRenderingContext2D} */ (
    document.createElement("canvas").getContext("2d")
  );
  /** @type {Map<string, boolean>} */
  #regular = new Map();

  /** @param {string} family as in CSS font-family */
  constructor(family) {
    this.family = family;
    this.#context.font = this.font(MEASURE_PX);
    const box = this.#context.measureText("│");
    /** Width of a cell in parts of the font's size. */
    this.column = this.#context.measureText("0").width / MEASURE_PX;
    const row = (box.fontBoundingBoxAscent + box.fontBoundingBoxDescent) / MEASURE_PX;
    /** Height of a row likewise: as high as lines that are drawn with characters. */
    this.row = Math.min(MOST_ROW, Math.max(LEAST_ROW, row || 0));
    /** Where characters stand in a row, from its top, likewise. */
    this.baseline = (box.fontBoundingBoxAscent || 0.9 * MEASURE_PX) / MEASURE_PX;
  }

  /**
   * A font of this family, as canvases take it.
   * @param {number} size in pixels
   */
  font(size, bold = false, italic = false) {
    return `${italic ? "italic " : ""}${bold ? "bold " : ""}${size}px ${this.family}`;
  }

  /**
   * Whether the font draws a cell exactly as wide as it has to be. What comes from another
   * font often is not, and needs a box of its own.
   * @param {Cell} cell
   */
  isRegular(cell, bold = false, italic = false) {
    const key = `${cell.width}${bold ? "b" : ""}${italic ? "i" : ""} ${cell.text}`;
    let regular = this.#regular.get(key);
    if (regular === undefined) {
      if (this.#regular.size >= CACHE_LIMIT) this.#regular.clear();
      this.#context.font = this.font(MEASURE_PX, bold, italic);
      const wanted = cell.width * this.column * MEASURE_PX;
      const width = this.#context.measureText(cell.text).width;
      regular = Math.abs(width - wanted) < TOLERANCE_PX;
      this.#regular.set(key, regular);
    }
    return regular;
  }
}

/** The font family of terminals, as the theme has it. */
export function monospace() {
  const family = getComputedStyle(document.documentElement).getPropertyValue("--mono");
  return family.trim() || "monospace";
}
