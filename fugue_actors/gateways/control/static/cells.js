/**
 * Text as the cells of a terminal. Pure.
 *
 * The daemon sends rows as runs of text that look the same; how many columns a character takes is
 * not told. The rules here are those of the emulator, so that both agree where a cell stands.
 */

import { LONE, WIDE, WIDENED, ZERO } from "./widths.js";

/**
 * Neighbouring cells of one row that look the same; what is plain is left out.
 * @typedef {Object} Run
 * @property {string} text
 * @property {string} [fg] a colour's name, six hexadecimal digits, or "default"
 * @property {string} [bg]
 * @property {boolean} [bold]
 * @property {boolean} [dim]
 * @property {boolean} [italic]
 * @property {boolean} [underline]
 * @property {string} [underline_style] single, double, curly, dotted or dashed
 * @property {string} [underline_colour]
 * @property {boolean} [overline]
 * @property {boolean} [strike]
 * @property {boolean} [reverse]
 * @property {boolean} [blink]
 * @property {boolean} [invisible]
 */

/**
 * What a person takes for one character, and its columns.
 * @typedef {{text: string, width: 1 | 2}} Cell
 */

const JOINER = "\u200d";
const EMOJI_PRESENTATION = "\ufe0f";
const LAST_NO_EMOJI = 0x203b; // no letter or digit is part of an emoji
const PLAIN = /^[ -~]*$/;
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** A table of ranges as two sorted lists. */
function table(words) {
  const pairs = words
    .trim()
    .split(" ")
    .map((word) => word.split("-").map((digits) => parseInt(digits, 16)));
  return {
    first: Uint32Array.from(pairs, (pair) => pair[0]),
    last: Uint32Array.from(pairs, (pair) => pair[pair.length - 1]),
  };
}

const zero = table(ZERO);
const wide = table(WIDE);
const widened = table(WIDENED);
const lone = table(LONE);

function isIn(ranges, code) {
  let low = 0;
  let high = ranges.first.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < ranges.first[middle]) high = middle - 1;
    else if (code > ranges.last[middle]) low = middle + 1;
    else return true;
  }
  return false;
}

/** Whether each character of a text is one narrow cell that looks the same in every font. */
export function isPlain(text) {
  return PLAIN.test(text);
}

/**
 * Columns a code point takes by itself.
 * @param {number} code
 * @returns {0 | 1 | 2}
 */
export function width(code) {
  if (code < 0x7f) return 1;
  if (isIndicator(code)) return 1;
  if (isIn(wide, code)) return 2;
  return isIn(zero, code) ? 0 : 1;
}

function isIndicator(code) {
  return code >= 0x1f1e6 && code <= 0x1f1ff;
}

function isSkin(code) {
  return code >= 0x1f3fb && code <= 0x1f3ff;
}

/** Whether a code point that has a width of its own joins the cell before it. */
function joins(code, base, marks) {
  if (isIn(lone, code)) return false;
  if (marks.endsWith(JOINER)) return code > LAST_NO_EMOJI;
  if (isSkin(code)) return base > LAST_NO_EMOJI && width(base) === 2;
  return isIndicator(code) && isIndicator(base) && marks === "";
}

/**
 * The cells of a text. What would change the direction of text is left out: in a terminal cells
 * stand where they were put.
 * @param {string} text
 * @returns {Cell[]}
 */
export function cells(text) {
  const found = [];
  let base = 0;
  let marks = "";
  for (const character of text) {
    if (DIRECTIONS.test(character)) continue;
    const code = /** @type {number} */ (character.codePointAt(0));
    const columns = width(code);
    const cell = found[found.length - 1];
    if (cell && (columns === 0 || joins(code, base, marks))) {
      const isWider =
        columns > 0 ||
        (character === EMOJI_PRESENTATION && marks === "" && isIn(widened, base));
      if (isWider) cell.width = 2;
      cell.text += character;
      marks += character;
    } else {
      found.push({ text: character, width: columns === 2 ? 2 : 1 });
      base = code;
      marks = "";
    }
  }
  return found;
}

/** Columns a text takes. */
function columnsOf(text) {
  if (isPlain(text)) return text.length;
  return cells(text).reduce((sum, cell) => sum + cell.width, 0);
}

/** The text of a row, blanks at its end removed. */
export function textOf(row) {
  return row.map((run) => run.text).join("").trimEnd();
}

/**
 * The cell of a row at a column, with the run it stands in.
 * @param {Run[]} row
 * @param {number} x
 * @returns {{text: string, width: 1 | 2, x: number, run: Run | null}} a blank one behind the end
 */
export function cellAt(row, x) {
  let at = 0;
  for (const run of row) {
    const columns = columnsOf(run.text);
    if (x < at + columns) {
      for (const cell of cells(run.text)) {
        if (x < at + cell.width) return { ...cell, x: at, run };
        at += cell.width;
      }
    }
    at += columns;
  }
  return { text: " ", width: 1, x, run: null };
}
