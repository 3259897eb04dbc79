/**
 * How sessions and panes are, in a word, and what they need from people. Pure.
 *
 * @typedef {import("./model.js").Document} Document
 *
 * @typedef {"working" | "running" | "idle" | "waiting" | "blocked" | "bad" | "done" |
 *   "ended" | "moving" | "guest"} Tone
 * @typedef {{word: string, tone: Tone, message: string, since: string | null}} Condition
 */

// Without a prototype: what is looked up here comes from agents.
const STATUS_TONES = {
  __proto__: null,
  idle: "idle",
  working: "working",
  waiting_for_input: "waiting",
  blocked: "blocked",
  complete: "done",
  error: "bad",
};

const PROBLEMS = {
  __proto__: null,
  waiting_for_input: "waits for input",
  blocked: "is blocked",
  error: "reports an error",
  help: "asks for help",
  failed: "failed",
  lost: "is lost",
  trouble: "has trouble",
};

/**
 * How a session is, in a word: how its programs are, where that is the news, else what
 * the agent says of itself.
 * @param {Document} session
 * @param {Document | undefined} state
 * @param {Document[]} panes of the session
 * @returns {Condition}
 */
export function condition(session, state, panes) {
  const reported = state?.status ?? null;
  const message = reported?.message ?? "";
  const since = reported?.since ?? null;
  const lost = panes.find((pane) => pane.state === "lost");
  if (lost) return { word: "lost", tone: "bad", message: lost.trouble ?? message, since };
  if (panes.some((pane) => pane.state === "restarting")) {
    return { word: "restarting", tone: "moving", message, since };
  }
  if (panes.length > 0 && panes.every((pane) => pane.state === "exited")) {
    const failed = panes.find((pane) => isFailure(pane.exit));
    if (failed) return { word: ending(failed.exit), tone: "bad", message, since };
    return { word: "ended", tone: "ended", message, since };
  }
  if (panes.length > 0 && panes.every((pane) => pane.state === "starting")) {
    return { word: "starting", tone: "moving", message, since };
  }
  if (reported) {
    const tone = STATUS_TONES[reported.status] ?? "running";
    return { word: reported.status.replaceAll("_", " "), tone, message, since };
  }
  if (session.kind === "guest") return { word: "guest", tone: "guest", message, since };
  return { word: panes.length > 0 ? "running" : "no panes", tone: "running", message, since };
}

/**
 * How a single pane's program is.
 * @param {Document} pane
 * @returns {Condition}
 */
export function paneCondition(pane) {
  const message = pane.trouble ?? "";
  const plain = { message, since: null };
  switch (pane.state) {
    case "running":
      return { word: "running", tone: "running", ...plain };
    case "exited":
      if (isFailure(pane.exit)) return { word: ending(pane.exit), tone: "bad", ...plain };
      return { word: "ended", tone: "ended", ...plain };
    case "lost":
      return { word: pane.orphaned ? "orphaned" : "lost", tone: "bad", ...plain };
    default:
      return { word: pane.state, tone: "moving", ...plain };
  }
}

/**
 * Whether what a pane shows is being recorded, by itself or with its session.
 * @param {Document | undefined} session an older daemon tells of no recordings
 * @param {string} paneId
 */
export function isRecorded(session, paneId) {
  return (session?.recordings ?? []).some(({ pane_id }) => pane_id === null || pane_id === paneId);
}

/** @param {{code: number | null, signal: string | null} | null} exit */
export function isFailure(exit) {
  return Boolean(exit) && (exit.signal !== null || exit.code !== 0);
}

/**
 * How a program ended, in a word or two.
 * @param {{code: number | null, signal: string | null} | null} exit
 */
export function ending(exit) {
  if (!exit) return "running";
  return exit.signal ?? `exit ${exit.code}`;
}

/**
 * What somebody should know about a session, the oldest first.
 * @param {Document | undefined} state
 * @returns {{reason: string, label: string, text: string, since: string | null}[]}
 */
export function attention(state) {
  return (state?.attention ?? []).map(({ reason, text, since }) => ({
    reason,
    label: PROBLEMS[reason] ?? reason.replaceAll("_", " "),
    text: text ?? "",
    since: since ?? null,
  }));
}
