/**
 * What is to be said of a pane's program, in words. Pure.
 */

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {{kind: "loading" | "done" | "exited" | "lost" | "restarting" | "closed", text: string}} Trouble
 */

/** How a pane is called. */
export function nameOf(model, paneId) {
  const pane = model.panes.get(paneId);
  if (pane === undefined) return paneId;
  return pane.name ? `${pane.session_name} · ${pane.name}` : pane.session_name;
}

/**
 * What keeps a pane's screen from being what its program shows now.
 * @param {Model} model
 * @param {string} paneId
 * @returns {Trouble | null}
 */
export function troubleOf(model, paneId) {
  const pane = model.panes.get(paneId);
  if (pane === undefined) {
    if (!model.loaded) return { kind: "loading", text: "Waiting for the daemon …" };
    return { kind: "closed", text: "This pane is closed." };
  }
  if (pane.state === "exited") {
    const why = pane.trouble ? ` ${pane.trouble}` : "";
    const kind = pane.exit?.code === 0 ? "done" : "exited";
    return { kind, text: `The program has ${endOf(pane.exit)}.${why}` };
  }
  if (pane.state === "lost") {
    const why = pane.orphaned
      ? "ended since no daemon came for it in time"
      : "was lost with what ran in it";
    return { kind: "lost", text: `The pane's terminal ${why}. What it showed last is gone.` };
  }
  if (pane.state === "restarting") {
    const before = pane.last_exit ?? pane.exit;
    const why = before ? ` It has ${endOf(before)}.` : "";
    return { kind: "restarting", text: `The program is started again.${why}` };
  }
  if (!model.screens.has(paneId)) return { kind: "loading", text: "Waiting for the screen …" };
  return null;
}

/** How a program ended, as the rest of "it has …". */
function endOf(exit) {
  if (exit?.signal) return `been ended by ${exit.signal}`;
  if (exit?.code === undefined || exit.code === null) return "ended";
  return exit.code === 0 ? "ended without an error" : `ended with status ${exit.code}`;
}
