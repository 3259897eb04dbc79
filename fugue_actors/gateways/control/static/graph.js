/**
 * The view of who talks to whom: sessions on a ring, in the order of the fleet, with a
 * curve for each pair that exchanged messages; and the same as a table.
 */

import { h, inNextFrame, keyed, setAttribute, setText, svg } from "./dom.js";
import { rows } from "./fleet.js";
import { curve, ring, weight } from "./ring.js";
import { rove } from "./roving.js";
import { agoElement, showAgo } from "./time.js";
import { edges } from "./traffic.js";
import { voiced } from "./voice.js";

export const title = "Graph";

const MOST_NAMED = 80;
const MOST_LINES = 400;
const MOST_LETTERS = 16;
const MOST_UPRIGHT = 16;

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted}
 */
export function mount(host, app) {
  const { model, page } = app;
  let size = { width: 800, height: 600 };
  /** @type {string | null} The session under the pointer or the focus. */
  let looked = null;
  let isTable = matchMedia("(max-width: 760px)").matches;

  const links = svg("g", { class: "graph-links" });
  const people = svg("g", { class: "graph-people" });
  const drawing = svg("svg.graph", { role: "group", "aria-label": "Who talks to whom" }, links, people);
  const place = h("div.graph-place", {}, drawing);
  const body = h("tbody");
  const table = h(
    "div.graph-table",
    { tabindex: "0", role: "region", "aria-label": "Who talks to whom, as a table" },
    h(
      "table.plain",
      {},
      h("thead", {}, h("tr", {}, ...["From", "To", "Messages", "Waiting", "Failed", "Last"].map((text) => h("th", { scope: "col", text })))),
      body,
    ),
  );
  const note = h("span.muted");
  const choice = h("button.button.toggle", {
    type: "button",
    text: "Table",
    on: {
      click: () => {
        isTable = !isTable;
        draw();
      },
    },
  });
  const empty = h("div.empty", {}, h("p.strong", { text: "No conversation yet" }), h("p", { text: "As soon as sessions write to each other, lines between them appear here." }));
  host.append(h("div.column-head", {}, h("h2", { text: "Who talks to whom" }), note, h("span.spring"), choice), place, table, empty);

  const refreshStops = rove(people, ".person");

  const draw = inNextFrame(() => {
    if (host.hidden) return;
    const found = edges(model.messages.values());
    setAttribute(choice, "aria-pressed", isTable);
    setAttribute(place, "hidden", isTable || found.length === 0);
    setAttribute(table, "hidden", !isTable || found.length === 0);
    setAttribute(empty, "hidden", found.length > 0);
    setText(note, found.length === 0 ? "" : extent(model.messages.size, isTable ? 0 : found.length - MOST_LINES));
    if (found.length === 0) return;
    if (isTable) drawTable(found);
    else drawRing(found.slice(0, MOST_LINES));
  });

  function drawTable(found) {
    keyed(
      body,
      found,
      ({ from, to }) => `${from} ${to}`,
      ({ from, fromName, to, toName }) =>
        h("tr", {}, h("th", { scope: "row" }, person(from, fromName)), h("td", {}, person(to, toName)), h("td"), h("td"), h("td"), h("td", {}, agoElement())),
      (row, edge) => {
        const [from, to, count, waiting, failed, last] = row.children;
        setText(from.firstElementChild, edge.fromName);
        setText(to.firstElementChild, edge.toName);
        setText(count, edge.count);
        setText(waiting, edge.waiting || "");
        setText(failed, edge.failed || "");
        setAttribute(failed, "data-bad", edge.failed > 0);
        showAgo(last.firstElementChild, edge.last);
      },
    );
  }

  function person(id, name) {
    const button = h("button.link.voice", { type: "button", on: { click: () => page.select(id, { column: "details" }) } });
    return voiced(button, name);
  }

  function drawRing(found) {
    const names = new Map();
    for (const { from, fromName, to, toName } of found) {
      names.set(from, fromName);
      names.set(to, toName);
    }
    // In the order of the tree, so that what belongs together stands together.
    const order = rows(model)
      .filter((row) => row.kind === "session" && names.has(row.sessionId))
      .map((row) => row.sessionId);
    const gone = [...names.keys()].filter((id) => !model.sessions.has(id)).sort();
    const places = ring([...order, ...gone], size);
    const most = found[0].count;
    const around = neighbours(found, looked ?? page.sessionId);
    setAttribute(drawing, "viewBox", `0 0 ${size.width} ${size.height}`);
    setAttribute(drawing, "data-focused", around !== null);

    keyed(
      links,
      found,
      ({ from, to }) => `${from} ${to}`,
      ({ fromName }) => {
        const path = svg("path.link-line", {}, svg("title"));
        return voiced(path, fromName);
      },
      (path, edge) => {
        setAttribute(path, "d", curve(places.get(edge.from), places.get(edge.to), size));
        setAttribute(path, "stroke-width", weight(edge.count, most));
        setAttribute(path, "data-near", around !== null && around.has(edge.from) && around.has(edge.to) && isOf(edge, looked ?? page.sessionId));
        setAttribute(path, "data-failed", edge.failed > 0);
        setText(path.firstElementChild, told(edge));
      },
    );
    keyed(
      people,
      places.keys(),
      (id) => id,
      (id) => personMark(id, names.get(id)),
      (mark, id) => {
        const { x, y, angle } = places.get(id);
        setAttribute(mark, "transform", `translate(${x} ${y})`);
        setAttribute(mark, "data-near", around?.has(id) ?? false);
        setAttribute(mark, "data-gone", !model.sessions.has(id));
        setAttribute(mark, "aria-label", spoken(id, names.get(id), found));
        const label = mark.lastElementChild;
        const isLeft = Math.cos(angle) < -0.001;
        setText(label, places.size <= MOST_NAMED || around?.has(id) ? short(names.get(id)) : "");
        setAttribute(label, "text-anchor", isLeft ? "end" : "start");
        // Few names have room to stand upright; many have to lean out.
        const lean = (angle * 180) / Math.PI + (isLeft ? 180 : 0);
        const turn = places.size > MOST_UPRIGHT ? lean : 0;
        setAttribute(label, "transform", `rotate(${turn.toFixed(1)}) translate(${isLeft ? -12 : 12} 4)`);
      },
    );
    refreshStops();
  }

  function personMark(id, name) {
    const look = (who) => () => {
      looked = who;
      draw();
    };
    const choose = () => page.select(id, { column: "details" });
    const mark = svg(
      "g.person",
      {
        tabindex: "-1",
        role: "button",
        on: {
          pointerenter: look(id),
          pointerleave: look(null),
          focus: look(id),
          blur: look(null),
          click: choose,
          keydown: (event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            choose();
          },
        },
      },
      svg("circle", { r: 14, class: "person-reach" }),
      svg("circle", { r: 5, class: "person-dot" }),
      svg("text", { class: "voice" }),
    );
    return voiced(mark, name);
  }

  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === 0) return;
    size = { width: Math.round(contentRect.width), height: Math.round(contentRect.height) };
    draw();
  });
  observer.observe(place);
  const stop = app.listen(
    [model, "change", ({ detail }) => ("messages" in detail || "sessions" in detail) && draw()],
    [page, "change", draw],
  );
  draw();
  return {
    focus: () => (isTable ? table : people.querySelector("[tabindex='0']"))?.focus(),
    destroy() {
      stop();
      observer.disconnect();
      host.replaceChildren();
    },
  };
}

/** A session and whoever it has to do with; null if nobody is looked at. */
function neighbours(found, id) {
  const own = id === null ? [] : found.filter((edge) => isOf(edge, id));
  return own.length === 0 ? null : new Set(own.flatMap(({ from, to }) => [from, to]));
}

function short(name) {
  return name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name;
}

function isOf({ from, to }, id) {
  return from === id || to === id;
}

function extent(messages, left) {
  const more = left > 0 ? `; the ${left} rarest ways are only in the table` : "";
  return `the last ${messages} messages${more}`;
}

function told({ fromName, toName, count, waiting, failed }) {
  const more = [waiting > 0 ? `${waiting} waiting` : "", failed > 0 ? `${failed} failed` : ""];
  return [`${fromName} → ${toName}: ${count}`, ...more].filter(Boolean).join(", ");
}

function spoken(id, name, found) {
  const sent = found.filter(({ from }) => from === id).map(({ toName, count }) => `${count} to ${toName}`);
  const got = found.filter(({ to }) => to === id).map(({ fromName, count }) => `${count} from ${fromName}`);
  return [name, ...sent, ...got].join(", ");
}
