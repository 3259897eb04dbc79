/**
 * The page's beginning: makes the model, the connection and the parts, and connects them.
 */

import { App } from "./app.js";
import { showBar } from "./bar.js";
import { Connection } from "./connection.js";
import { h, setAttribute } from "./dom.js";
import { nextNeeding } from "./fleet.js";
import * as graph from "./graph.js";
import { listenToKeys, showKeys } from "./shortcuts.js";
import { Model } from "./model.js";
import * as screens from "./screens.js";
import { PageState, VIEWS } from "./state.js";
import { showStatus } from "./status.js";
import * as supervision from "./supervision.js";
import { applyTheme } from "./theme.js";
import * as messages from "./timeline.js";
import { startClock } from "./time.js";
import { forgetToken, takeToken, tokenIn } from "./token.js";
import { mountTree } from "./tree.js";

/** @type {Record<string, import("./app.js").View>} */
const MODULES = { screens, messages, graph, supervision };

function begin() {
  applyTheme();
  const token = takeToken(); // before anything can look at the address
  const model = new Model();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const connection = new Connection({ url: `${scheme}://${location.host}/ws`, model });
  const page = new PageState();
  const announcer = document.getElementById("announcer");
  const app = new App({ model, connection, page, announcer });

  const tree = mountTree(document.getElementById("fleet"), app);
  showColumns(app);
  const keys = shortcuts(app, { tree });
  const titles = Object.fromEntries(VIEWS.map((view) => [view, MODULES[view]?.title ?? view]));
  showBar(app, {
    titles,
    onNext: () => goToNeeding(app, 1),
    onStart: () => {},
    onKeys: () => showKeys(keys),
  });
  listenToKeys(keys);
  startClock();
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
 */
function showColumns(app) {
  const main = document.getElementById("main");
  const mounted = new Map();

  function show() {
    document.documentElement.dataset.column = app.page.column;
    const view = MODULES[app.page.view] ?? MODULES.screens;
    if (!mounted.has(view)) {
      const host = h("section.view", { "aria-label": view.title });
      main.append(host);
      mounted.set(view, { host, part: view.mount(host, app) });
    }
    for (const [each, { host }] of mounted) setAttribute(host, "hidden", each !== view);
  }

  app.page.addEventListener("change", show);
  show();
}

/**
 * @param {App} app
 * @param {{tree: ReturnType<typeof mountTree>}} parts
 * @returns {import("./shortcuts.js").Group[]}
 */
function shortcuts(app, { tree }) {
  const { page } = app;
  return [
    {
      title: "Anywhere",
      shortcuts: [
        { keys: ["n"], label: "next session that needs you", run: () => goToNeeding(app, 1) },
        { keys: ["N"], label: "the one before", run: () => goToNeeding(app, -1) },
        ...VIEWS.map((view, i) => ({
          keys: [String(i + 1)],
          label: MODULES[view]?.title ?? view,
          run: () => page.show(view),
        })),
      ],
    },
    {
      title: "Fleet",
      shortcuts: [
        { keys: ["/"], label: "filter", run: () => tree.find() },
        { keys: ["t"], label: "go to the tree", run: () => tree.focus() },
        { keys: ["ArrowUp", "ArrowDown"], label: "move" },
        { keys: ["ArrowLeft", "ArrowRight"], label: "close and open a group" },
        { keys: ["Enter"], label: "select; once more shows its terminal" },
      ],
    },
  ];
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
