/** The rows of the fleet's tree: what stands in one, and how it is kept up to date. */

import { attention, condition, paneCondition } from "./condition.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon, mark, showTone } from "./marks.js";
import { agoElement, showAgo } from "./time.js";
import { voiced } from "./voice.js";

/** In pixels; the style sheet lets rows fill them. */
export const HEIGHTS = { repository: 32, worktree: 26, session: 44, pane: 26 };

/**
 * An element for a row of the fleet's tree; `showRow` fills it.
 * @param {import("./fleet.js").Row} row
 * @returns {HTMLElement}
 */
export function rowElement(row) {
  const attributes = { id: rowId(row), role: "treeitem" };
  if (row.kind === "session") return sessionElement(attributes);
  if (row.kind === "pane") {
    return h("div.row.pane-row", attributes, mark(), h("span.label"), h("span.word"));
  }
  return h(
    `div.row.group-row.${row.kind}-row`,
    attributes,
    h("span.twist", {}, icon("chevron")),
    h("span.label"),
    h("span.badge.needs"),
    h("span.count", {}, h("span"), h("span.visually-hidden")),
  );
}

/**
 * Show in a row's element what is the case.
 * @param {HTMLElement} element from `rowElement`
 * @param {import("./fleet.js").Row} row
 * @param {import("./model.js").Model} model
 * @param {Map<string, import("./model.js").Document[]>} panes by session
 */
export function showRow(element, row, model, panes) {
  if (row.kind === "session") {
    const session = model.sessions.get(row.sessionId);
    if (session === undefined) return;
    const state = model.states.get(row.sessionId);
    showSession(element, session, state, panes.get(row.sessionId) ?? []);
  } else if (row.kind === "pane") {
    const pane = model.panes.get(row.paneId);
    if (pane !== undefined) showPane(element, row, pane);
  } else showGroup(element, row);
}

function showGroup(element, row) {
  const { sessions, needing } = row.counts;
  setText(element.querySelector(".label"), row.label);
  setAttribute(element, "title", row.path || null);
  const [number, what] = element.querySelector(".count").children;
  setText(number, sessions);
  setText(what, sessions === 1 ? " session" : " sessions");
  const badge = element.querySelector(".needs");
  const isTold = needing > 0 && !row.isOpen;
  setAttribute(badge, "hidden", !isTold);
  setText(badge, isTold ? `${needing} need you` : "");
}

function showSession(element, session, state, panes) {
  const how = condition(session, state, panes);
  const needs = attention(state);
  const unread = state?.unread ?? 0;
  showTone(element.querySelector(".tone"), how.tone);
  const label = voiced(element.querySelector(".label"), session.session_name);
  setText(label, session.session_name);
  setAttribute(label, "title", session.cwd);
  setText(element.querySelector(".word"), how.word);
  const text = how.message || needs[0]?.text || session.tags.join(" · ");
  setText(element.querySelector(".said"), text);
  setAttribute(element.querySelector(".said"), "title", text || null);
  showAgo(element.querySelector(".ago"), how.since);
  setAttribute(element, "data-tone", how.tone);
  setAttribute(element, "data-needs", needs.length > 0);
  const badge = element.querySelector(".needs");
  const news = needs.find(({ reason }) => reason !== state?.status?.status);
  setAttribute(badge, "hidden", needs.length === 0);
  // The state's own word stands below already.
  const [sign, hidden] = badge.children;
  setText(sign, news?.label ?? "!");
  setText(hidden, news ? "" : "needs you");
  setAttribute(badge, "title", needs.map(({ label, text }) => `${label}: ${text}`).join("\n"));
  const mail = element.querySelector(".unread");
  setAttribute(mail, "hidden", unread === 0);
  setText(mail.firstElementChild, unread > 99 ? "99+" : unread);
  setAttribute(mail, "title", `${unread} unread`);
}

function showPane(element, row, pane) {
  const how = paneCondition(pane);
  showTone(element.querySelector(".tone"), how.tone);
  setText(element.querySelector(".label"), row.label);
  setText(element.querySelector(".word"), how.word);
}

/** @param {import("./fleet.js").Row} row */
export function rowId(row) {
  return `row-${encodeURIComponent(row.id)}`; // a path may have spaces, an id may not
}

function sessionElement(attributes) {
  return h(
    "div.row.session-row",
    attributes,
    mark(),
    h("span.label.voice"),
    h("span.badge.needs", {}, h("span"), h("span.visually-hidden")),
    h("span.badge.unread", {}, h("span"), h("span.visually-hidden", { text: " unread" })),
    h("span.second", {}, h("span.word"), h("span.said"), agoElement()),
  );
}
