/**
 * The selected session: how it is, what it needs, what can be done with it.
 */

import { stopSession } from "./actions.js";
import { mountCharts } from "./charts.js";
import { attention, condition, ending, paneCondition } from "./condition.js";
import { h, inNextFrame, keyed, setAttribute, setText } from "./dom.js";
import { firstPane, panesBySession } from "./fleet.js";
import { iconButton, mark, showTone } from "./marks.js";
import { mountTags } from "./tags.js";
import { agoElement, clock, showAgo } from "./time.js";
import { concerns, words } from "./traffic.js";
import { voiced } from "./voice.js";

const MOST_LETTERS = 5;
const OURS = ["sessions", "states", "panes", "layouts", "messages"];

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted}
 */
export function mountDetails(host, app) {
  const { model, page, connection } = app;
  /** @type {Map<string, import("./app.js").Mounted>} Charts by pane. */
  const charts = new Map();

  const tone = mark();
  const name = h("h2.voice.details-name", { tabindex: "-1" });
  const word = h("span.details-word");
  const since = agoElement();
  const said = h("p.details-said");
  const needs = h("ul.needs-list", { "aria-label": "What it needs" });
  const show = actButton("Terminal", "Show its terminal in full (o)", openTerminal);
  const write = actButton("Write", "Send it a message (c)", () => app.compose({ session: current()?.session_name }), true);
  const stop = actButton("Stop…", "End it and all it started", () => stopSession(app, page.sessionId), true);
  stop.classList.add("danger");
  const tags = h("section.details-part", { "aria-label": "Tags" });
  const panes = h("ul.panes-list");
  const panesPart = h("section.details-part", {}, h("h3", { text: "Panes" }), panes);
  const letters = h("ul.recent");
  const lettersPart = h(
    "section.details-part",
    {},
    h(
      "div.part-head",
      {},
      h("h3", { text: "Messages" }),
      h("button.link", { type: "button", text: "all of them", on: { click: () => app.showMessages(page.sessionId) } }),
    ),
    letters,
  );
  const facts = h("dl.facts.stacked");
  const content = h(
    "div.details-scroller",
    {},
    h("div.details-state", {}, tone, word, since),
    said,
    needs,
    h("div.details-actions", {}, show, write, stop),
    tags,
    panesPart,
    lettersPart,
    h("section.details-part", {}, h("h3", { text: "About" }), facts),
  );
  const gone = h("p.empty", { text: "This session has ended." });
  const empty = h("p.empty.phone-only", { text: "Select a session in the fleet." });
  const back = iconButton("back", "Back to the fleet", () => page.turnTo("fleet"));
  back.classList.add("phone-only");
  const close = iconButton("close", "Close (Esc)", () => page.select(null, { column: "fleet" }));
  close.classList.add("wide-only");
  const head = h("div.column-head", {}, back, name, h("span.spring"), close);
  host.append(head, content, gone, empty);
  const tagEditor = mountTags(tags, app);

  const current = () => model.sessions.get(page.sessionId ?? "");

  const draw = inNextFrame(() => {
    const session = current();
    const isChosen = page.sessionId !== null;
    setAttribute(host, "data-empty", !isChosen);
    setAttribute(head, "hidden", !isChosen);
    setAttribute(content, "hidden", !session);
    setAttribute(gone, "hidden", !isChosen || Boolean(session) || !model.loaded);
    setAttribute(empty, "hidden", isChosen);
    if (!session) {
      setText(name, "");
      drawPanes([]);
      return;
    }
    const state = model.states.get(session.session_id);
    const own = panesBySession(model).get(session.session_id) ?? [];
    const how = condition(session, state, own);
    setText(name, session.session_name);
    setAttribute(name, "title", session.session_name);
    voiced(name, session.session_name);
    showTone(tone, how.tone);
    setText(word, how.word);
    showAgo(since, how.since);
    setText(said, how.message);
    setAttribute(said, "hidden", how.message === "");
    drawNeeds(attention(state), state?.status);
    setAttribute(show, "hidden", own.length === 0);
    setAttribute(stop, "hidden", own.length === 0 && session.kind === "guest");
    for (const button of [write, stop]) {
      setAttribute(button, "aria-disabled", app.whyNot ? true : null);
      setAttribute(button, "title", app.whyNot ?? button.dataset.title);
    }
    tagEditor.show(session);
    setAttribute(panesPart, "hidden", own.length === 0);
    drawPanes(own);
    drawLetters(session.session_id);
    drawFacts(session, state);
  });

  function drawNeeds(found, status) {
    const news = found.filter(({ reason, text }) => reason !== status?.status || text !== (status?.message ?? ""));
    setAttribute(needs, "hidden", news.length === 0);
    keyed(
      needs,
      news,
      ({ reason, since, text }) => `${reason} ${since} ${text}`,
      ({ label, text, since }) => {
        const time = agoElement(since);
        return h("li", {}, h("span.needs-label", { text: label }), time, h("p", { text }));
      },
    );
  }

  function drawPanes(own) {
    keyed(panes, own, ({ pane_id }) => pane_id, createPane, updatePane);
    const present = new Set(own.map(({ pane_id }) => pane_id));
    for (const [paneId, chart] of charts) {
      if (present.has(paneId)) continue;
      chart.destroy();
      charts.delete(paneId);
    }
  }

  function createPane(pane) {
    const place = h("div.pane-charts");
    charts.set(pane.pane_id, mountCharts(place, app, pane.pane_id));
    return h(
      "li.pane-item",
      {},
      h(
        "button.pane-open",
        { type: "button", title: "Show it in full", on: { click: () => page.openPane(pane.pane_id, pane.session_id) } },
        mark(),
        h("span.pane-name"),
        h("span.pane-word"),
      ),
      h("p.pane-facts"),
      place,
    );
  }

  function updatePane(element, pane) {
    const how = paneCondition(pane);
    showTone(element.querySelector(".tone"), how.tone);
    setText(element.querySelector(".pane-name"), pane.name ?? pane.command);
    setAttribute(element.querySelector(".pane-name"), "title", pane.command);
    setText(element.querySelector(".pane-word"), how.word);
    const facts = [
      pane.pid === null ? null : `pid ${pane.pid}`,
      `${pane.columns}×${pane.lines}`,
      pane.restart === "never" ? null : `restart ${pane.restart}`,
      pane.restarts > 0 ? `${pane.restarts} restarts` : null,
      pane.last_exit ? `before: ${ending(pane.last_exit)}` : null,
      pane.trouble,
    ];
    setText(element.querySelector(".pane-facts"), facts.filter(Boolean).join(" · "));
  }

  function drawLetters(sessionId) {
    const own = [...model.messages.values()].filter((message) => concerns(message, sessionId));
    const last = own.sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, MOST_LETTERS);
    setAttribute(lettersPart, "hidden", last.length === 0);
    keyed(
      letters,
      last,
      ({ id }) => id,
      (message) => {
        const isOut = message.from.session_id === sessionId;
        const other = isOut ? (message.recipients ?? []) : [message.from];
        const names = other.length === 1 ? other[0].session_name : `${other.length} sessions`;
        return h(
          "li",
          {},
          h("span.recent-way", { text: isOut ? `to ${names}` : `from ${names}` }),
          agoElement(message.sent_at),
          h("p.recent-words", { text: words(message).slice(0, 300) }),
        );
      },
    );
  }

  function drawFacts(session, state) {
    // With a limited link others may be there that are not shown.
    const unknown = connection.welcome?.scope ? "a session that is not shown" : "a session that has ended";
    const parent = session.parent ? (model.sessions.get(session.parent)?.session_name ?? unknown) : null;
    const rows = [
      ["directory", session.cwd],
      ["repository", session.repository],
      ["worktree", session.worktree === session.repository ? null : session.worktree],
      ["started by", parent],
      ["unread", state?.unread ? String(state.unread) : null],
      ["reported", state?.status ? clock(state.status.since) : null],
      ["kind", session.kind === "guest" ? "guest, without panes" : null],
      ["id", session.session_id],
    ].filter(([, value]) => value);
    keyed(
      facts,
      rows,
      ([label]) => label,
      ([label]) => h("div", {}, h("dt", { text: label }), h("dd")),
      (element, [, value]) => setText(element.lastElementChild, value),
    );
  }

  function openTerminal() {
    const paneId = firstPane(model, page.sessionId);
    if (paneId !== null) page.openPane(paneId, page.sessionId);
  }

  const end = app.listen(
    [model, "change", ({ detail }) => OURS.some((name) => name in detail) && draw()],
    [page, "change", draw],
    [connection, "phase", draw],
  );
  draw();
  return {
    focus: () => name.focus(),
    destroy() {
      end();
      for (const chart of charts.values()) chart.destroy();
      host.replaceChildren();
    },
  };
}

/** A button that says why it does nothing, when acting is not possible. */
function actButton(text, title, act, isActing = false) {
  const button = h("button.button", { type: "button", text, title, "data-title": title });
  button.addEventListener("click", () => {
    if (!isActing || button.getAttribute("aria-disabled") !== "true") act();
  });
  return button;
}
