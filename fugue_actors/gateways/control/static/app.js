/**
 * What every part of the page gets handed: the one object with everything shared in it.
 *
 * A part that fills some place is *mounted*: `mountX(host, app, …)` fills the empty
 * element `host` and gives a `Mounted`. Whoever mounted it destroys it and empties the
 * host. Parts listen to `app.model`, `app.connection` and `app.page`, and take care that
 * `destroy` ends their listening (`app.listen` does).
 *
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./state.js").PageState} PageState
 * @typedef {{destroy: () => void, focus?: () => void}} Mounted
 * @typedef {{mount: (host: HTMLElement, app: App) => Mounted, title: string}} View
 */

export class App extends EventTarget {
  /** @param {{model: Model, connection: Connection, page: PageState, announcer: Element}} parts */
  constructor({ model, connection, page, announcer }) {
    super();
    this.model = model;
    this.connection = connection;
    this.page = page;
    this.announcer = announcer;
  }

  /** Why acting is not possible at the moment, or null if it is. */
  get whyNot() {
    const { phase, welcome } = this.connection;
    if (phase !== "live") return "There is no connection to the daemon at the moment";
    if (welcome.role === "observer") {
      return "You are an observer, who looks and changes nothing; fugue monitor gives a link for operators";
    }
    return null;
  }

  /**
   * Show what a session has sent and received.
   * @param {string} sessionId
   */
  showMessages(sessionId) {
    this.page.show("messages");
    this.dispatchEvent(new CustomEvent("showmessages", { detail: { sessionId } }));
  }

  /**
   * Begin a message.
   * @param {Record<string, any>} [target] whom it is for, as in a message's envelope
   */
  compose(target) {
    this.page.show("messages");
    this.dispatchEvent(new CustomEvent("compose", { detail: { target } }));
  }

  /**
   * Say something to people who do not see the page.
   * @param {string} text
   */
  announce(text) {
    // The same words twice are news twice.
    const isSame = this.announcer.textContent === text;
    this.announcer.textContent = isSame ? `${text}\u00a0` : text;
  }

  /**
   * Listen to several things until the answer is called.
   * @param {...[EventTarget, string, (event: any) => void]} wishes
   * @returns {() => void}
   */
  listen(...wishes) {
    const ending = new AbortController();
    for (const [target, type, listener] of wishes) {
      target.addEventListener(type, listener, { signal: ending.signal });
    }
    return () => ending.abort();
  }
}
