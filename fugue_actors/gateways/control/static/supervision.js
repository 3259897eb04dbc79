/**
 * The view of the daemon's insides: every actor under its supervisor, as it is now, with
 * how often it came back, what waits in its mailbox and how it ended last.
 */

import { h, inNextFrame, setAttribute, setText } from "./dom.js";
import { icon, mark, showTone } from "./marks.js";
import { actorRows } from "./actors.js";
import { voiced } from "./voice.js";
import { Windowed } from "./windowed.js";

export const title = "Supervision";

const ROW_PX = 26;
const TONES = { running: "running", starting: "moving", restarting: "waiting", stopping: "moving", gone: "ended" };

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted}
 */
export function mount(host, app) {
  const { model, page } = app;
  /** @type {Set<string>} Paths whose children are hidden. */
  const closed = new Set();
  let isOnlyNews = false;
  let active = "/";
  /** @type {import("./actors.js").ActorRow[]} */
  let shown = [];

  const note = h("span.muted");
  const only = h("button.button.toggle", {
    type: "button",
    text: "Only trouble",
    title: "Only actors that were restarted or have a backlog",
    "aria-pressed": "false",
    on: {
      click: () => {
        isOnlyNews = !isOnlyNews;
        setAttribute(only, "aria-pressed", isOnlyNews);
        draw();
      },
    },
  });
  const list = h("div.actors", {
    role: "treegrid",
    tabindex: "0",
    "aria-label": "Supervision tree",
    on: { keydown: onKey, click: onClick, focus: showActive },
  });
  const head = h(
    "div.actor-row.actor-head",
    { "aria-hidden": "true" },
    ...["Actor", "Status", "Restarts", "Mailbox", "Last exit"].map((text) => h("span", { text })),
  );
  const scroller = h("div.actors-scroller", {}, list);
  const empty = h("p.empty", { text: "The supervision tree has not arrived yet." });
  host.append(h("div.column-head", {}, h("h2", { text: "Supervision" }), note, h("span.spring"), only), head, scroller, empty);

  const windowed = new Windowed(scroller, list, {
    key: ({ actor }) => actor.path,
    height: () => ROW_PX,
    create: createRow,
    update: updateRow,
  });

  const draw = inNextFrame(() => {
    if (host.hidden) return;
    shown = actorRows(model, { closed, isOnlyNews });
    const restarts = [...model.actors.values()].reduce((sum, { restarts }) => sum + (restarts ?? 0), 0);
    setText(note, model.actors.size === 0 ? "" : `${model.actors.size} actors, ${restarts === 1 ? "1 restart" : `${restarts} restarts`}`);
    setText(empty, model.actors.size === 0 ? "The supervision tree has not arrived yet." : "No actor was restarted, and no mailbox has a backlog.");
    setAttribute(empty, "hidden", shown.length > 0);
    setAttribute(scroller, "hidden", shown.length === 0);
    setAttribute(list, "aria-rowcount", shown.length);
    windowed.show(shown);
    showActive();
  });

  function createRow({ actor }) {
    return h(
      "div.actor-row",
      { role: "row", id: rowId(actor.path) },
      h("span.actor-name", { role: "gridcell" }, h("span.twist", {}, icon("chevron")), h("span.actor-label"), h("span.actor-detail")),
      h("span.actor-status", { role: "gridcell" }, mark(), h("span")),
      h("span.actor-restarts", { role: "gridcell" }),
      h("span.actor-mailbox", { role: "gridcell" }, h("span.meter", { "aria-hidden": "true" }, h("span")), h("span")),
      h("span.actor-exit", { role: "gridcell" }),
    );
  }

  function updateRow(element, { actor, level, label, detail, sessionId, isOpen, place, siblings }) {
    const [name, status, restarts, mailbox, exit] = element.children;
    element.style.setProperty("--level", level - 1);
    setAttribute(element, "aria-level", level);
    setAttribute(element, "aria-posinset", place);
    setAttribute(element, "aria-setsize", siblings);
    setAttribute(element, "aria-expanded", isOpen);
    setAttribute(element, "data-active", actor.path === active);
    setAttribute(element, "title", actor.path);
    setText(name.children[1], label);
    setText(name.children[2], detail);
    name.children[1].classList.toggle("voice", sessionId !== null);
    if (sessionId !== null) voiced(name.children[1], label);
    showTone(status.firstElementChild, TONES[actor.status] ?? "running");
    setText(status.lastElementChild, actor.waiting_on ? `${actor.status}, waits for ${actor.waiting_on}` : actor.status);
    setText(restarts, actor.restarts || "");
    setAttribute(restarts, "data-news", actor.restarts > 0);
    const { depth = 0, peak = 0, bound = 0 } = actor.kind === "actor" ? (actor.mailbox ?? {}) : {};
    const [meter, depths] = mailbox.children;
    setAttribute(meter, "hidden", depth === 0);
    meter.firstElementChild.style.width = `${Math.min(100, (100 * depth) / (bound || 1))}%`;
    // An empty mailbox is the usual case, and no news.
    setText(depths, depth > 0 ? `${depth} of ${bound}` : peak > 0 ? `peak ${peak}` : "");
    setAttribute(mailbox, "title", bound > 0 ? `${depth} of ${bound} wait, at most ${peak} so far` : null);
    setText(exit, actor.last_exit ?? "");
    setAttribute(exit, "title", actor.last_exit ?? null);
  }

  function showActive() {
    setAttribute(list, "aria-activedescendant", shown.some(({ actor }) => actor.path === active) ? rowId(active) : null);
    for (const element of list.children) setAttribute(element, "data-active", element.dataset.key === active);
  }

  function moveTo(row) {
    if (row === undefined) return;
    active = row.actor.path;
    windowed.reveal(shown.indexOf(row));
    showActive();
  }

  function toggle({ actor }) {
    if (!closed.delete(actor.path)) closed.add(actor.path);
    draw();
  }

  function choose(row) {
    if (row.sessionId !== null) page.select(row.sessionId, { column: "details" });
    else if (row.isOpen !== undefined) toggle(row);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = shown.findIndex(({ actor }) => actor.path === active);
    const row = shown[index];
    const steps = {
      ArrowDown: () => moveTo(shown[index + 1]),
      ArrowUp: () => moveTo(shown[Math.max(0, index - 1)]),
      Home: () => moveTo(shown[0]),
      End: () => moveTo(shown.at(-1)),
      PageDown: () => moveTo(shown[Math.min(shown.length - 1, index + 15)]),
      PageUp: () => moveTo(shown[Math.max(0, index - 15)]),
      ArrowRight: () => (row?.isOpen === false ? toggle(row) : row?.isOpen && moveTo(shown[index + 1])),
      ArrowLeft: () => (row?.isOpen ? toggle(row) : moveTo(shown.find(({ actor }) => actor.path === row?.parent))),
      Enter: () => row && choose(row),
    };
    if (steps[event.key] === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    steps[event.key]();
  }

  function onClick(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    const row = shown.find(({ actor }) => actor.path === key);
    if (row === undefined) return;
    active = row.actor.path;
    showActive();
    if (event.target.closest(".twist") && row.isOpen !== undefined) toggle(row);
    else choose(row);
  }

  const stop = app.listen(
    [model, "change", ({ detail }) => ("actors" in detail || "sessions" in detail) && draw()],
    [page, "change", draw],
  );
  draw();
  return {
    focus: () => list.focus(),
    destroy() {
      stop();
      windowed.destroy();
      host.replaceChildren();
    },
  };
}

function rowId(path) {
  return `actor-${encodeURIComponent(path)}`;
}
