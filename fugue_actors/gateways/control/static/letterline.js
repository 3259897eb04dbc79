/** The line that a message has in the timeline, and whether it is opened. */

import { h, setAttribute, setText } from "./dom.js";
import { ledgerMark, showLedger } from "./ledger.js";
import { icon } from "./marks.js";
import { clock } from "./time.js";
import { aim, reach, words } from "./traffic.js";
import { voiced } from "./voice.js";

const MOST_WORDS = 400;

/** @type {WeakMap<Element, {message: object, look: string}>} What each line shows. */
const shown = new WeakMap();

/**
 * @param {import("./traffic.js").Message} message
 * @param {() => void} onToggle
 * @returns {HTMLElement} its last child is the place for the whole message
 */
export function lineElement(message, onToggle) {
  const id = `letter-${message.id}`;
  const line = h(
    "button.letter-line",
    {
      type: "button",
      tabindex: "-1",
      "aria-expanded": "false",
      "aria-controls": id,
      on: { click: onToggle },
    },
    h("time.at", { datetime: message.sent_at, text: clock(message.sent_at) }),
    h("span.parties", {}, party(message.from), h("span.arrow", { text: " → " }), recipients(message)),
    h("span.type", { text: message.type.replaceAll("_", " "), "data-type": message.type }),
    h("span.words", { text: words(message).slice(0, MOST_WORDS) }),
    h("span.thread-size", { title: "messages in this conversation" }, icon("reply"), h("span")),
    ledgerMark(),
  );
  return h("li.letter", {}, line, h("div.letter-place", { id }));
}

/**
 * @param {HTMLElement} element from `lineElement`
 * @param {{message: import("./traffic.js").Message, depth: number, isFirst: boolean,
 *   isOpen: boolean, answers: number}} how `answers` counts the conversation's messages
 */
export function showLine(element, { message, depth, isFirst, isOpen, answers }) {
  const look = `${depth} ${isFirst} ${isOpen} ${answers}`;
  const before = shown.get(element);
  if (before?.message === message && before.look === look) return;
  shown.set(element, { message, look });
  const line = element.firstElementChild;
  element.style.setProperty("--depth", String(depth));
  setAttribute(element, "data-first", isFirst);
  setAttribute(element, "data-open", isOpen);
  setAttribute(line, "aria-expanded", isOpen);
  showLedger(line.querySelector(".ledger"), message);
  const size = line.querySelector(".thread-size");
  setAttribute(size, "hidden", answers < 2);
  setText(size.lastElementChild, answers);
}

function party({ session_name: name }) {
  return voiced(h("span.voice", { text: name }), name);
}

function recipients(message) {
  const found = message.recipients ?? [];
  if (found.length === 1) return party(found[0]);
  return h("span", { text: `${aim(message)} (${reach(message)})` });
}
