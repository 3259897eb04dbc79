/**
 * The fleet as a tree: repositories, worktrees, sessions, and the panes of those that
 * have several. One stop for the Tab key; the arrow keys move inside.
 */

import { h, inNextFrame, setAttribute, setText } from "./dom.js";
import { attention, condition, firstPane, hue, paneCondition, panesBySession, rows } from "./fleet.js";
import { icon, mark, showTone } from "./marks.js";
import { agoElement, showAgo } from "./time.js";
import { Windowed } from "./windowed.js";

const HEIGHTS = { repository: 32, worktree: 26, session: 44, pane: 26 };
const CLOSED_KEY = "fugue.closed";

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted & {find: () => void}}
 */
export function mountTree(host, app) {
  const { model, page } = app;
  const closed = new Set(JSON.parse(sessionStorage.getItem(CLOSED_KEY) ?? "[]"));
  /** @type {import("./fleet.js").Row[]} */
  let shown = [];
  /** @type {string | null} The row that the keys act on. */
  let active = null;
  let panes = panesBySession(model);

  const count = h("span.count");
  const filter = h("input.filter", {
    type: "search",
    placeholder: "Filter",
    "aria-label": "Filter the fleet by name, tag, state or text",
    autocomplete: "off",
    spellcheck: "false",
    on: { input: drawSoon, keydown: leaveFilter },
  });
  const list = h("div.tree", {
    role: "tree",
    tabindex: "0",
    "aria-label": "Sessions by repository and worktree",
    on: { keydown: onKey, click: onClick, dblclick: onDoubleClick, focus: onFocus },
  });
  const scroller = h("div.tree-scroller", {}, list);
  const empty = h("div.empty");
  host.append(
    h("div.column-head", {}, h("h2", { text: "Fleet" }), count, filter),
    scroller,
    empty,
  );

  const windowed = new Windowed(scroller, list, {
    key: (row) => row.id,
    height: (row) => HEIGHTS[row.kind],
    create: createRow,
    update: updateRow,
  });

  const draw = inNextFrame(() => {
    shown = rows(model, { closed, wanted: filter.value });
    panes = panesBySession(model);
    if (active !== null && !shown.some((row) => row.id === active)) active = null;
    setText(count, model.sessions.size || "");
    showEmpty();
    windowed.show(shown);
    showActive();
  });
  function drawSoon() {
    draw();
  }

  function showEmpty() {
    const isEmpty = shown.length === 0;
    setAttribute(scroller, "hidden", isEmpty);
    setAttribute(empty, "hidden", !isEmpty);
    if (!isEmpty) return;
    if (!model.loaded) setAttribute(empty, "data-kind", "loading");
    else setAttribute(empty, "data-kind", model.sessions.size === 0 ? "none" : "no-match");
    empty.replaceChildren(...emptyWords(model, filter.value));
  }

  function createRow(row) {
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

  function updateRow(element, row) {
    setAttribute(element, "aria-level", row.level);
    setAttribute(element, "aria-posinset", row.place);
    setAttribute(element, "aria-setsize", row.siblings);
    setAttribute(element, "aria-expanded", row.isOpen);
    setAttribute(element, "aria-selected", isSelected(row));
    setAttribute(element, "data-active", row.id === active);
    if (row.kind === "session") updateSession(element, row);
    else if (row.kind === "pane") updatePane(element, row);
    else updateGroup(element, row);
  }

  function updateGroup(element, row) {
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

  function updateSession(element, row) {
    const session = model.sessions.get(row.sessionId);
    const state = model.states.get(row.sessionId);
    if (session === undefined) return;
    const how = condition(session, state, panes.get(row.sessionId) ?? []);
    const needs = attention(state);
    const unread = state?.unread ?? 0;
    showTone(element.querySelector(".tone"), how.tone);
    const label = element.querySelector(".label");
    setText(label, session.session_name);
    label.style.setProperty("--hue", hue(session.session_name));
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

  function updatePane(element, row) {
    const pane = model.panes.get(row.paneId);
    if (pane === undefined) return;
    const how = paneCondition(pane);
    showTone(element.querySelector(".tone"), how.tone);
    setText(element.querySelector(".label"), row.label);
    setText(element.querySelector(".word"), how.word);
  }

  function isSelected(row) {
    if (row.kind === "pane") return row.paneId === page.paneId;
    return row.kind === "session" && row.sessionId === page.sessionId;
  }

  function showActive() {
    const row = shown.find((each) => each.id === active);
    setAttribute(list, "aria-activedescendant", row ? rowId(row) : null);
    for (const element of list.children) {
      setAttribute(element, "data-active", element.dataset.key === active);
    }
  }

  /** @param {import("./fleet.js").Row | undefined} row */
  function moveTo(row) {
    if (row === undefined) return;
    active = row.id;
    windowed.reveal(shown.indexOf(row));
    showActive();
  }

  function onFocus() {
    if (active !== null) return;
    moveTo(shown.find(isSelected) ?? shown[0]);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = shown.findIndex((row) => row.id === active);
    const row = shown[index];
    const steps = {
      ArrowDown: () => moveTo(shown[index + 1]),
      ArrowUp: () => moveTo(shown[Math.max(0, index - 1)]),
      Home: () => moveTo(shown[0]),
      End: () => moveTo(shown.at(-1)),
      PageDown: () => moveTo(shown[Math.min(shown.length - 1, index + 10)]),
      PageUp: () => moveTo(shown[Math.max(0, index - 10)]),
      ArrowRight: () => (row?.isOpen === false ? toggle(row) : row?.isOpen && moveTo(shown[index + 1])),
      ArrowLeft: () => (row?.isOpen ? toggle(row) : moveTo(shown.find((each) => each.id === row?.parent))),
      Enter: () => row && choose(row, true),
      " ": () => row && choose(row),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  }

  function onClick(event) {
    const row = rowAt(event);
    if (row === undefined) return;
    active = row.id;
    showActive();
    choose(row);
  }

  function onDoubleClick(event) {
    const row = rowAt(event);
    if (row?.kind === "session") choose(row, true);
  }

  function rowAt(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    return shown.find((row) => row.id === key);
  }

  /** Select what a row stands for; `isFull` shows its terminal, too. */
  function choose(row, isFull = false) {
    if (row.kind === "pane") page.openPane(row.paneId, row.sessionId);
    else if (row.kind !== "session") toggle(row);
    else if (isFull && page.sessionId === row.sessionId && firstPane(model, row.sessionId)) {
      page.openPane(firstPane(model, row.sessionId), row.sessionId);
    } else page.select(row.sessionId, { column: "details" });
  }

  function toggle(row) {
    if (row.isOpen) closed.add(row.id);
    else closed.delete(row.id);
    sessionStorage.setItem(CLOSED_KEY, JSON.stringify([...closed]));
    draw();
  }

  function leaveFilter(event) {
    if (event.key === "Escape" && filter.value !== "") {
      filter.value = "";
      event.stopPropagation();
      draw();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      list.focus();
    }
  }

  /** Follow a selection that was made elsewhere. */
  function follow() {
    const row = shown.find((each) => each.kind === "session" && isSelected(each));
    if (row !== undefined && !host.contains(document.activeElement)) {
      active = row.id;
      windowed.reveal(shown.indexOf(row));
    }
    draw();
  }

  const stop = app.listen(
    [model, "change", ({ detail }) => isOurs(detail) && draw()],
    [page, "change", follow],
  );
  draw();
  return {
    focus: () => list.focus(),
    find: () => filter.focus(),
    destroy() {
      stop();
      windowed.destroy();
      host.replaceChildren();
    },
  };
}

function isOurs(changed) {
  return "sessions" in changed || "states" in changed || "panes" in changed;
}

function rowId(row) {
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

function emptyWords(model, wanted) {
  if (!model.loaded) {
    return Array.from({ length: 6 }, () => h("div.ghost", { "aria-hidden": "true" }));
  }
  if (model.sessions.size > 0) {
    return [h("p", { text: `Nothing in the fleet matches “${wanted}”.` })];
  }
  return [
    h("p.strong", { text: "No sessions yet" }),
    h("p", { text: "A session is a program with a name, such as an agent. Start one in a terminal:" }),
    h("pre.command", { text: "fugue new ada --agent claude" }),
    h("p", { text: "or see what fugue does with a small fleet of its own:" }),
    h("pre.command", { text: "fugue demo" }),
  ];
}
