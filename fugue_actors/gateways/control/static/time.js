/**
 * Points in time as people read them. Elements made here keep themselves up to date.
 */

import { h, setAttribute, setText } from "./dom.js";

const TICK_MS = 5_000;
const UNITS = [
  [60, 1, "s"],
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [Infinity, 86_400, "d"],
];

const TIME = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat([], { dateStyle: "short" });

/**
 * How long ago something was, short.
 * @param {string} at RFC 3339
 * @param {number} now milliseconds, as `Date.now()`
 */
export function ago(at, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 5) return "now";
  const [, size, unit] = UNITS.find(([below]) => seconds < below);
  return `${Math.floor(seconds / size)} ${unit}`;
}

/**
 * The time of day, and the date if it was another day.
 * @param {string} at RFC 3339
 */
export function clock(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? TIME.format(date) : `${DAY.format(date)} ${TIME.format(date)}`;
}

/**
 * An element that says how long ago something was.
 * @param {string | null} [at]
 */
export function agoElement(at = null) {
  const element = h("time.ago");
  showAgo(element, at);
  return element;
}

/**
 * @param {Element} element
 * @param {string | null} at
 */
export function showAgo(element, at) {
  setAttribute(element, "datetime", at);
  setAttribute(element, "title", at === null ? null : clock(at));
  setText(element, at === null ? "" : ago(at));
}

/** Keep all such elements of the page up to date. */
export function startClock() {
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("time.ago[datetime]")) {
      setText(element, ago(element.dateTime));
    }
  }, TICK_MS);
}
