/**
 * How the page stands with the daemon, told in a banner and to screen readers; and what
 * fills the page when there is no token, or one that is not accepted.
 */

import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./marks.js";

/** A daemon that only starts anew is back before anybody has to read about it. */
const PATIENCE_MS = 1_200;
const FAREWELL_MS = 4_000;

/**
 * @param {import("./app.js").App} app
 * @param {{hasToken: boolean}} options
 */
export function showStatus(app, { hasToken }) {
  const { connection } = app;
  const text = h("span.banner-text");
  const button = h("button.button.small", {
    type: "button",
    text: "Try now",
    on: { click: () => connection.retryNow() },
  });
  // The place of news is always there, so that a screen reader notices what comes into it.
  const banner = h("div.banner", { hidden: true }, text, button);
  document.getElementById("banner").append(banner);
  let wasLive = false;
  let isTold = false;
  let patience = 0;
  let farewell = 0;

  function show() {
    const { phase } = connection;
    document.documentElement.dataset.phase = phase;
    gate(app, hasToken);
    if (phase === "waiting" || phase === "connecting") {
      // From the first break on, however often it was tried since.
      if (!isTold && patience === 0) patience = setTimeout(tellBroken, PATIENCE_MS);
      return;
    }
    clearTimeout(patience);
    patience = 0;
    delete document.documentElement.dataset.stale;
    if (phase === "live" && isTold) {
      tell("ok", "Connected again: all here is up to date");
      farewell = setTimeout(hide, FAREWELL_MS);
    } else hide();
    isTold = false;
    wasLive ||= phase === "live";
  }

  function tellBroken() {
    isTold = true;
    patience = 0;
    if (wasLive) document.documentElement.dataset.stale = "yes";
    tell(
      "warn",
      wasLive
        ? "The daemon is not answering. What you see is what was known last; this page reconnects by itself."
        : "No daemon answers here yet. This page keeps trying by itself.",
    );
  }

  function tell(tone, words) {
    clearTimeout(farewell);
    banner.dataset.tone = tone;
    setText(text, words);
    setAttribute(button, "hidden", tone === "ok");
    setAttribute(banner, "hidden", false);
  }

  function hide() {
    setAttribute(banner, "hidden", true);
  }

  connection.addEventListener("phase", show);
  show();
}

/** Cover the page with what to do, as long as there is nothing that could be shown. */
function gate(app, hasToken) {
  const { phase, refusal } = app.connection;
  const isClosed = phase === "refused" || (phase === "idle" && !hasToken);
  document.getElementById("gate")?.remove();
  for (const id of ["columns", "tabs"]) setAttribute(document.getElementById(id), "hidden", isClosed);
  if (!isClosed) return;
  const words = phase === "idle" ? tokenless() : refused(refusal);
  document.getElementById("columns").before(
    h("main.gate", { id: "gate" }, h("div.gate-card", { role: "alert" }, ...words)),
  );
}

function tokenless() {
  return [
    icon("screens"),
    h("h2", { text: "Open this page from the terminal" }),
    h("p", { text: "Whoever looks at the fleet needs a link with a token in it. This address has none." }),
    h("pre.command", { text: "fugue monitor --open" }),
    h("p.muted", {
      text: "makes a token and opens the page with it. Without --open it prints the link; with --observer it makes one for looking only.",
    }),
  ];
}

const HEADINGS = {
  expired: "This link has expired",
  revoked: "This link was revoked",
};

function refused(refusal) {
  return [
    icon("close"),
    h("h2", { text: HEADINGS[refusal?.data?.reason] ?? "This link does not open the fleet" }),
    h("p", { text: `The daemon says: ${refusal?.message ?? "the token is not accepted"}.` }),
    h("p", { text: "Make a new link in a terminal:" }),
    h("pre.command", { text: "fugue monitor --open" }),
  ];
}
