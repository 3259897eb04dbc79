/**
 * What a person types, in order and one request at a time. Knows no page.
 *
 * While a request is on its way, what is typed meanwhile is gathered, and goes with the next
 * one. After a refusal nothing of what waited is sent: it was typed in the belief that what
 * came before it had arrived.
 */

/**
 * One request's worth.
 * @typedef {{text: string, keys: string[], paste: boolean}} Batch
 */

/** Most batches, and keys or characters of one, that may wait. */
const MOST_BATCHES = 16;
const MOST_KEYS = 200;
const MOST_TEXT = 4096;

const ONE_PRINTABLE = /^[^\p{C}\p{Z}]$|^ $/u;

export class Typing {
  /** @type {Batch[]} */
  #waiting = [];
  #isSending = false;

  /**
   * @param {(batch: Batch) => Promise<unknown>} send
   * @param {(error: Error) => void} onRefused
   */
  constructor(send, onRefused) {
    this.send = send;
    this.onRefused = onRefused;
  }

  /** Whether everything typed has arrived. */
  get isIdle() {
    return !this.#isSending && this.#waiting.length === 0;
  }

  /**
   * Type text, as with keys.
   * @param {string} text
   * @returns {boolean} false if too much waits already: it was not taken
   */
  type(text) {
    const last = this.#last();
    if (last !== null && last.keys.length === 0 && last.text.length + text.length <= MOST_TEXT) {
      last.text += text;
      return true;
    }
    const characters = [...text];
    const areKeys =
      last !== null &&
      last.keys.length + characters.length <= MOST_KEYS &&
      characters.every((character) => ONE_PRINTABLE.test(character));
    if (areKeys) {
      last.keys.push(...characters); // behind a key text can only go as keys itself
      return true;
    }
    return this.#add({ text, keys: [], paste: false });
  }

  /**
   * Press a key.
   * @param {string} name
   * @returns {boolean} false if too much waits already
   */
  press(name) {
    const last = this.#last();
    if (last !== null && last.keys.length < MOST_KEYS) {
      last.keys.push(name);
      return true;
    }
    return this.#add({ text: "", keys: [name], paste: false });
  }

  /**
   * Paste a text as one piece.
   * @param {string} text
   * @returns {boolean} false if too much waits already
   */
  paste(text) {
    return this.#add({ text, keys: [], paste: true });
  }

  /** Drop what was not sent yet. */
  forget() {
    this.#waiting = [];
  }

  /** The batch that may still grow. */
  #last() {
    const last = this.#waiting.at(-1);
    return last === undefined || last.paste ? null : last;
  }

  #add(batch) {
    if (this.#waiting.length >= MOST_BATCHES) return false;
    this.#waiting.push(batch);
    if (!this.#isSending) this.#sendAll();
    return true;
  }

  async #sendAll() {
    this.#isSending = true;
    try {
      for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) {
        await this.send(batch);
      }
    } catch (error) {
      this.forget();
      this.onRefused(error);
    } finally {
      this.#isSending = false;
    }
  }
}
