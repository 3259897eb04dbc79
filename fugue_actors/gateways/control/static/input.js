/**
 * A person's hands on one pane: keyboard, input methods and paste, while control is on.
 *
 * Control is off at first. Once taken, every key goes to the program, Escape and Tab included, but
 * for `RELEASE_CHORD`, which gives control back. It ends by itself with the connection and the
 * program, when somebody else takes over, and when nobody has been at the keyboard here for long.
 * One person has it at a time; whoever wants it from another is asked first.
 */

import { h } from "./dom.js";
import { meaningOf, RELEASE_CHORD } from "./keys.js";
import { confirmPaste } from "./pasting.js";
import { confirmTakeOver } from "./takeover.js";
import { refusalOf } from "./trouble.js";
import { Typing } from "./typing.js";

/** @typedef {import("./app.js").App} App */

const AWAY_MS = 60_000;
/** Most bytes of one paste; the daemon takes no more in one piece. */
const MOST_PASTE = 512 * 1024;
const IS_MAC = /^(Mac|iP)/.test(navigator.platform);
const TAKES_INPUT = new Set(["running", "starting"]);
/** Refusals of a key after which no other can be sent. */
const ENDING = new Set(["PaneExited", "PaneNotFound", "NotAllowed", "HumanControl"]);

/**
 * Listeners: `change`, after `state` or `problem` changed.
 *
 * States: `off`; `on`; `away`, which is on with the keyboard elsewhere on the page or beyond.
 */
export class Control extends EventTarget {
  #app;
  #paneId;
  #awayTimer = 0;
  /** Whom control was taken from, until the model knows that. */
  #overcome = "";
  #shownOther = "";
  #stop;
  #typing = new Typing(
    (batch) => this.#send(batch),
    (error) => this.#refused(error),
  );

  /**
   * @param {App} app
   * @param {string} paneId
   * @param {{scroll: (by: -1 | 1) => void, follow: () => void}} view to be moved
   */
  constructor(app, paneId, view) {
    super();
    this.#app = app;
    this.#paneId = paneId;
    this.view = view;
    /** @type {"off" | "on" | "away"} */
    this.state = "off";
    /** What went wrong last, in words; empty if nothing did. */
    this.problem = "";
    this.field = /** @type {HTMLTextAreaElement} */ (
      h("textarea.term-input", {
        "aria-label": `Keyboard of the pane. ${RELEASE_CHORD} gives control back`,
        autocapitalize: "off",
        autocomplete: "off",
        autocorrect: "off",
        spellcheck: "false",
        rows: "1",
        tabindex: "-1",
        disabled: true,
        on: {
          keydown: (event) => this.press(event),
          input: (event) => this.#input(event),
          compositionstart: () => this.field.classList.add("composing"),
          compositionend: () => this.#composed(),
          paste: (event) => this.#paste(event),
          focus: () => this.#came(),
          blur: () => this.#left(),
        },
      })
    );
    this.#stop = app.listen(
      [app.connection, "phase", () => this.#check()],
      [app.model, "change", () => this.#check()],
    );
  }

  get isOn() {
    return this.state !== "off";
  }

  /** Why control cannot be taken, or null if it can. */
  get whyNot() {
    const pane = this.#app.model.panes.get(this.#paneId);
    if (pane === undefined) return "This pane is closed";
    if (!TAKES_INPUT.has(pane.state)) return "No program runs in this pane";
    return this.#app.whyNot;
  }

  /** Who controls this pane over another connection than ours; null if nobody does. */
  get other() {
    const control = this.#app.model.panes.get(this.#paneId)?.control ?? null;
    const isOurs = control?.operator_id === this.#app.connection.welcome?.operator_id;
    return isOurs || control?.operator_id === this.#overcome ? null : control;
  }

  /** Let keys go to the program from now on; if somebody else has control, ask first. */
  async take() {
    if (this.isOn || this.whyNot !== null) return;
    const { other } = this;
    if (other === null) {
      this.#begin();
      this.#ask("take_control").catch((error) => this.#refused(error));
      return;
    }
    if (!(await confirmTakeOver(other.operator))) return;
    this.#overcome = other.operator_id;
    try {
      await this.#ask("take_control", { take_over: true });
    } catch (error) {
      this.#overcome = "";
      if (error.code !== "Disconnected") this.#complain(refusalOf(error));
      return;
    }
    if (!this.isOn && this.whyNot === null) this.#begin();
  }

  #begin() {
    this.field.disabled = false;
    this.#become("on", "");
    this.field.focus({ preventScroll: true });
    this.view.follow();
    this.#app.announce(`You control this pane. ${RELEASE_CHORD} gives control back`);
  }

  #ask(request, args = {}) {
    return this.#app.connection.request(request, { pane: this.#paneId, ...args });
  }

  /**
   * Keys are the page's own again.
   * @param {string} [why] if it was not the person who wanted that
   */
  release(why = "") {
    if (!this.isOn) return;
    clearTimeout(this.#awayTimer);
    this.#typing.forget();
    this.field.value = "";
    this.field.disabled = true;
    this.#become("off", why && `Control ended: ${why}`);
    // If that is refused nobody here has control any more, which is all that is wanted.
    this.#ask("release_control").catch(() => undefined);
    this.#app.announce(this.problem || "Control given back");
  }

  /** Put the keyboard back to the program, if it is controlled. */
  focus() {
    if (this.isOn) this.field.focus({ preventScroll: true });
  }

  destroy() {
    this.release();
    this.#stop();
  }

  /**
   * A key went down, in the field or beside it.
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (!this.isOn) return;
    const screen = this.#app.model.screens.get(this.#paneId) ?? {};
    const meaning = meaningOf(event, screen, IS_MAC);
    if (meaning.kind === "text" || meaning.kind === "browser") return;
    event.preventDefault();
    event.stopPropagation();
    if (meaning.kind === "release") this.release();
    else if (meaning.kind === "scroll") this.view.scroll(meaning.by);
    else this.pressKey(meaning.name);
  }

  /** Press a key by its name. @param {string} name */
  pressKey(name) {
    if (!this.isOn) return;
    this.view.follow();
    this.#taken(this.#typing.press(name));
  }

  #input(event) {
    if (!event.isComposing) this.#flush();
  }

  #composed() {
    this.field.classList.remove("composing");
    this.#flush();
  }

  /** What an input method, a dead key or simply a key put into the field. */
  #flush() {
    const text = this.field.value;
    this.field.value = "";
    if (!this.isOn || text === "") return;
    this.view.follow();
    this.#taken(this.#typing.type(text));
  }

  #paste(event) {
    event.preventDefault();
    this.pasteText(event.clipboardData?.getData("text/plain") ?? "");
  }

  /** Paste what the clipboard holds, for those who have no key for that. */
  async pasteClipboard() {
    try {
      await this.pasteText(await navigator.clipboard.readText());
    } catch {
      this.#complain("The browser does not let this page read the clipboard");
    }
  }

  /**
   * Paste a text as one piece; several lines may ask first.
   * @param {string} text
   */
  async pasteText(text) {
    if (!this.isOn || text === "") return;
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > MOST_PASTE) {
      this.#complain(`That is ${Math.ceil(bytes / 1024)} KiB; a paste may have ${MOST_PASTE / 1024}`);
      return;
    }
    // A program that does not know pastes would run each line as it comes.
    const isMarked = this.#app.model.screens.get(this.#paneId)?.modes?.bracketed_paste === true;
    const isSafe = isMarked || !/[\r\n]/.test(text);
    if (!isSafe && !(await confirmPaste(text))) {
      this.focus();
      return;
    }
    this.focus();
    if (!this.isOn) return;
    this.view.follow();
    this.#taken(this.#typing.paste(text));
  }

  #send({ text, keys, paste }) {
    const wish = { paste, live: true };
    if (text) wish.text = text;
    if (keys.length > 0) wish.keys = keys;
    return this.#ask("send_input", wish);
  }

  #taken(isTaken) {
    if (!isTaken) this.#complain("The program does not read what was typed; this was not taken");
    else if (this.problem) this.#become(this.state, "");
  }

  #refused(error) {
    if (ENDING.has(error.code)) {
      this.release(refusalOf(error));
    } else if (error.code !== "Disconnected") this.#complain(refusalOf(error));
  }

  #complain(problem) {
    this.#become(this.state, problem);
    this.#app.announce(problem);
  }

  /** Give control back if it can be held no longer. */
  #check() {
    const { other } = this;
    const known = this.#app.model.panes.get(this.#paneId)?.control?.operator_id ?? "";
    if (known !== this.#overcome) this.#overcome = "";
    if (this.isOn && other !== null) this.release(`${other.operator} has taken over`);
    if ((other?.operator ?? "") !== this.#shownOther) {
      this.#shownOther = other?.operator ?? "";
      this.dispatchEvent(new Event("change"));
    }
    if (!this.isOn || this.whyNot === null) return;
    if (this.#app.whyNot !== null) this.release("the connection broke");
    else this.release("the program ended");
  }

  #came() {
    clearTimeout(this.#awayTimer);
    // After a dialog the caret is left where it was clicked, and keys would make no text.
    const end = this.field.value.length;
    this.field.setSelectionRange(end, end);
    if (this.isOn) this.#become("on", this.problem);
  }

  #left() {
    if (!this.isOn) return;
    this.#become("away", this.problem);
    clearTimeout(this.#awayTimer);
    this.#awayTimer = setTimeout(() => this.release("nobody typed here for a minute"), AWAY_MS);
  }

  #become(state, problem) {
    if (state === this.state && problem === this.problem) return;
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}
