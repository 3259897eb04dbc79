/**
 * The window through which a terminal is seen: its size, scrolling, and what holds it still.
 *
 * At the bottom the view follows the program. It is held, showing what it showed, while
 * somebody reads earlier lines, and while text of it is selected.
 */

import { currentPalette, onPaletteChange } from "./appearance.js";
import { h, inNextFrame, setAttribute, setText } from "./dom.js";
import { selectedText } from "./rows.js";
import { Scrollback } from "./scrollback.js";
import { Terminal } from "./terminal.js";

/** @typedef {import("./app.js").App} App */

const LEAST_SIZE = 6;
const MOST_SIZE = 19;
const ACTUAL_SIZE = 14;
const PAGE = 0.9;
/** How near to the top earlier lines are fetched, in parts of the height. */
const NEAR = 1;
const EARLIER = {
  more: "Scroll up for earlier lines",
  complete: "The first line there is",
  lost: "Older lines are gone",
};

/** Listeners: `change`, after `isHeld` or `isFitting` changed. */
export class Viewport extends EventTarget {
  #app;
  #paneId;
  #endings = [];
  #isReading = false;
  #isSelecting = false;
  #earlier = h("p.term-earlier", { "aria-hidden": "true" });
  #above = h("div.term-above");
  #live;
  #screen = null;

  /**
   * @param {App} app
   * @param {string} paneId
   * @param {import("./metrics.js").Metrics} metrics
   * @param {string} label for those who do not see it
   */
  constructor(app, paneId, metrics, label) {
    super();
    this.#app = app;
    this.#paneId = paneId;
    this.metrics = metrics;
    this.isFitting = true;
    /** Whether the cursor is kept in sight, where not all of the screen is. */
    this.followsCursor = false;
    this.terminal = new Terminal(metrics, currentPalette());
    this.scrollback = new Scrollback(this.#above, (history, skip) =>
      app.connection.request("read_pane", { pane: paneId, history, skip, styled: true }),
    );
    this.#live = h("div.term-live", {}, this.terminal.element);
    this.element = h(
      "div.term-port",
      { tabindex: "0", role: "region", "aria-label": label, on: { scroll: () => this.#scrolled() } },
      this.#earlier,
      this.#above,
      this.#live,
    );
    this.element.addEventListener("copy", (event) => this.#copy(event));
    const sizes = new ResizeObserver(() => this.#fit());
    sizes.observe(this.element);
    this.#endings.push(
      () => sizes.disconnect(),
      onPaletteChange(() => this.#repaint()),
      app.listen([document, "selectionchange", () => this.#selected()]),
    );
    this.#tellEarlier();
  }

  destroy() {
    for (const end of this.#endings) end();
  }

  /** Whether it shows what was, not what is. */
  get isHeld() {
    return this.#isReading || this.#isSelecting;
  }

  get isReading() {
    return this.#isReading;
  }

  /** Show the screen that the model has, unless held. */
  draw = inNextFrame(() => this.#draw());

  /**
   * Before there is a screen: have its size already, so that nothing jumps when it comes.
   * @param {number} columns
   * @param {number} lines
   */
  expect(columns, lines) {
    if (this.#screen !== null) return;
    this.terminal.resize(columns, lines);
    this.#fit();
  }

  /** Follow the program again, at the bottom. */
  follow() {
    if (this.#isSelecting) {
      document.getSelection()?.removeAllRanges();
      this.#isSelecting = false;
      if (!this.#isReading) this.#released();
    }
    this.#endReading();
    this.#toBottom();
  }

  /** Move by a page. @param {-1 | 1} by up or down */
  scroll(by) {
    this.element.scrollBy({ top: by * PAGE * this.element.clientHeight });
  }

  /** Make all of it fit, or show it in a size that is easy to read. */
  fit(isFitting) {
    this.isFitting = isFitting;
    this.#fit();
    this.dispatchEvent(new Event("change"));
  }

  #draw() {
    const screen = this.#app.model.screens.get(this.#paneId);
    if (screen === undefined) return;
    const isOther =
      screen.columns !== this.terminal.columns || screen.lines !== this.terminal.lines;
    if (isOther && this.#screen !== null) this.follow(); // history is wrapped otherwise now
    if (this.isHeld) return;
    this.#screen = screen;
    this.terminal.draw(screen);
    setAttribute(this.#earlier, "hidden", screen.alternate);
    if (isOther) this.#fit();
    else if (this.#isAway()) this.#toBottom();
    if (this.followsCursor && !this.isFitting) this.terminal.showCursor();
  }

  /** Whether following means to move: something appeared or went above the screen. */
  #isAway() {
    return this.element.scrollTop < this.#live.offsetTop - 1;
  }

  #fit() {
    const { columns, lines } = this.terminal;
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    if (width === 0 || height === 0) return; // not shown at the moment
    const style = this.element.style;
    let size = ACTUAL_SIZE;
    if (this.isFitting) {
      const widest = width / (columns * this.metrics.column);
      const highest = height / (lines * this.metrics.row);
      size = Math.min(MOST_SIZE, Math.max(LEAST_SIZE, Math.min(widest, highest)));
      size = Math.floor(size * 10) / 10;
    }
    style.setProperty("--term-size", `${size}px`);
    style.setProperty("--cell", `${size * this.metrics.column}px`);
    style.setProperty("--row", `${Math.floor(size * this.metrics.row)}px`);
    style.setProperty("--columns", String(columns));
    style.setProperty("--port", `${height}px`);
    if (!this.#isReading) this.#toBottom();
  }

  #toBottom() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #scrolled() {
    const port = this.element;
    const above = this.#live.offsetTop - port.scrollTop;
    if (above <= 1) {
      if (this.#isReading && port.scrollTop + port.clientHeight >= port.scrollHeight - 1) {
        this.#endReading();
        this.#toBottom();
      }
      return;
    }
    if (this.#screen === null || this.#screen.alternate) return;
    if (!this.#isReading) {
      this.#isReading = true;
      this.terminal.hideCursor();
      this.dispatchEvent(new Event("change"));
    }
    if (port.scrollTop < NEAR * port.clientHeight) this.#load();
  }

  async #load() {
    const { scrollback, element: port } = this;
    if (scrollback.isLoading || scrollback.earlier !== "more") return;
    const before = port.scrollHeight;
    try {
      await scrollback.load(this.terminal);
    } catch (error) {
      setText(this.#earlier, `Earlier lines cannot be read: ${error.message}`);
      return;
    }
    this.#tellEarlier();
    if (!this.#isReading) return;
    port.scrollTop += port.scrollHeight - before; // what is read stays where it is
  }

  #tellEarlier() {
    setText(this.#earlier, EARLIER[this.scrollback.earlier]);
  }

  #endReading() {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.scrollback.clear();
    this.#tellEarlier();
    this.#released();
  }

  #selected() {
    const selection = document.getSelection();
    const isSelecting =
      selection !== null &&
      !selection.isCollapsed &&
      this.element.contains(selection.anchorNode) &&
      this.element.contains(selection.focusNode);
    if (isSelecting === this.#isSelecting) return;
    this.#isSelecting = isSelecting;
    this.#released();
  }

  #released() {
    this.dispatchEvent(new Event("change"));
    if (!this.isHeld) this.draw();
  }

  #copy(event) {
    const selection = document.getSelection();
    if (!this.#isSelecting || selection === null) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", selectedText(selection));
  }

  #repaint() {
    this.terminal.repaint(currentPalette());
    this.scrollback.repaint(this.terminal);
    this.dispatchEvent(new Event("change"));
  }
}
