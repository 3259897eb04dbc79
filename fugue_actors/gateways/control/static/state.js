/**
 * What this page shows at the moment: which view, session and pane. One place to change
 * it, one event (`change`) to follow it. The address mirrors it, so that back and forward
 * work; what else should outlive a reload is in the tab's or the browser's storage.
 *
 * Addresses: `#/screens`, `#/screens/<pane>`, `#/messages`, `#/graph`, `#/supervision`,
 * each with `?session=<id>` when one is selected.
 */

export const VIEWS = Object.freeze(["screens", "messages", "graph", "supervision"]);

export class PageState extends EventTarget {
  constructor() {
    super();
    this.view = "screens";
    /** @type {string | null} The selected session. */
    this.sessionId = null;
    /** @type {string | null} The pane shown in full, within the screens. */
    this.paneId = null;
    /** On a narrow window: which one of the columns is seen. */
    this.column = "main";
    addEventListener("popstate", () => this.#read());
    this.#read();
  }

  /** @param {string} view */
  show(view) {
    this.#become({ view, paneId: null, column: "main" });
  }

  /**
   * Select a session, or none.
   * @param {string | null} sessionId
   * @param {{column?: string}} [options]
   */
  select(sessionId, { column = this.column } = {}) {
    this.#become({ sessionId, column });
  }

  /**
   * Show a pane in full, or with null all of them.
   * @param {string | null} paneId
   * @param {string | null} sessionId that it belongs to
   */
  openPane(paneId, sessionId = this.sessionId) {
    this.#become({ view: "screens", paneId, sessionId, column: "main" });
  }

  /** @param {"fleet" | "main" | "details"} column */
  turnTo(column) {
    this.#become({ column });
  }

  #become(change) {
    const before = this.#address();
    Object.assign(this, change);
    const after = this.#address();
    // A column is a place on a phone and nothing to go back to elsewhere.
    if (after !== before) history.pushState(null, "", after);
    this.dispatchEvent(new Event("change"));
  }

  #address() {
    const path = [this.view, this.paneId].filter(Boolean).map(encodeURIComponent);
    const query = this.sessionId ? `?session=${encodeURIComponent(this.sessionId)}` : "";
    return `#/${path.join("/")}${query}`;
  }

  #read() {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const [view, pane] = path.split("/").map(decoded);
    this.view = VIEWS.includes(view) ? view : "screens";
    this.paneId = this.view === "screens" && pane ? pane : null;
    this.sessionId = new URLSearchParams(query).get("session");
    this.dispatchEvent(new Event("change"));
  }
}

/** A part of the address; whoever typed nonsense there gets nothing, not an error. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
