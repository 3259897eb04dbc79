/**
 * The page's beginning: makes the model, the connection and the parts, and connects them.
 */

import { App } from "./app.js";
import { Connection } from "./connection.js";
import { h, setAttribute } from "./dom.js";
import { Model } from "./model.js";
import * as screens from "./screens.js";
import { PageState } from "./state.js";
import { forgetToken, takeToken, tokenIn } from "./token.js";

/** @type {Record<string, import("./app.js").View>} */
const VIEWS = { screens };

function begin() {
  const token = takeToken(); // before anything can look at the address
  const model = new Model();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const connection = new Connection({ url: `${scheme}://${location.host}/ws`, model });
  const page = new PageState();
  const announcer = document.getElementById("announcer");
  const app = new App({ model, connection, page, announcer });

  showViews(app);
  addEventListener("hashchange", () => {
    if (tokenIn(location.hash) !== null) connection.start(takeToken());
  });
  connection.addEventListener("phase", () => {
    if (connection.phase === "refused") forgetToken();
  });
  if (token !== null) connection.start(token);
}

/**
 * Mount a view when it is first shown, and keep it: it looks as it was left.
 * @param {App} app
 */
function showViews(app) {
  const main = document.getElementById("main");
  const mounted = new Map();

  function show() {
    const view = VIEWS[app.page.view] ?? VIEWS.screens;
    if (!mounted.has(view)) {
      const host = h(`section.view`, { "aria-label": view.title });
      main.append(host);
      mounted.set(view, { host, part: view.mount(host, app) });
    }
    for (const [each, { host }] of mounted) setAttribute(host, "hidden", each !== view);
  }

  app.page.addEventListener("change", show);
  show();
}

begin();
