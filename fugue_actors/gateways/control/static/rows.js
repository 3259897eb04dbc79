/**
 * Rows of a terminal as elements: real text, so that it can be selected, found and read aloud.
 */

import { cells, isPlain } from "./cells.js";
import { lookOf } from "./palette.js";

/** @typedef {import("./cells.js").Run} Run */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./metrics.js").Metrics} Metrics */

/** An empty row. */
export function newRow() {
  const row = document.createElement("div");
  row.className = "term-row";
  return row;
}

/**
 * Make a row show runs.
 * @param {HTMLElement} row
 * @param {Run[]} runs
 * @param {Palette} palette
 * @param {Metrics} metrics
 */
export function drawRow(row, runs, palette, metrics) {
  row.replaceChildren(...runs.map((run) => drawRun(run, palette, metrics)));
}

/** @returns {Node} */
function drawRun(run, palette, metrics) {
  const isBare = Object.keys(run).length === 1; // it says nothing but its text
  if (isBare && isPlain(run.text)) return document.createTextNode(run.text);
  const look = lookOf(run, palette);
  const span = document.createElement("span");
  if (look.background !== null) {
    span.className = "term-filled";
    span.style.background = look.background;
  }
  span.style.color = look.invisible ? "transparent" : look.colour;
  if (look.bold) span.style.fontWeight = "bold";
  if (look.italic) span.style.fontStyle = "italic";
  if (look.lines) {
    span.style.textDecorationLine = look.lines;
    span.style.textDecorationStyle = look.lineStyle;
    if (look.lineColour) span.style.textDecorationColor = look.lineColour;
  }
  if (look.blink) span.classList.add("term-blink");
  fill(span, run.text, look, metrics);
  return span;
}

/** Put a text into an element; cells that the font draws too wide or too narrow get boxes. */
function fill(element, text, look, metrics) {
  if (isPlain(text)) {
    element.textContent = text;
    return;
  }
  let regular = "";
  for (const cell of cells(text)) {
    if (metrics.isRegular(cell, look.bold, look.italic)) {
      regular += cell.text;
      continue;
    }
    if (regular) element.append(regular);
    regular = "";
    const box = document.createElement("span");
    box.className = cell.width === 2 ? "term-box term-wide" : "term-box";
    box.textContent = cell.text;
    element.append(box);
  }
  if (regular) element.append(regular);
}

/**
 * What a selection within rows copies: one line for each row, blanks at the ends left out.
 * @param {Selection} selection
 * @returns {string}
 */
export function selectedText(selection) {
  const fragment = selection.getRangeAt(0).cloneContents();
  const rows = [...fragment.querySelectorAll(".term-row")];
  if (rows.length === 0) return fragment.textContent ?? "";
  return rows.map((row) => (row.textContent ?? "").trimEnd()).join("\n");
}
