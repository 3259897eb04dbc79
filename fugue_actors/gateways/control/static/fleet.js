/**
 * The fleet as people think of it: repositories, their worktrees, the sessions in them,
 * and which of them need somebody. Pure; reads a model, changes nothing.
 *
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Document} Document
 *
 * @typedef {object} Row one line of the tree
 * @property {string} id unique among rows
 * @property {"repository" | "worktree" | "session" | "pane"} kind
 * @property {number} level from 1
 * @property {string} label
 * @property {string} [path] of a repository or worktree
 * @property {boolean} [isOpen] of a row that has others below it
 * @property {string | null} parent the id of the row above it in the tree
 * @property {number} place among its siblings, from 1
 * @property {number} siblings how many those are, itself included
 * @property {string} [sessionId]
 * @property {string} [paneId]
 * @property {{sessions: number, needing: number}} [counts] of what is below
 */

import { attention } from "./condition.js";

const NAMES = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * The panes of every session, in one pass.
 * @param {Model} model
 * @returns {Map<string, Document[]>}
 */
export function panesBySession(model) {
  const found = new Map();
  for (const pane of model.panes.values()) {
    const others = found.get(pane.session_id);
    if (others) others.push(pane);
    else found.set(pane.session_id, [pane]);
  }
  return found;
}

/**
 * The pane of a session that a person means who names only the session.
 * @param {Model} model
 * @param {string | null} sessionId
 * @returns {string | null}
 */
export function firstPane(model, sessionId) {
  const focused = model.layouts.get(sessionId ?? "")?.pane_id;
  return focused ?? panesBySession(model).get(sessionId ?? "")?.[0]?.pane_id ?? null;
}

/**
 * The last part of a path, or all of it if it has none.
 * @param {string} path
 */
export function basename(path) {
  return path.replace(/\/+$/, "").split("/").pop() || path;
}

/**
 * The tree's visible rows, from top to bottom.
 * @param {Model} model
 * @param {{closed?: Set<string>, wanted?: string}} [options] `closed` has the ids of
 *   rows that hide what is below them; `wanted` is text that sessions have to match
 * @returns {Row[]}
 */
export function rows(model, { closed = new Set(), wanted = "" } = {}) {
  const panes = panesBySession(model);
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const sessions = [...model.sessions.values()]
    .filter((session) => matches(session, model.states.get(session.session_id), words))
    .sort(bySessionName);

  /** @type {Row[]} */
  const found = [];
  const repositories = grouped(sessions, (session) => session.repository);
  const labels = shortest([...repositories.keys()].filter((path) => path !== null));
  const order = [...repositories.keys()].sort((one, other) => byPath(labels, one, other));
  order.forEach((path, index) => {
    const inside = repositories.get(path);
    const id = `repository:${path ?? ""}`;
    const isOpen = words.length > 0 || !closed.has(id);
    found.push({
      id,
      kind: "repository",
      level: 1,
      label: path === null ? "No repository" : labels.get(path),
      path: path ?? "",
      isOpen,
      parent: null,
      place: index + 1,
      siblings: order.length,
      counts: counted(model, inside),
    });
    if (isOpen) found.push(...worktreeRows(path, inside, id));
  });
  return found;

  function worktreeRows(repository, inside, parent) {
    const worktrees = grouped(inside, (session) => session.worktree);
    const isPlain = worktrees.size === 1 && worktrees.has(repository);
    if (isPlain || repository === null) return sessionRows(inside, parent, 2);
    const paths = [...worktrees.keys()].sort((one, other) => {
      if (one === repository) return -1;
      if (other === repository) return 1;
      return NAMES.compare(one ?? "", other ?? "");
    });
    return paths.flatMap((path, index) => {
      const id = `worktree:${repository}:${path ?? ""}`;
      const isOpen = words.length > 0 || !closed.has(id);
      const row = {
        id,
        kind: "worktree",
        level: 2,
        label: path === null ? "outside of a worktree" : worktreeLabel(path, repository),
        path: path ?? "",
        isOpen,
        parent,
        place: index + 1,
        siblings: paths.length,
        counts: counted(model, worktrees.get(path)),
      };
      return isOpen ? [row, ...sessionRows(worktrees.get(path), id, 3)] : [row];
    });
  }

  function sessionRows(inside, parent, level) {
    return inside.flatMap((session, index) => {
      const sessionId = session.session_id;
      const id = `session:${sessionId}`;
      const own = panes.get(sessionId) ?? [];
      const isOpen = own.length > 1 ? !closed.has(id) : undefined;
      const row = {
        id,
        kind: "session",
        level,
        label: session.session_name,
        sessionId,
        isOpen,
        parent,
        place: index + 1,
        siblings: inside.length,
      };
      if (!isOpen) return [row];
      const below = own.map((pane, number) => ({
        id: `pane:${pane.pane_id}`,
        kind: "pane",
        level: level + 1,
        label: pane.name ?? pane.command,
        sessionId,
        paneId: pane.pane_id,
        parent: id,
        place: number + 1,
        siblings: own.length,
      }));
      return [row, ...below];
    });
  }
}

/**
 * The next session that needs somebody, going round.
 * @param {Model} model
 * @param {string | null} sessionId where to go on from
 * @param {1 | -1} direction
 * @returns {string | null}
 */
export function nextNeeding(model, sessionId, direction = 1) {
  const all = rows(model)
    .filter((row) => row.kind === "session")
    .map((row) => row.sessionId);
  const from = all.indexOf(sessionId);
  const start = from === -1 && direction === -1 ? all.length : from;
  for (let step = 1; step <= all.length; step += 1) {
    const id = all[(start + direction * step + all.length * 2) % all.length];
    if (attention(model.states.get(id)).length > 0) return id;
  }
  return null;
}

function matches(session, state, words) {
  if (words.length === 0) return true;
  const text = [
    session.session_name,
    ...session.tags,
    session.cwd,
    state?.status?.status ?? "",
    state?.status?.message ?? "",
    ...attention(state).map(({ reason, label }) => `${reason} ${label}`),
  ]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function counted(model, sessions) {
  const needing = sessions.filter(
    (session) => attention(model.states.get(session.session_id)).length > 0,
  );
  return { sessions: sessions.length, needing: needing.length };
}

function grouped(sessions, key) {
  const found = new Map();
  for (const session of sessions) {
    const name = key(session) ?? null;
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(session);
  }
  return found;
}

function bySessionName(one, other) {
  return (
    NAMES.compare(one.session_name, other.session_name) ||
    NAMES.compare(one.session_id, other.session_id)
  );
}

/** Repositories by name; what is in none comes last. */
function byPath(labels, one, other) {
  if (one === null || other === null) return one === null ? 1 : -1;
  return NAMES.compare(labels.get(one), labels.get(other)) || NAMES.compare(one, other);
}

/** Each path's last part, with as many before it as tell it apart from the others. */
function shortest(paths) {
  const labels = new Map();
  for (const path of paths) {
    const parts = path.split("/").filter(Boolean);
    let size = 1;
    const tail = () => parts.slice(-size).join("/");
    const isShared = () =>
      paths.some((other) => other !== path && other.endsWith(`/${tail()}`));
    while (size < parts.length && isShared()) size += 1;
    labels.set(path, tail() || path);
  }
  return labels;
}

function worktreeLabel(path, repository) {
  if (path === repository) return "main worktree";
  const prefix = `${repository}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : basename(path);
}
