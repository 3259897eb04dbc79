/**
 * All panes at a glance: a grid of small screens, of which only those in sight are watched.
 */

import { currentPalette, onPaletteChange } from "./appearance.js";
import { attention, paneCondition } from "./condition.js";
import { h, inNextFrame, keyed, setAttribute, setText } from "./dom.js";
import { mark, showTone } from "./marks.js";
import { Metrics, monospace } from "./metrics.js";
import { Miniature } from "./miniature.js";
import { rove } from "./roving.js";
import { applyPalette } from "./terminal.js";
import { nameOf } from "./trouble.js";
import { voiced } from "./voice.js";

/** @typedef {import("./app.js").App} App */

const WATCHER = "thumbnails";
/** Screens a second, of all in sight together, and of each. */
const TOTAL_RATE = 240;
const LEAST_RATE = 4;
const MOST_RATE = 10;
/** How long drawing may take within one frame; the rest waits for the next. */
const BUDGET_MS = 6;
const SIZES = { Small: 124, Medium: 260, Large: 420 };
const SIZE_KEY = "fugue.thumbnails";
const MARGIN = "120px";

/** The pane that was last shown in full, where one comes back to. */
let lastOpened = "";

/**
 * Fill an element with the grid of all panes.
 * @param {HTMLElement} place
 * @param {App} app
 * @returns {import("./app.js").Mounted}
 */
export function mountThumbnails(place, app) {
  return new Thumbnails(place, app);
}

class Thumbnails {
  #app;
  #metrics = new Metrics(monospace());
  /** @type {Map<string, {button: HTMLElement, miniature: Miniature}>} */
  #tiles = new Map();
  /** @type {Set<string>} Panes in sight. */
  #seen = new Set();
  /** @type {Set<string>} Panes whose miniature is older than their screen. */
  #stale = new Set();
  #frame = 0;
  #count = h("p.thumb-count", { role: "status" });
  #grid = h("ul.thumb-grid", { "aria-label": "Panes" });
  #empty = h("div.thumb-empty", { hidden: true });
  #scroller = h("div.thumb-place", {}, this.#grid, this.#empty);
  #sizes = h("div.thumb-tools", { role: "group", "aria-label": "Size of the screens" }, this.#count);
  #view = h("div.thumbs", {}, this.#sizes, this.#scroller);
  #endings = [];
  #rove;
  #sight;
  #measure;

  constructor(place, app) {
    this.#app = app;
    this.#sight = new IntersectionObserver((entries) => this.#sighted(entries), {
      root: this.#scroller,
      rootMargin: MARGIN,
    });
    this.#measure = new ResizeObserver((entries) => this.#measured(entries));
    for (const name of Object.keys(SIZES)) {
      this.#sizes.append(
        h("button.button.small", { type: "button", text: name, on: { click: () => this.#resize(name) } }),
      );
    }
    this.#rove = rove(this.#grid, ".thumb", { columns: () => this.#columns() });
    this.#resize(storedSize());
    applyPalette(this.#view, currentPalette());
    place.append(this.#view);
    this.#endings.push(
      onPaletteChange(() => this.#repaint()),
      app.listen(
        [app.model, "change", (event) => this.#changed(event.detail)],
        [app.model, "screens", (event) => this.#drawn(event.detail.keys())],
        [app.page, "change", () => this.#select()],
        [app.connection, "phase", this.#showSoon],
        [document, "visibilitychange", () => this.#watch()],
      ),
    );
    this.#show();
  }

  focus() {
    const opened = this.#tiles.get(lastOpened)?.button;
    (opened ?? this.#grid.querySelector('[tabindex="0"]'))?.focus();
  }

  destroy() {
    for (const end of this.#endings) end();
    cancelAnimationFrame(this.#frame);
    this.#sight.disconnect();
    this.#measure.disconnect();
    this.#app.connection.setScreens([], MOST_RATE, WATCHER);
    this.#view.remove();
  }

  // ---- what there is

  #changed(collections) {
    if (collections.panes || collections.states || collections.sessions) this.#showSoon();
  }

  #showSoon = inNextFrame(() => this.#show());

  #show() {
    const { model } = this.#app;
    const panes = [...model.panes.values()];
    keyed(
      this.#grid,
      panes,
      (pane) => pane.pane_id,
      (pane) => this.#create(pane.pane_id),
      (item, pane) => this.#update(item.firstElementChild, pane),
    );
    for (const paneId of this.#tiles.keys()) {
      if (!model.panes.has(paneId)) this.#forget(paneId);
    }
    setText(this.#count, panes.length === 1 ? "1 pane" : `${panes.length} panes`);
    setAttribute(this.#count, "hidden", panes.length === 0);
    this.#showEmpty(panes.length === 0);
    this.#rove();
    this.#select();
  }

  #showEmpty(isEmpty) {
    setAttribute(this.#empty, "hidden", !isEmpty);
    setAttribute(this.#empty, "aria-busy", !this.#app.model.loaded);
    if (!isEmpty) return;
    if (this.#app.model.loaded) {
      this.#empty.replaceChildren(
        h("h2", { text: "Nothing runs yet" }),
        h("p", {}, "Start a session here, or in a terminal with ", h("code", { text: "fugue new" })),
      );
    } else this.#empty.replaceChildren(h("p", { text: "Waiting for the daemon …" }));
  }

  #create(paneId) {
    const canvas = /** @type {HTMLCanvasElement} */ (
      h("canvas.thumb-canvas", { "aria-hidden": "true" })
    );
    const button = h(
      "button.thumb",
      {
        type: "button",
        tabindex: "-1",
        on: {
          click: () => {
            const pane = this.#app.model.panes.get(paneId);
            lastOpened = paneId;
            this.#app.page.openPane(paneId, pane?.session_id);
          },
        },
      },
      canvas,
      h(
        "span.thumb-caption",
        {},
        mark(),
        h("span.thumb-name.voice"),
        h("span.thumb-note"),
        h("span.visually-hidden"),
      ),
    );
    button.dataset.pane = paneId;
    canvas.dataset.pane = paneId;
    this.#tiles.set(paneId, { button, miniature: new Miniature(canvas) });
    this.#sight.observe(button);
    this.#measure.observe(canvas);
    return h("li", {}, button);
  }

  #update(button, pane) {
    const state = this.#app.model.states.get(pane.session_id);
    const reasons = attention(state);
    const name = nameOf(this.#app.model, pane.pane_id);
    const { word, tone } = paneCondition(pane);
    const said = state?.status?.message || pane.title;
    const note = reasons[0]?.label ?? (pane.state === "running" ? said : word);
    const [sign, nameElement, noteElement, restElement] = button.querySelector(".thumb-caption").children;
    showTone(sign, tone);
    voiced(nameElement, pane.session_name);
    setText(nameElement, name);
    setText(noteElement, note ?? "");
    setAttribute(button, "data-attention", reasons.length > 0);
    const rest = [word, ...reasons.slice(1).map((reason) => reason.label), said];
    setText(restElement, rest.filter((part) => part && part !== note).join(", "));
  }

  #forget(paneId) {
    const tile = this.#tiles.get(paneId);
    this.#tiles.delete(paneId);
    this.#stale.delete(paneId);
    this.#sight.unobserve(tile.button);
    this.#measure.unobserve(tile.miniature.canvas);
    if (this.#seen.delete(paneId)) this.#watch();
  }

  #select() {
    const { sessionId } = this.#app.page;
    for (const [paneId, { button }] of this.#tiles) {
      const owner = this.#app.model.panes.get(paneId)?.session_id;
      setAttribute(button, "data-selected", sessionId !== null && owner === sessionId);
    }
  }

  /** How many stand side by side at the moment. */
  #columns() {
    const { gridTemplateColumns } = getComputedStyle(this.#grid);
    return gridTemplateColumns.split(" ").length;
  }

  // ---- what is in sight

  #sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      const paneId = target.dataset.pane;
      if (isIntersecting && this.#tiles.has(paneId)) this.#seen.add(paneId);
      else this.#seen.delete(paneId);
    }
    this.#watch();
  }

  /** Watch what is in sight; a page that nobody sees watches nothing. */
  #watch() {
    const rate = Math.round(TOTAL_RATE / Math.max(1, this.#seen.size));
    const bounded = Math.min(MOST_RATE, Math.max(LEAST_RATE, rate));
    const wanted = document.hidden ? [] : [...this.#seen];
    this.#app.connection.setScreens(wanted, bounded, WATCHER);
  }

  #measured(entries) {
    for (const { target, contentRect } of entries) {
      const { pane } = target.dataset;
      const tile = this.#tiles.get(pane);
      const width = Math.round(contentRect.width * devicePixelRatio);
      const height = Math.round(contentRect.height * devicePixelRatio);
      if (tile?.miniature.resize(width, height)) this.#drawn([pane]);
    }
  }

  #resize(name) {
    this.#view.style.setProperty("--thumb", `${SIZES[name]}px`);
    for (const button of this.#sizes.querySelectorAll("button")) {
      setAttribute(button, "aria-pressed", String(button.textContent === name));
    }
    try {
      localStorage.setItem(SIZE_KEY, name);
    } catch {
      // Without storage the size is for this visit only.
    }
  }

  // ---- drawing

  #drawn(paneIds) {
    for (const paneId of paneIds) {
      if (this.#tiles.has(paneId)) this.#stale.add(paneId);
    }
    if (this.#stale.size > 0 && this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => this.#draw());
    }
  }

  #draw() {
    this.#frame = 0;
    const palette = currentPalette();
    const end = performance.now() + BUDGET_MS;
    for (const paneId of this.#stale) {
      this.#stale.delete(paneId);
      const screen = this.#app.model.screens.get(paneId);
      this.#tiles.get(paneId)?.miniature.draw(screen, palette, this.#metrics);
      if (performance.now() > end) break;
    }
    this.#drawn([]);
  }

  #repaint() {
    applyPalette(this.#view, currentPalette());
    this.#drawn(this.#tiles.keys());
  }
}

function storedSize() {
  try {
    const name = localStorage.getItem(SIZE_KEY);
    return name !== null && Object.hasOwn(SIZES, name) ? name : "Medium";
  } catch {
    return "Medium";
  }
}
