/** What became of a message, as one small sign for each recipient and in words. */

import { h, keyed, setAttribute, setText } from "./dom.js";
import { ledgerSign, showLedgerSign } from "./marks.js";
import { ledger, MEANINGS, reach } from "./traffic.js";

const MOST_SIGNS = 8;

export function ledgerMark() {
  return h("span.ledger", {}, h("span.ledger-signs", { "aria-hidden": "true" }), h("span.ledger-words"));
}

/**
 * @param {Element} element from `ledgerMark`
 * @param {import("./traffic.js").Message} message
 */
export function showLedger(element, message) {
  const recipients = message.recipients ?? [];
  const [signs, said] = element.children;
  keyed(
    signs,
    recipients.length > 1 ? recipients.slice(0, MOST_SIGNS) : recipients,
    ({ session_id }) => session_id,
    () => ledgerSign(),
    (sign, { state }) => showLedgerSign(sign, state),
  );
  const counts = ledger(message);
  setText(said, recipients.length === 1 ? recipients[0].state : arrivals(message));
  setAttribute(
    element,
    "title",
    counts.map(({ state, count }) => `${count} ${state}: ${MEANINGS[state] ?? ""}`).join("\n"),
  );
}

function arrivals(message) {
  const arrived = ledger(message)
    .filter(({ state }) => state === "consumed" || state === "answered")
    .reduce((sum, { count }) => sum + count, 0);
  return `${arrived} of ${reach(message)}`;
}
