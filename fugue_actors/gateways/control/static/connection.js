/**
 * The one WebSocket to the daemon: greets, subscribes, keeps at it.
 *
 * When the connection breaks, it tries again by itself, soon and then less often, and
 * resumes where it was (`since` and `generation`); what the model holds stays meanwhile.
 * Only a refused token ends the trying: then a person has to do something.
 *
 * Listeners: `phase`, after `phase`, `refusal` or `retryAt` changed.
 *
 * Phases:
 * - `idle`: not started, or no token;
 * - `connecting`: on the way, for the first time or again;
 * - `live`: greeted and subscribed;
 * - `waiting`: broken, next try at `retryAt` (milliseconds, as `Date.now()`);
 * - `refused`: the token is not accepted; `refusal` says why.
 *
 * @typedef {import("./model.js").Model} Model
 * @typedef {"idle" | "connecting" | "live" | "waiting" | "refused"} Phase
 * @typedef {{version: string, pid: number, generation: number, name: string,
 *   role: "observer" | "operator" | "agent", expires_at?: string, token?: string,
 *   scope?: {sessions: string[], tags: string[]} | null, session?: object}} Welcome
 */

import { keepToken } from "./token.js";

const KINDS = ["tree", "states", "messages", "actors", "resources", "screens"];
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 8_000;
const LONGEST_GREETING_MS = 10_000;
const SETTLE_MS = 40;
const NOT_ALLOWED = 4401;
const RATE = 30;

/** A request that was refused, or that got no answer (`code` is "Disconnected"). */
export class RequestError extends Error {
  /** @param {{code: string, message: string, hint?: string, data?: object}} error */
  constructor({ code, message, hint, data }) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}

export class Connection extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #nextId = 1;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #pending = new Map();
  /** @type {Map<string, {ids: "all" | string[], rate: number}>} */
  #watchers = new Map();
  #sent = "";
  #failures = 0;
  #retryTimer = 0;
  #greetingTimer = 0;
  #settleTimer = 0;
  #token = "";

  /** @param {{url: string, model: Model}} options */
  constructor({ url, model }) {
    super();
    this.url = url;
    this.model = model;
    /** @type {Phase} */
    this.phase = "idle";
    /** @type {Welcome | null} What the daemon said when it was greeted last. */
    this.welcome = null;
    /** @type {RequestError | null} */
    this.refusal = null;
    this.retryAt = 0;
    /** How often a connection broke that had been live. */
    this.breaks = 0;
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.retryNow();
    });
  }

  /** Whether this connection may change things, as far as the page can know. */
  get mayAct() {
    return this.welcome?.role === "operator" || this.welcome?.role === "agent";
  }

  /** @param {string} token */
  start(token) {
    // What this token shows may be more than what the one before did: begin anew.
    if (token !== this.#token) this.model.generation = null;
    this.#token = token;
    this.#failures = 0;
    this.#open();
  }

  /** Try at once instead of at `retryAt`. */
  retryNow() {
    if (this.phase === "waiting") this.#open();
  }

  /** Take the connection for broken although nobody said so: nothing comes over it. */
  breakOff() {
    if (this.#socket !== null) this.#closed({ code: 1006, reason: "" });
  }

  /**
   * Ask the daemon for something.
   * @param {string} name of the operation
   * @param {object} args
   * @returns {Promise<any>} its result; rejected with a `RequestError`
   */
  request(name, args = {}) {
    if (this.phase !== "live") return Promise.reject(disconnected());
    return this.#ask(name, args);
  }

  /**
   * Watch screens; what several watchers ask for is put together.
   * @param {"all" | string[]} ids of panes
   * @param {number} rate frames a second, 1 to 30
   * @param {string} watcher whose wish this is; it replaces their last one
   */
  setScreens(ids, rate = RATE, watcher = "screens") {
    if (ids.length === 0) this.#watchers.delete(watcher);
    else this.#watchers.set(watcher, { ids, rate });
    if (this.#settleTimer !== 0) return;
    // Scrolling changes the wish many times a second; the daemon hears the outcome.
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = 0;
      this.#resubscribe();
    }, SETTLE_MS);
  }

  #open() {
    clearTimeout(this.#retryTimer);
    this.#abandon();
    this.#become("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#greetingTimer = setTimeout(() => this.breakOff(), LONGEST_GREETING_MS);
    socket.addEventListener("open", () => this.#greet(socket));
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#receive(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#closed(event);
    });
  }

  /** @param {WebSocket} socket */
  async #greet(socket) {
    try {
      const welcome = await this.#ask("hello", { token: this.#token });
      // A link is good once: what the daemon gives for it is this tab's from now on.
      if (typeof welcome.token === "string") {
        this.#token = welcome.token;
        keepToken(welcome.token);
      }
      if (socket !== this.#socket) return;
      this.welcome = welcome;
      this.refusal = null;
      this.#sent = "";
      const wish = this.#wish();
      const place = resumable(this.model, welcome.generation);
      await this.#ask("subscribe", { ...wish, ...place });
      if (socket !== this.#socket) return;
      clearTimeout(this.#greetingTimer);
      this.#sent = JSON.stringify(wish);
      this.#failures = 0;
      this.#become("live");
      this.#resubscribe();
    } catch (error) {
      if (socket !== this.#socket) return;
      if (error.code !== "Disconnected") this.refusal = error;
      socket.close();
    }
  }

  #wish() {
    const wishes = [...this.#watchers.values()];
    const all = wishes.some(({ ids }) => ids === "all");
    const ids = [...new Set(wishes.flatMap(({ ids }) => ids))].sort();
    const rate = Math.max(0, ...wishes.map((wish) => wish.rate)) || RATE;
    return { kinds: KINDS, screens: all ? "all" : ids, rate };
  }

  async #resubscribe() {
    if (this.phase !== "live") return;
    const wish = this.#wish();
    const text = JSON.stringify(wish);
    if (text === this.#sent) return;
    this.#sent = text;
    if (wish.screens !== "all") {
      const watched = new Set(wish.screens);
      this.model.forgetScreens((paneId) => watched.has(paneId));
    }
    try {
      await this.#ask("subscribe", wish);
    } catch (error) {
      // A closed pane may have been among them; whoever watches it learns that by itself.
      if (error.code !== "Disconnected") console.warn("screens:", error.message);
    }
  }

  /**
   * @param {string} name
   * @param {object} args
   */
  #ask(name, args) {
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ id, request: name, args }));
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #receive(frame) {
    if (frame.id === undefined) {
      // A place belongs to the history that its snapshot was taken from.
      if (frame.snapshot) this.model.generation = this.welcome?.generation ?? null;
      this.model.apply(frame);
      return;
    }
    const waiting = this.#pending.get(frame.id);
    if (waiting === undefined) {
      // An error that answers no request says why the daemon is about to hang up.
      if (frame.error) this.refusal = new RequestError(frame.error);
      return;
    }
    this.#pending.delete(frame.id);
    if (frame.error) waiting.reject(new RequestError(frame.error));
    else waiting.resolve(frame.result);
  }

  /** @param {{code: number, reason: string}} event */
  #closed(event) {
    if (this.phase === "live") this.breaks += 1;
    this.#abandon();
    if (event.code === NOT_ALLOWED) {
      this.refusal ??= new RequestError({
        code: "NotAllowed",
        message: event.reason || "the token is not accepted",
      });
      this.#become("refused");
      return;
    }
    this.#failures += 1;
    const most = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 1.7 ** (this.#failures - 1));
    // Spread out, so that many pages do not come back in one instant.
    const delay = most * (0.75 + Math.random() / 4);
    this.retryAt = Date.now() + delay;
    this.#retryTimer = setTimeout(() => this.#open(), delay);
    this.#become("waiting");
  }

  /** Let go of the socket, if there is one, and of what waits for its answers. */
  #abandon() {
    clearTimeout(this.#greetingTimer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(disconnected());
  }

  /** @param {Phase} phase */
  #become(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event("phase"));
  }
}

/**
 * Where to go on from, if the daemon still lives the same life.
 * @param {Model} model
 * @param {number} generation
 */
function resumable(model, generation) {
  const isSame = model.loaded && model.generation === generation;
  return isSame ? { since: model.seq, generation } : {};
}

function disconnected() {
  return new RequestError({
    code: "Disconnected",
    message: "there is no connection to the daemon",
    hint: "the page reconnects by itself; try again then",
  });
}
