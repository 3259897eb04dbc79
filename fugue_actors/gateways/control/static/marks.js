/**
 * Small signs. A state has a shape besides its colour, so that it can be told apart
 * without seeing colours; the word stands beside it for everybody.
 */

import { h, setAttribute, svg } from "./dom.js";

/** Drawn in a square of 12. */
const SHAPES = {
  working: "M6 1.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6z",
  running: "M6 3.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2z",
  idle: "M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  waiting: "M6 .8 11.2 6 6 11.2.8 6z",
  blocked: "M1.8 1.8h8.4v8.4H1.8z",
  bad: "M6 .9 11.6 10.8H.4z",
  done: "M1.8 6.4l2.9 2.9 5.5-6.2",
  ended: "M2.2 6h7.6",
  moving: "M10.4 6A4.4 4.4 0 1 1 6 1.6",
  guest: "M6 5.6a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM1.8 11c0-2.6 1.8-4 4.2-4s4.2 1.4 4.2 4",
};

const LINES = new Set(["idle", "done", "ended", "moving", "guest"]);

/** What became of a message: a course that fills up, or one of three bad ends. */
const LEDGER_SHAPES = {
  queued: "M6 2.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6z",
  offered: "M6 2.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6zM6 4.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
  consumed: "M1.8 6.4l2.9 2.9 5.5-6.2",
  answered: "M.6 6.6l2.6 2.6 4.6-5.4M6 8.6l.8.8 4.6-5.4",
  expired: "M6 2.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6zM6 3.8V6l1.6 1",
  refused: "M2.5 2.5l7 7m0-7l-7 7",
  dead: "M6 1.2 11 10.2H1zM6 4.6v2.6",
};

const ICONS = {
  chevron: "M4.5 3l3.5 3-3.5 3",
  close: "M2.5 2.5l7 7m0-7l-7 7",
  plus: "M6 1.8v8.4M1.8 6h8.4",
  search: "M5.2 1.6a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zM8 8l2.6 2.6",
  mail: "M1.2 2.8h9.6v6.6H1.2zM1.2 3.4 6 6.8l4.8-3.4",
  back: "M7.5 2.5L4 6l3.5 3.5",
  sun: "M6 3.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4zM6 .8v1.2M6 10v1.2M.8 6H2M10 6h1.2M2.3 2.3l.9.9M8.8 8.8l.9.9M2.3 9.7l.9-.9M8.8 3.2l.9-.9",
  moon: "M9.9 7.6A4.6 4.6 0 0 1 4.4 2.1a4.6 4.6 0 1 0 5.5 5.5z",
  help: "M4.2 4.4A1.8 1.8 0 1 1 6 6.4v1M6 9.4v.3",
  fleet: "M1.5 2.5h9M3.5 6h7M5.5 9.5h5",
  screens: "M1.2 2h9.6v6.6H1.2zM4 10.6h4M3 4.4l1.4 1.2L3 6.8",
  messages: "M1.4 1.8h9.2v6H6L3.6 10.2V7.8H1.4z",
  graph: "M2.6 2.6h0M9.4 4h0M5 9.6h0M2.6 2.6l6.8 1.4L5 9.6z",
  supervision: "M6 1.6v2.6M2.4 9.8V7h7.2v2.8M6 4.2V7",
  reply: "M4.6 2.4L1.6 5.2l3 2.8M1.8 5.2h5.4c2 0 3.2 1.4 3.2 4",
};

/**
 * The sign of a state; `showTone` says which.
 * @param {string} [tone]
 */
export function mark(tone = "idle") {
  const element = svg("svg.tone", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path"));
  showTone(element, tone);
  return element;
}

/**
 * @param {Element} element
 * @param {string} tone
 */
export function showTone(element, tone) {
  setAttribute(element, "data-tone", tone);
  setAttribute(element, "data-line", LINES.has(tone));
  setAttribute(element.firstElementChild, "d", SHAPES[tone] ?? SHAPES.running);
}

/** The sign of what became of a message; `showLedgerSign` says what. */
export function ledgerSign(state = "queued") {
  const element = svg("svg.ledger-sign", { viewBox: "0 0 12 12" }, svg("path"));
  showLedgerSign(element, state);
  return element;
}

/**
 * @param {Element} element
 * @param {string} state
 */
export function showLedgerSign(element, state) {
  setAttribute(element, "data-state", state);
  setAttribute(element.firstElementChild, "d", LEDGER_SHAPES[state] ?? LEDGER_SHAPES.queued);
}

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return svg(
    "svg.icon",
    { viewBox: "0 0 12 12", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}

/**
 * A button that shows only a sign; its name is for those who cannot see it, and a tooltip.
 * @param {keyof typeof ICONS} name
 * @param {string} label
 * @param {(event: Event) => void} onClick
 */
export function iconButton(name, label, onClick) {
  return h(
    "button.icon-button",
    { type: "button", "aria-label": label, title: label, on: { click: onClick } },
    icon(name),
  );
}
