/**
 * The bar at the top: the views, who needs you, who you are here, and switches.
 * On a phone the views stand at the bottom of the page, where thumbs are.
 */

import { h, setAttribute, setText } from "./dom.js";
import { attention } from "./condition.js";
import { icon, iconButton } from "./marks.js";
import { VIEWS } from "./state.js";
import { shownTheme, switchTheme } from "./theme.js";
import { clock } from "./time.js";

const PHASES = {
  idle: "not connected",
  connecting: "connecting",
  live: "live",
  waiting: "reconnecting",
  refused: "refused",
};

/**
 * @param {import("./app.js").App} app
 * @param {{titles: Record<string, string>, onNext: () => void, onStart: () => void,
 *   onKeys: () => void}} options
 * @returns {{showTrouble: (trouble: string[]) => void}} for why the daemon is degraded
 */
export function showBar(app, { titles, onNext, onStart, onKeys }) {
  const { page, connection, model } = app;
  /** @type {string[]} */
  let trouble = [];
  const tabs = document.getElementById("tabs");
  const fleet = tab("fleet", "Fleet", () => page.turnTo("fleet"));
  fleet.classList.add("phone-only");
  const buttons = new Map(VIEWS.map((view, i) => [view, tab(view, titles[view], () => page.show(view), i + 1)]));
  tabs.append(fleet, ...buttons.values());

  const needs = h("button.needs-you", { type: "button", title: "Go to the next one (n)", on: { click: onNext } });
  const start = h(
    "button.button.start",
    { type: "button", on: { click: onStart } },
    icon("plus"),
    h("span.wide-only", { text: "Start" }),
  );
  const phase = h("span.phase", {}, h("span.phase-dot", { "aria-hidden": "true" }), h("span.phase-word"));
  const role = h("span.role");
  const theme = iconButton("moon", "Switch between dark and light", () => {
    app.announce(`${switchTheme()} theme`);
    showTheme();
  });
  const help = iconButton("help", "Keys (?)", onKeys);
  help.classList.add("wide-only");
  document.getElementById("tools").append(needs, start, role, phase, theme, help);

  function showTheme() {
    theme.replaceChildren(icon(shownTheme() === "dark" ? "sun" : "moon"));
  }

  function showPlace() {
    const inMain = page.column === "main";
    const isPhone = matchMedia("(max-width: 760px)").matches;
    setAttribute(fleet, "aria-current", page.column !== "main" ? "page" : null);
    for (const [view, button] of buttons) {
      const isHere = view === page.view && (inMain || !isPhone);
      setAttribute(button, "aria-current", isHere ? "page" : null);
    }
  }

  function showConnection() {
    const { welcome } = connection;
    const isDegraded = connection.phase === "live" && trouble.length > 0;
    setText(phase.querySelector(".phase-word"), isDegraded ? "degraded" : PHASES[connection.phase]);
    phase.dataset.phase = isDegraded ? "degraded" : connection.phase;
    setAttribute(phase, "title", isDegraded ? `The daemon has trouble: ${trouble.join("; ")}` : null);
    setText(role, welcome ? `${welcome.role}${welcome.scope ? ", limited" : ""}` : "");
    setAttribute(role, "hidden", !welcome);
    setAttribute(role, "title", welcome ? standing(welcome) : null);
    setAttribute(start, "hidden", !welcome || connection.phase === "refused");
    // aria-disabled keeps the button reachable, and its title says why.
    setAttribute(start, "aria-disabled", app.whyNot ? "true" : null);
    setAttribute(start, "title", app.whyNot ?? "Start a session (s)");
  }

  function showTrouble(reasons) {
    if (reasons.length > 0 && trouble.length === 0) app.announce(`The daemon has trouble: ${reasons[0]}`);
    trouble = reasons;
    showConnection();
  }

  let told = 0;
  function showNeeds() {
    let count = 0;
    for (const id of model.sessions.keys()) count += attention(model.states.get(id)).length > 0;
    setAttribute(needs, "hidden", count === 0);
    setText(needs, count === 1 ? "1 needs you" : `${count} need you`);
    document.title = count > 0 ? `(${count}) fugue` : "fugue";
    if (count > told) app.announce(count === 1 ? "1 session needs you" : `${count} sessions need you`);
    told = count;
  }

  page.addEventListener("change", showPlace);
  connection.addEventListener("phase", showConnection);
  model.addEventListener("change", ({ detail }) => {
    if ("states" in detail || "sessions" in detail) showNeeds();
  });
  matchMedia("(max-width: 760px)").addEventListener("change", showPlace);
  showTheme();
  showPlace();
  showConnection();
  showNeeds();
  return { showTrouble };
}

/** Who somebody is here, what they may do, and until when. */
function standing({ name, role, scope, expires_at: until }) {
  const limits = scope ? [...(scope.sessions ?? []), ...(scope.tags ?? []).map((tag) => `tag ${tag}`)] : [];
  return [
    `You are ${name ?? "a guest"} here.`,
    role === "observer" ? "Observers look and change nothing." : "",
    limits.length > 0 ? `This link is for ${limits.join(", ")} only.` : "",
    until ? `It expires at ${clock(until)}.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function tab(name, title, onClick, number = 0) {
  return h(
    "button.tab",
    { type: "button", "data-view": name, title: number ? `${title} (${number})` : title, on: { click: onClick } },
    icon(name),
    h("span", { text: title }),
  );
}
