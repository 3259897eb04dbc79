/**
 * What is to be said of a pane and what keeps it from working, in words. Pure.
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

/**
 * Why what was typed did not reach a program.
 * @param {{code: string, message: string, hint?: string, data?: Record<string, any>}} error
 */
export function refusalOf(error) {
  if (error.code === "HumanControl") {
    const { reason, operator } = error.data ?? {};
    if (reason === "control" && operator) {
      return `${operator} controls this pane; what you typed was not sent`;
    }
    const seconds = Number(error.data?.remaining ?? NaN);
    const rest = Number.isFinite(seconds) ? ` for another ${seconds.toFixed(1)} s` : "";
    return `Somebody else types here${rest}; what you typed was not sent`;
  }
  return error.hint ? `${error.message} (${error.hint})` : error.message;
}

/** How a program ended, as the rest of "it has …". */
function endOf(exit) {
  if (exit?.signal) return `been ended by ${exit.signal}`;
  if (exit?.code === undefined || exit.code === null) return "ended";
  return exit.code === 0 ? "ended without an error" : `ended with status ${exit.code}`;
}
