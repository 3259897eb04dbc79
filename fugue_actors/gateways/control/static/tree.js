/**
 * The fleet as a tree: repositories, worktrees, sessions, and the panes of those that
 * have several. One stop for the Tab key; the arrow keys move inside.
 */

import { h, inNextFrame, setAttribute, setText } from "./dom.js";
import { firstPane, panesBySession, rows } from "./fleet.js";
import { ofTab } from "./store.js";
import { HEIGHTS, rowElement, rowId, showRow } from "./treerows.js";
import { Windowed } from "./windowed.js";

const CLOSED_KEY = "fugue.closed";

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted & {find: () => void}}
 */
export function mountTree(host, app) {
  const { model, page } = app;
  const closed = new Set(JSON.parse(ofTab.get(CLOSED_KEY) ?? "[]"));
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
    on: { input: () => draw(), keydown: leaveFilter },
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
    create: rowElement,
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

  function showEmpty() {
    const isEmpty = shown.length === 0;
    setAttribute(scroller, "hidden", isEmpty);
    setAttribute(empty, "hidden", !isEmpty);
    if (!isEmpty) return;
    empty.replaceChildren(...emptyWords(model, filter.value));
  }

  function updateRow(element, row) {
    setAttribute(element, "aria-level", row.level);
    setAttribute(element, "aria-posinset", row.place);
    setAttribute(element, "aria-setsize", row.siblings);
    setAttribute(element, "aria-expanded", row.isOpen);
    setAttribute(element, "aria-selected", isSelected(row));
    setAttribute(element, "data-active", row.id === active);
    showRow(element, row, model, panes);
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
    ofTab.set(CLOSED_KEY, JSON.stringify([...closed]));
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
