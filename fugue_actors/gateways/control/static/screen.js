/**
 * One pane in full: its screen, the lines before it, and, for those who may, its keyboard.
 */

import { mountCharts } from "./charts.js";
import { h, setAttribute, setText } from "./dom.js";
import { hue, paneCondition } from "./fleet.js";
import { Control } from "./input.js";
import { RELEASE_CHORD } from "./keys.js";
import { icon, mark, showTone } from "./marks.js";
import { Metrics, monospace } from "./metrics.js";
import { applyPalette } from "./terminal.js";
import { nameOf, troubleOf } from "./trouble.js";
import { Viewport } from "./viewport.js";

/** Frames a second: as many as the daemon gives. */
const RATE = 30;
const WATCHER = "screen";
/** Rows that a notch of the mouse wheel is worth. */
const WHEEL_ROWS = 3;
const WHEEL_PX = 50;

/** For fingers, which have no such keys. */
const TOUCH_KEYS = [
  ["Esc", "Escape"],
  ["Tab", "Tab"],
  ["^C", "C-c"],
  ["↑", "Up"],
  ["↓", "Down"],
  ["←", "Left"],
  ["→", "Right"],
  ["⏎", "Enter"],
];

/**
 * Fill an element with a pane.
 * @param {HTMLElement} place
 * @param {import("./app.js").App} app
 * @param {string} paneId
 * @returns {import("./app.js").Mounted}
 */
export function mountScreen(place, app, paneId) {
  const { model, connection, page } = app;
  let name = nameOf(model, paneId);
  const viewport = new Viewport(app, paneId, new Metrics(monospace()), `Screen of ${name}`);
  const control = new Control(app, paneId, viewport);
  viewport.terminal.element.append(control.field);

  const title = h("h2.term-title.voice");
  const tone = mark();
  const word = h("span.term-word");
  const size = h("span.term-size");
  const fit = h("button.button", {
    type: "button",
    on: { click: () => viewport.fit(!viewport.isFitting) },
  });
  const take = h("button.button.term-take", {
    type: "button",
    on: {
      // Else a click would first take the keyboard away from the program.
      pointerdown: (event) => event.preventDefault(),
      click: () => (control.isOn ? control.release() : control.take()),
    },
  });
  const head = h(
    "header.term-head",
    {},
    h(
      "button.button",
      { type: "button", "aria-label": "All screens", on: { click: () => page.openPane(null) } },
      icon("back"),
      h("span.term-long", { text: "All screens" }),
    ),
    title,
    h("span.term-state", {}, tone, word),
    size,
    fit,
    take,
  );
  const overlay = h("div.term-overlay", { role: "status", hidden: true });
  const back = h("button.button.primary.term-back", {
    type: "button",
    hidden: true,
    text: "Back to now (End)",
    on: { click: () => returnToNow() },
  });
  const sign = h("p.term-sign");
  const keys = h(
    "div.term-keys",
    { role: "group", "aria-label": "Keys", hidden: true },
    ...TOUCH_KEYS.map(([text, key]) =>
      h("button.button", {
        type: "button",
        text,
        "aria-label": key.startsWith(text) ? null : key, // signs need a name to be said
        on: {
          pointerdown: (event) => event.preventDefault(),
          click: () => control.pressKey(key),
        },
      }),
    ),
  );
  const charts = h("div.term-charts");
  const foot = h("footer.term-foot", {}, sign, keys, charts);
  const stage = h("div.term-stage", {}, viewport.element, overlay, back);
  const view = h("section.term-view", { "aria-label": name }, head, stage, foot);
  place.append(view);
  const drawnCharts = mountCharts(charts, app, paneId);

  function returnToNow() {
    viewport.follow();
    if (control.isOn) control.focus();
    else viewport.element.focus({ preventScroll: true });
  }

  function showPane() {
    const pane = model.panes.get(paneId);
    if (pane) name = nameOf(model, paneId); // one that is closed is still called so
    setText(title, name);
    if (pane) title.style.setProperty("--hue", hue(pane.session_name));
    const how = pane ? paneCondition(pane) : { word: "closed", tone: "ended" };
    showTone(tone, how.tone);
    setText(word, how.word);
    setText(size, pane ? `${pane.columns}×${pane.lines}` : "");
    if (pane) viewport.expect(pane.columns, pane.lines);
    const trouble = troubleOf(model, paneId);
    setAttribute(overlay, "hidden", trouble === null);
    setAttribute(overlay, "data-kind", trouble?.kind);
    if (trouble !== null) setText(overlay, trouble.text);
    setAttribute(view, "data-stale", connection.phase !== "live");
    showControl();
  }

  function showControl() {
    setAttribute(view, "data-control", control.state);
    setAttribute(take, "aria-pressed", String(control.isOn));
    setAttribute(take, "disabled", !control.isOn && control.whyNot !== null);
    setText(take, control.isOn ? "Give control back" : "Take control");
    setAttribute(sign, "data-problem", control.isOn && control.problem !== "");
    setAttribute(keys, "hidden", !control.isOn);
    setAttribute(viewport.element, "data-takes-keys", control.isOn);
    viewport.followsCursor = control.isOn;
    setText(sign, signOf(control, viewport));
  }

  function showView() {
    applyPalette(view, viewport.terminal.palette);
    setAttribute(back, "hidden", !viewport.isReading);
    setAttribute(view, "data-held", viewport.isHeld);
    setText(fit, viewport.isFitting ? "1:1" : "Fit");
    setAttribute(fit, "title", viewport.isFitting ? "Show it in full size" : "Make it fit");
    setText(sign, signOf(control, viewport));
  }

  /** Keys that go to no program move the view; with control on, any key goes to the program. */
  function press(event) {
    if (event.target === control.field) return;
    if (control.isOn && !isCopying(event)) {
      if (event.key.length > 1 && /^(Shift|Control|Alt|AltGraph|Meta)$/.test(event.key)) return;
      control.focus();
      control.press(event);
    } else if (event.key === "End" && viewport.isReading) {
      event.preventDefault();
      viewport.follow();
    }
  }

  function click() {
    if (document.getSelection()?.isCollapsed !== false) control.focus();
  }

  let turned = 0;

  /** Programs with a screen of their own have no earlier lines: the wheel moves in them. */
  function turn(event) {
    if (!control.isOn || !model.screens.get(paneId)?.alternate || event.ctrlKey) return;
    event.preventDefault();
    turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_PX;
    for (; Math.abs(turned) >= WHEEL_PX; turned -= Math.sign(turned) * WHEEL_PX) {
      const key = turned < 0 ? "Up" : "Down";
      for (let row = 0; row < WHEEL_ROWS; row += 1) control.pressKey(key);
    }
  }

  /** A page that nobody sees watches nothing. */
  function watch() {
    connection.setScreens(document.hidden ? [] : [paneId], RATE, WATCHER);
  }

  viewport.element.addEventListener("keydown", press);
  viewport.element.addEventListener("wheel", turn, { passive: false });
  viewport.element.addEventListener("click", click);
  const stop = app.listen(
    [model, "screens", (event) => event.detail.has(paneId) && screenCame()],
    [model, "change", showPane],
    [connection, "phase", showPane],
    [control, "change", showControl],
    [viewport, "change", showView],
    [document, "visibilitychange", watch],
  );

  function screenCame() {
    viewport.draw();
    if (overlay.dataset.kind === "loading") showPane();
  }

  showView();
  showPane();
  viewport.draw();
  watch();
  return {
    focus: () => viewport.element.focus({ preventScroll: true }),
    destroy() {
      stop();
      connection.setScreens([], RATE, WATCHER);
      drawnCharts.destroy();
      control.destroy();
      viewport.destroy();
      view.remove();
    },
  };
}

/** Whether the browser shall copy what is selected. */
function isCopying(event) {
  const isSelected = document.getSelection()?.isCollapsed === false;
  return isSelected && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c";
}

/**
 * What stands below the screen: who types, and whether it shows the present.
 * @param {Control} control
 * @param {Viewport} viewport
 */
function signOf(control, viewport) {
  if (control.isOn && control.problem !== "") return control.problem;
  if (viewport.isReading) return "You are reading earlier lines: the screen is held still.";
  if (viewport.isHeld) return "The screen is held still while text is selected.";
  if (control.state === "on") {
    const way = matchMedia("(pointer: coarse)").matches ? "The button above" : RELEASE_CHORD;
    return `You control this pane: keys go to its program. ${way} gives control back.`;
  }
  if (control.state === "away") {
    return "You control this pane, but the keyboard is elsewhere: click the screen to go on.";
  }
  return control.whyNot ?? (control.problem || "You are watching. Keys are the page's own.");
}
