/**
 * The supervision tree's visible rows. Pure.
 *
 * @typedef {object} ActorRow
 * @property {import("./model.js").Document} actor
 * @property {number} level from 1
 * @property {string} label the last part of its path, or the name behind an id
 * @property {string} detail what else there is to say about its place
 * @property {string | null} sessionId if the row stands for a session
 * @property {boolean} [isOpen] of a row with others below it
 * @property {string | null} parent path
 * @property {number} place among its siblings, from 1
 * @property {number} siblings
 */

/**
 * @param {import("./model.js").Model} model
 * @param {{closed?: Set<string>, isOnlyNews?: boolean}} [options] `closed` has paths that
 *   hide what is below them; with `isOnlyNews` only actors that were restarted or have a
 *   backlog are left, and what is above them
 * @returns {ActorRow[]}
 */
export function actorRows(model, { closed = new Set(), isOnlyNews = false } = {}) {
  const wanted = isOnlyNews ? withNews(model) : null;
  const children = new Map();
  // The daemon tells actors in the order in which they start, parents first.
  for (const actor of model.actors.values()) {
    if (actor.path === "/" || (wanted && !wanted.has(actor.path))) continue;
    const parent = parentOf(actor.path);
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(actor);
  }
  /** @type {ActorRow[]} */
  const found = [];
  const root = model.actors.get("/");
  if (root && (!wanted || wanted.has("/"))) add(root, 1, null, 1, 1);
  return found;

  function add(actor, level, parent, place, siblings) {
    const below = children.get(actor.path) ?? [];
    const isOpen = below.length === 0 ? undefined : isOnlyNews || !closed.has(actor.path);
    found.push({ actor, level, parent, place, siblings, isOpen, ...named(model, actor.path) });
    if (!isOpen) return;
    below.forEach((each, index) => add(each, level + 1, actor.path, index + 1, below.length));
  }
}

/** @param {string} path */
export function parentOf(path) {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

/** Whether an actor came back, is not running, or has more waiting than a moment's worth. */
function isNews({ restarts = 0, status, mailbox, kind }) {
  const depth = kind === "actor" ? (mailbox?.depth ?? 0) : 0;
  return restarts > 0 || status === "restarting" || depth > 1;
}

function withNews(model) {
  const wanted = new Set();
  for (const actor of model.actors.values()) {
    if (!isNews(actor)) continue;
    for (let path = actor.path; !wanted.has(path); path = parentOf(path)) wanted.add(path);
  }
  return wanted;
}

function named(model, path) {
  const parts = path.split("/").slice(1);
  const last = parts.at(-1) || "root";
  const isBelowSessions = parts[0] === "sessions";
  if (isBelowSessions && parts.length === 2) {
    const session = model.sessions.get(last);
    return { label: session?.session_name ?? last, detail: "session", sessionId: session ? last : null };
  }
  if (isBelowSessions && parts.length === 4 && parts[2] === "panes") {
    const pane = model.panes.get(last);
    return { label: last, detail: pane?.name ?? pane?.command ?? "", sessionId: null };
  }
  return { label: last, detail: "", sessionId: null };
}
