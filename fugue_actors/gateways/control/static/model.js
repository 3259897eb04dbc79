/**
 * What the daemon says is the case: the fold of its frames. Knows no page and no socket.
 *
 * A `snapshot` replaces everything, `put` upserts whole documents, `drop` deletes. Nothing
 * else changes a collection, so two clients that got the same frames hold the same truth.
 * Screens have changes of their own: `screens` carries whole ones and changed rows.
 *
 * Listeners:
 * - `change`, with `detail` an object {collection: Set of keys}, once for each frame;
 * - `screens`, with `detail` a Map of pane id to {full: boolean, rows: number[]}.
 *
 * @typedef {Record<string, any>} Document
 * @typedef {{text: string, fg?: string, bg?: string, bold?: boolean, dim?: boolean,
 *   italic?: boolean, underline?: boolean, underline_style?: string,
 *   underline_colour?: string, overline?: boolean, strike?: boolean, reverse?: boolean,
 *   blink?: boolean, invisible?: boolean}} Run
 * @typedef {{columns: number, lines: number, next: number, alternate: boolean,
 *   cursor: {x: number, y: number, visible: boolean, shape: string}, modes: Document,
 *   rows: Run[][]}} Screen
 */

export const COLLECTIONS = Object.freeze([
  "sessions", "panes", "layouts", "states", "messages", "actors", "resources",
]);

export class Model extends EventTarget {
  constructor() {
    super();
    for (const name of COLLECTIONS) {
      /** @type {Map<string, Document>} */
      this[name] = new Map();
    }
    /** @type {Map<string, Screen>} */
    this.screens = new Map();
    /** @type {number | null} The place in the daemon's history that this is true for. */
    this.seq = null;
    /** @type {number | null} Which life of the daemon that history belongs to. */
    this.generation = null;
    /** Whether a snapshot has come yet: before it, empty means unknown. */
    this.loaded = false;
  }

  /**
   * Fold one event frame in.
   * @param {Document} frame
   */
  apply(frame) {
    if (typeof frame.seq === "number") this.seq = frame.seq;
    if (frame.lagged !== undefined) return; // a snapshot follows, and replaces all
    /** @type {Record<string, Set<string>>} */
    const changed = {};
    if (frame.snapshot) this.#replace(frame.snapshot, changed);
    if (frame.put) this.#put(frame.put, changed);
    if (frame.drop) this.#drop(frame.drop, changed);
    if (frame.snapshot) this.loaded = true;
    if (Object.keys(changed).length > 0) {
      this.dispatchEvent(new CustomEvent("change", { detail: changed }));
    }
    if (frame.screens) this.#draw(frame.screens);
  }

  /**
   * Forget screens that nobody watches any more: they would grow stale unnoticed.
   * @param {(pane_id: string) => boolean} isWatched
   */
  forgetScreens(isWatched) {
    for (const paneId of this.screens.keys()) {
      if (!isWatched(paneId)) this.screens.delete(paneId);
    }
  }

  #replace(snapshot, changed) {
    for (const name of COLLECTIONS) {
      const documents = snapshot[name];
      if (documents === undefined) continue;
      const keys = new Set([...this[name].keys(), ...Object.keys(documents)]);
      this[name] = new Map(Object.entries(documents));
      changed[name] = keys; // also if there is none: now it is known that there is none
    }
    this.screens.clear(); // full ones follow
  }

  #put(put, changed) {
    for (const name of COLLECTIONS) {
      for (const [key, document] of Object.entries(put[name] ?? {})) {
        this[name].set(key, document);
        (changed[name] ??= new Set()).add(key);
      }
    }
  }

  #drop(drop, changed) {
    for (const name of COLLECTIONS) {
      for (const key of drop[name] ?? []) {
        if (name === "panes") this.screens.delete(key);
        if (this[name].delete(key)) (changed[name] ??= new Set()).add(key);
      }
    }
    for (const key of drop.screens ?? []) this.screens.delete(key);
  }

  #draw(screens) {
    const drawn = new Map();
    for (const [paneId, change] of Object.entries(screens)) {
      const before = this.screens.get(paneId);
      if (before === undefined && !change.full) continue; // a rest of an ended watch
      const screen = change.full ? blank() : before;
      const { full, rows, ...rest } = change;
      Object.assign(screen, rest);
      resizeRows(screen);
      const touched = [];
      for (const [key, runs] of Object.entries(rows ?? {})) {
        const row = Number(key);
        if (row >= screen.lines) continue;
        screen.rows[row] = runs;
        touched.push(row);
      }
      this.screens.set(paneId, screen);
      drawn.set(paneId, { full: Boolean(full), rows: touched });
    }
    if (drawn.size > 0) {
      this.dispatchEvent(new CustomEvent("screens", { detail: drawn }));
    }
  }
}

/** @returns {Screen} */
function blank() {
  return {
    columns: 80,
    lines: 24,
    next: 0,
    alternate: false,
    cursor: { x: 0, y: 0, visible: true, shape: "default" },
    modes: {},
    rows: [],
  };
}

/** @param {Screen} screen */
function resizeRows(screen) {
  screen.rows.length = Math.min(screen.rows.length, screen.lines);
  while (screen.rows.length < screen.lines) screen.rows.push([]);
}
