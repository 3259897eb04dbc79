/**
 * Messages as people read them: what one says, whom it is for, what became of it, which
 * belong together, who talks to whom. Pure.
 *
 * @typedef {import("./model.js").Document} Message an envelope with `recipients`
 * @typedef {{session?: string, type?: string, state?: string, text?: string,
 *   thread?: string}} Filter each one that is set has to fit
 */

/** The states a message can have for a recipient, in the order in which they come. */
export const LEDGER = Object.freeze([
  "queued", "offered", "consumed", "answered", "expired", "refused", "dead",
]);

/** What each of them means, for people who do not know the words. */
export const MEANINGS = Object.freeze({
  queued: "in the inbox, not taken yet",
  offered: "handed over, without proof that it arrived",
  consumed: "proven to have arrived",
  answered: "answered",
  expired: "not received in time",
  refused: "the recipient refused it",
  dead: "can never arrive",
});

/**
 * What a message says, in words.
 * @param {Message} message
 * @returns {string}
 */
export function words(message) {
  const payload = message.payload ?? {};
  if (payload.payload_cut) return `${size(payload.payload_bytes)} of ${message.type}`;
  switch (message.type) {
    case "status_update":
      return [String(payload.status).replaceAll("_", " "), payload.message].filter(Boolean).join(": ");
    case "task_assignment":
      return String(payload.description ?? "");
    case "task_complete":
      return `${payload.success === false ? "failed: " : ""}${payload.summary ?? ""}`;
    case "help_request":
      return String(payload.context ?? "");
    case "broadcast":
      return String(payload.message ?? "");
    case "sync_request":
      return "asks for your status";
    case "delivery_failed":
      return message.from.attested === "daemon" ? failure(payload) : free(payload);
    default:
      return free(payload);
  }
}

/** What is of a type that anybody may have made up. */
function free(payload) {
  return typeof payload.text === "string" ? payload.text : compact(payload);
}

function failure(payload) {
  const names = (payload.recipients ?? []).map(({ session_name }) => session_name).join(", ");
  const reason = payload.reason ?? payload.recipients?.[0]?.reason ?? "";
  return [names ? `not received by ${names}` : "not received", reason].filter(Boolean).join(": ");
}

function compact(payload) {
  const text = JSON.stringify(payload);
  return text === "{}" ? "" : text;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/**
 * Whom a message was meant for, as its sender put it.
 * @param {any} target
 * @returns {string}
 */
export function targetWords(target) {
  if (target === null || typeof target !== "object") return String(target);
  const [[kind, value] = ["", ""]] = Object.entries(target);
  switch (kind) {
    case "orchestrator":
      return "orchestrator";
    case "session":
      return String(value);
    case "tag":
      return `tag ${value}`;
    case "broadcast":
      return value === "server" ? "everybody" : "the repository";
    case "worktree":
      return `worktree ${value}`;
    case "state":
      return `whoever is ${String(value).replaceAll("_", " ")}`;
    case "all":
    case "any":
      return (Array.isArray(value) ? value : []).map(targetWords).join(kind === "all" ? " and " : " or ");
    case "not":
      return `not ${targetWords(value)}`;
    default:
      return compact(target);
  }
}

/**
 * Whom a message was meant for, by name where its sender gave an id.
 * @param {Message} message
 */
export function aim(message) {
  const { target, recipients = [] } = message;
  const meant = recipients.find(({ session_id }) => session_id === target?.session);
  return meant ? meant.session_name : targetWords(target);
}

/**
 * How many recipients a message has in each state, in the ledger's order.
 * @param {Message} message
 * @returns {{state: string, count: number}[]}
 */
export function ledger(message) {
  // Of very many recipients only some are listed; the counts are of all of them.
  const counts = new Map(Object.entries(message.states ?? {}));
  if (counts.size === 0) {
    for (const { state } of message.recipients ?? []) {
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
  }
  const rank = ({ state }) => (LEDGER.indexOf(state) + LEDGER.length + 1) % (LEDGER.length + 1);
  return [...counts]
    .map(([state, count]) => ({ state, count }))
    .sort((one, other) => rank(one) - rank(other));
}

/**
 * How many recipients a message has.
 * @param {Message} message
 */
export function reach(message) {
  return (message.recipients?.length ?? 0) + (message.recipients_cut ?? 0);
}

/**
 * The message that began a conversation; its own id if it began one, or none yet.
 * @param {Message} message
 */
export function threadOf(message) {
  return message.thread ?? message.in_reply_to ?? message.id;
}

/**
 * The messages that fit, oldest first.
 * @param {Iterable<Message>} messages
 * @param {Filter} filter
 * @returns {Message[]}
 */
export function filtered(messages, filter) {
  const wanted = (filter.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return [...messages]
    .filter((message) => fits(message, filter, wanted))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function fits(message, { session, type, state, thread }, wanted) {
  if (type && message.type !== type) return false;
  if (thread && threadOf(message) !== thread) return false;
  if (session && !concerns(message, session)) return false;
  if (state && !message.recipients?.some((one) => one.state === state)) return false;
  if (wanted.length === 0) return true;
  const text = [
    message.from.session_name,
    message.type,
    aim(message),
    words(message),
    compact(message.payload ?? {}),
    ...(message.recipients ?? []).map(({ session_name }) => session_name),
  ]
    .join("\n")
    .toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** Whether a session sent or was sent a message. */
export function concerns(message, sessionId) {
  return (
    message.from.session_id === sessionId ||
    (message.recipients ?? []).some(({ session_id }) => session_id === sessionId)
  );
}

/**
 * Conversations one after another, the liveliest last, answers below what they answer.
 * @param {Message[]} messages oldest first
 * @returns {{message: Message, depth: number, isFirst: boolean}[]}
 */
export function threaded(messages) {
  const threads = new Map();
  for (const message of messages) {
    const name = threadOf(message);
    if (!threads.has(name)) threads.set(name, []);
    threads.get(name).push(message);
  }
  const last = (thread) => thread.at(-1).id;
  return [...threads.values()]
    .sort((one, other) => (last(one) < last(other) ? -1 : 1))
    .flatMap((thread) => {
      const depths = new Map();
      return thread.map((message, index) => {
        const above = depths.get(message.in_reply_to);
        const depth = above === undefined ? Math.min(index, 1) : above + 1;
        depths.set(message.id, depth);
        return { message, depth: Math.min(depth, 4), isFirst: index === 0 };
      });
    });
}

/**
 * Who talks to whom: one edge for each pair and direction.
 * @param {Iterable<Message>} messages
 * @returns {{from: string, fromName: string, to: string, toName: string, count: number,
 *   waiting: number, failed: number, last: string}[]} the busiest first
 */
export function edges(messages) {
  const found = new Map();
  for (const message of messages) {
    const { session_id: from, session_name: fromName } = message.from;
    for (const { session_id: to, session_name: toName, state } of message.recipients ?? []) {
      const name = `${from} ${to}`;
      let edge = found.get(name);
      if (edge === undefined) {
        edge = { from, fromName, to, toName, count: 0, waiting: 0, failed: 0, last: "" };
        found.set(name, edge);
      }
      edge.count += 1;
      if (state === "queued" || state === "offered") edge.waiting += 1;
      if (isFailed(state)) edge.failed += 1;
      if (message.sent_at > edge.last) edge.last = message.sent_at;
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count);
}

/** @param {string} state */
export function isFailed(state) {
  return state === "expired" || state === "refused" || state === "dead";
}

/**
 * The sessions that a target means at the moment, as far as this page can tell.
 * @param {import("./model.js").Model} model
 * @param {Record<string, any>} target
 * @returns {string[]} their names
 */
export function audience(model, target) {
  const [[kind, value] = []] = Object.entries(target);
  const means = {
    session: (one) => value === one.session_name || value === one.session_id,
    tag: (one) => one.tags.includes(value),
    worktree: (one) => one.worktree === value,
    broadcast: () => value === "server",
    orchestrator: (one) => one.tags.includes("orchestrator"),
    state: (one) => model.states.get(one.session_id)?.status?.status === value,
  }[kind];
  if (means === undefined) return [];
  return [...model.sessions.values()].filter(means).map((one) => one.session_name).sort();
}
