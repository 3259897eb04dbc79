/**
 * One pane in full: its screen, the lines before it, and, for those who may, its keyboard.
 */

import { isRecorded } from "./condition.js";
import { h, setAttribute, setText } from "./dom.js";
import { Control } from "./input.js";
import { Metrics, monospace } from "./metrics.js";
import { PaneFoot } from "./panefoot.js";
import { PaneHead } from "./panehead.js";
import { applyPalette } from "./terminal.js";
import { nameOf, troubleOf } from "./trouble.js";
import { Viewport } from "./viewport.js";
import { wheelKeys } from "./wheel.js";

/** Frames a second: as many as the daemon gives. */
const RATE = 30;
const WATCHER = "screen";
const MODIFIER = /^(Shift|Control|Alt|AltGraph|Meta)$/;

/**
 * Fill an element with a pane.
 * @param {HTMLElement} place
 * @param {import("./app.js").App} app
 * @param {string} paneId
 * @returns {import("./app.js").Mounted}
 */
export function mountScreen(place, app, paneId) {
  return new PaneView(place, app, paneId);
}

class PaneView {
  #app;
  #paneId;
  #name;
  #viewport;
  #control;
  #head;
  #foot;
  #overlay = h("div.term-overlay", { role: "status", hidden: true });
  #back;
  #view;
  #turn;
  #stop;

  constructor(place, app, paneId) {
    const { model, connection, page } = app;
    this.#app = app;
    this.#paneId = paneId;
    this.#name = nameOf(model, paneId);
    const metrics = new Metrics(monospace());
    const viewport = new Viewport(app, paneId, metrics, `Screen of ${this.#name}`);
    const control = new Control(app, paneId, viewport);
    viewport.terminal.element.append(control.field);
    this.#viewport = viewport;
    this.#control = control;
    this.#turn = wheelKeys((key) => control.pressKey(key));
    this.#head = new PaneHead({
      back: () => page.openPane(null),
      fit: () => viewport.fit(!viewport.isFitting),
      take: () => (control.isOn ? control.release() : control.take()),
    });
    this.#foot = new PaneFoot(app, paneId, {
      press: (key) => control.pressKey(key),
      paste: () => control.pasteClipboard(),
    });
    this.#back = h("button.button.primary.term-back", {
      type: "button",
      hidden: true,
      text: "Back to now (End)",
      on: { click: () => this.#returnToNow() },
    });
    this.#view = h(
      "section.term-view",
      { "aria-label": this.#name },
      this.#head.element,
      h("div.term-stage", {}, viewport.element, this.#overlay, this.#back),
      this.#foot.element,
    );
    place.append(this.#view);
    viewport.element.addEventListener("keydown", (event) => this.#press(event));
    viewport.element.addEventListener("click", () => this.#click());
    viewport.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#stop = app.listen(
      [model, "screens", (event) => event.detail.has(paneId) && this.#screenCame()],
      [model, "change", () => this.#showPane()],
      [connection, "phase", () => this.#showPane()],
      [control, "change", () => this.#showControl()],
      [viewport, "change", () => this.#showView()],
      [document, "visibilitychange", () => this.#watch()],
    );
    this.#showView();
    this.#showPane();
    viewport.draw();
    this.#watch();
  }

  focus() {
    if (this.#control.isOn) this.#control.focus();
    else this.#viewport.element.focus({ preventScroll: true });
  }

  destroy() {
    this.#stop();
    this.#app.connection.setScreens([], RATE, WATCHER);
    this.#foot.destroy();
    this.#control.destroy();
    this.#viewport.destroy();
    this.#view.remove();
  }

  /** Watch the screen; a page that nobody sees watches nothing. */
  #watch() {
    const wanted = document.hidden ? [] : [this.#paneId];
    this.#app.connection.setScreens(wanted, RATE, WATCHER);
  }

  // ---- showing

  #screenCame() {
    this.#viewport.draw();
    if (this.#overlay.dataset.kind === "loading") this.#showPane();
  }

  #showPane() {
    const { model, connection } = this.#app;
    const pane = model.panes.get(this.#paneId);
    if (pane) {
      this.#name = nameOf(model, this.#paneId); // one that is closed is still called so
      this.#viewport.expect(pane.columns, pane.lines);
    }
    const session = model.sessions.get(pane?.session_id);
    this.#head.showPane(this.#name, pane, isRecorded(session, this.#paneId));
    const trouble = troubleOf(model, this.#paneId);
    setAttribute(this.#overlay, "hidden", trouble === null);
    setAttribute(this.#overlay, "data-kind", trouble?.kind);
    if (trouble !== null) setText(this.#overlay, trouble.text);
    setAttribute(this.#view, "data-stale", connection.phase !== "live");
    this.#showControl();
  }

  #showControl() {
    const { isOn, state } = this.#control;
    setAttribute(this.#view, "data-control", state);
    setAttribute(this.#viewport.element, "data-takes-keys", isOn);
    this.#viewport.followsCursor = isOn;
    this.#head.showControl(this.#control);
    this.#foot.show(this.#control, this.#viewport);
  }

  #showView() {
    const { terminal, isReading, isHeld, isFitting } = this.#viewport;
    applyPalette(this.#view, terminal.palette);
    setAttribute(this.#back, "hidden", !isReading);
    setAttribute(this.#view, "data-held", isHeld);
    this.#head.showFit(isFitting);
    this.#foot.show(this.#control, this.#viewport);
  }

  #returnToNow() {
    this.#viewport.follow();
    this.focus();
  }

  // ---- hands on it

  /** A key beside the field: the program's if it is controlled, else the view's. */
  #press(event) {
    if (event.target === this.#control.field) return;
    if (isCopying(event)) {
      if (!event.shiftKey) return;
      event.preventDefault(); // terminals copy with Shift, too; browsers have something else there
      document.execCommand("copy");
    } else if (this.#control.isOn) {
      if (MODIFIER.test(event.key)) return;
      this.#control.focus();
      this.#control.press(event);
    } else if (event.key === "End" && this.#viewport.isReading) {
      event.preventDefault();
      this.#viewport.follow();
    }
  }

  #click() {
    if (document.getSelection()?.isCollapsed !== false) this.#control.focus();
  }

  #wheel(event) {
    const isAlternate = this.#app.model.screens.get(this.#paneId)?.alternate === true;
    if (!this.#control.isOn || !isAlternate || event.ctrlKey) return;
    event.preventDefault();
    this.#turn(event);
  }
}

/** Whether the browser shall copy what is selected. */
function isCopying(event) {
  const isSelected = document.getSelection()?.isCollapsed === false;
  return isSelected && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c";
}
