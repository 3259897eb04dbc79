/**
 * The page's beginning: makes the model, the connection and the parts, and connects them.
 */

import { startSession } from "./actions.js";
import { App } from "./app.js";
import { showBar } from "./bar.js";
import { Connection } from "./connection.js";
import { mountDetails } from "./details.js";
import { h, setAttribute } from "./dom.js";
import { firstPane, nextNeeding } from "./fleet.js";
import * as graph from "./graph.js";
import { LITERAL_CHORD, RELEASE_CHORD } from "./keys.js";
import { Model } from "./model.js";
import { keepPulse } from "./pulse.js";
import { samplesOf } from "./samples.js";
import * as screens from "./screens.js";
import { listenToKeys, showKeys } from "./shortcuts.js";
import { PageState, VIEWS } from "./state.js";
import { showStatus } from "./status.js";
import * as supervision from "./supervision.js";
import { applyTheme } from "./theme.js";
import * as messages from "./timeline.js";
import { startClock } from "./time.js";
import { forgetToken, takeToken, tokenIn } from "./token.js";
import { mountTree } from "./tree.js";

/** @typedef {import("./app.js").Mounted} Mounted */

/** @type {Record<string, import("./app.js").View>} */
const MODULES = { screens, messages, graph, supervision };

function begin() {
  applyTheme();
  const token = takeToken(); // before anything can look at the address
  const model = new Model();
  samplesOf(model); // from now on, so that charts have a past when somebody looks
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const connection = new Connection({ url: `${scheme}://${location.host}/ws`, model });
  const page = new PageState();
  const announcer = document.getElementById("announcer");
  const app = new App({ model, connection, page, announcer });

  const tree = mountTree(document.getElementById("fleet"), app);
  const details = mountDetails(document.getElementById("details"), app);
  const views = showColumns(app);
  const keys = shortcuts(app, { tree, details, views });
  const titles = Object.fromEntries(VIEWS.map((view) => [view, MODULES[view].title]));
  const bar = showBar(app, {
    titles,
    onNext: () => goToNeeding(app, 1),
    onStart: () => startSession(app),
    onKeys: () => showKeys(keys),
  });
  listenToKeys(keys);
  startClock();
  keepPulse(app, bar.showTrouble);
  showStatus(app, { hasToken: token !== null });

  addEventListener("hashchange", () => {
    if (tokenIn(location.hash) !== null) connection.start(takeToken());
  });
  connection.addEventListener("phase", () => {
    if (connection.phase === "refused") forgetToken();
  });
  if (token !== null) connection.start(token);
}

/**
 * Show the views in the middle, each mounted when it is first shown and then kept: it
 * looks as it was left. And on a narrow page, one column at a time.
 * @param {App} app
 * @returns {{focus: () => void}}
 */
function showColumns(app) {
  const main = document.getElementById("main");
  const mounted = new Map();

  function show() {
    document.documentElement.dataset.column = app.page.column;
    const view = MODULES[app.page.view];
    if (!mounted.has(view)) {
      const host = h("section.view", { "aria-label": view.title });
      main.append(host);
      mounted.set(view, { host, part: view.mount(host, app) });
    }
    for (const [each, { host }] of mounted) setAttribute(host, "hidden", each !== view);
  }

  app.page.addEventListener("change", show);
  show();
  return { focus: () => mounted.get(MODULES[app.page.view])?.part.focus?.() };
}

/**
 * @param {App} app
 * @param {{tree: ReturnType<typeof mountTree>, details: Mounted, views: {focus: () => void}}} parts
 * @returns {import("./shortcuts.js").Group[]}
 */
function shortcuts(app, { tree, details, views }) {
  const { page } = app;
  const group = (title, ...shortcuts) => ({ title, shortcuts: shortcuts.map(([label, keys, run]) => ({ label, keys: [keys].flat(), run })) });
  const groups = [
    group(
      "Anywhere",
      ["the next session that needs you", "n", () => goToNeeding(app, 1)],
      ["the one before", "N", () => goToNeeding(app, -1)],
      ...VIEWS.map((view, i) => [MODULES[view].title, String(i + 1), () => page.show(view)]),
      ["write a message", "c", () => app.compose(addressee(app))],
      ["start a session", "s", () => startSession(app)],
      ["these keys", "?", () => showKeys(groups)],
    ),
    group(
      "Getting around",
      ["filter the fleet", "/", () => goTo(page, "fleet", tree.find)],
      ["the fleet", "t", () => goTo(page, "fleet", tree.focus)],
      ["the middle", "m", () => goTo(page, "main", views.focus)],
      ["the selected session", "d", () => goTo(page, "details", details.focus)],
      ["close what is selected", "Escape", () => leave(page)],
    ),
    group(
      "In trees and lists",
      ["move", ["ArrowUp", "ArrowDown"]],
      ["close and open a group", ["ArrowLeft", "ArrowRight"]],
      ["select; once more shows its terminal", "Enter"],
      ["show the selected session's terminal", "o", () => openTerminal(app)],
    ),
    group(
      "In a terminal",
      ["earlier lines; with Shift under your control", "PageUp"],
      ["back to now", "End"],
      ["give back control", RELEASE_CHORD],
      ["paste, under your control", "Ctrl+V"],
      ["Ctrl+V for the program itself", LITERAL_CHORD],
    ),
  ];
  return groups;
}

/** Turn to a column, where only one fits, and put the focus into it. */
function goTo(page, column, focus) {
  page.turnTo(column);
  focus();
}

/** One step back: from a pane in full to all of them, from a session to none. */
function leave(page) {
  if (page.sessionId !== null) page.select(null);
  else if (page.paneId !== null) page.openPane(null);
}

/** Whom a message is most likely for: the selected session. */
function addressee({ model, page }) {
  const session = model.sessions.get(page.sessionId ?? "");
  return session === undefined ? undefined : { session: session.session_name };
}

function openTerminal({ model, page }) {
  const paneId = firstPane(model, page.sessionId);
  if (paneId !== null) page.openPane(paneId, page.sessionId);
}

/**
 * @param {App} app
 * @param {1 | -1} direction
 */
function goToNeeding(app, direction) {
  const next = nextNeeding(app.model, app.page.sessionId, direction);
  if (next === null) app.announce("Nobody needs you");
  else app.page.select(next, { column: "details" });
}

begin();
