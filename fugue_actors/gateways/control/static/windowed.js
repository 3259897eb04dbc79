/**
 * A long list of rows of known height, of which only those in sight are elements.
 */

import { keyed } from "./dom.js";

const BEYOND_PX = 400;

/**
 * @template T
 * @typedef {object} Rows
 * @property {(item: T) => string} key
 * @property {(item: T) => number} height in pixels
 * @property {(item: T) => HTMLElement} create
 * @property {(element: HTMLElement, item: T) => void} update
 */

/** @template T */
export class Windowed {
  /** @type {T[]} */
  #items = [];
  /** @type {number[]} Where each row begins, and at last where all of them end. */
  #tops = [0];
  #asked = false;

  /**
   * @param {HTMLElement} scroller what scrolls; the rows go into `list`, inside of it
   * @param {HTMLElement} list
   * @param {Rows<T>} rows
   */
  constructor(scroller, list, rows) {
    this.scroller = scroller;
    this.list = list;
    this.rows = rows;
    list.classList.add("windowed");
    const draw = () => this.#draw();
    const drawSoon = () => {
      if (this.#asked) return;
      this.#asked = true;
      requestAnimationFrame(() => {
        this.#asked = false;
        draw();
      });
    };
    scroller.addEventListener("scroll", drawSoon, { passive: true });
    this.observer = new ResizeObserver(drawSoon);
    this.observer.observe(scroller);
  }

  /** @param {T[]} items */
  show(items) {
    this.#items = items;
    this.#tops = [0];
    for (const item of items) {
      this.#tops.push(this.#tops.at(-1) + this.rows.height(item));
    }
    this.list.style.height = `${this.#tops.at(-1)}px`;
    this.#draw();
  }

  /** Bring a row into sight, moving as little as needed.
   * @param {number} index
   */
  reveal(index) {
    if (index < 0 || index >= this.#items.length) return;
    const [top, bottom] = [this.#tops[index], this.#tops[index + 1]];
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) {
      this.scroller.scrollTop = bottom - clientHeight;
    }
    this.#draw();
  }

  destroy() {
    this.observer.disconnect();
  }

  #draw() {
    const { scrollTop, clientHeight } = this.scroller;
    const first = this.#at(scrollTop - BEYOND_PX);
    const last = this.#at(scrollTop + clientHeight + BEYOND_PX);
    const seen = [];
    for (let i = first; i <= Math.min(last, this.#items.length - 1); i += 1) seen.push(i);
    const { key, create, update } = this.rows;
    keyed(
      this.list,
      seen,
      (index) => key(this.#items[index]),
      (index) => create(this.#items[index]),
      (element, index) => {
        element.style.top = `${this.#tops[index]}px`;
        element.style.height = `${this.#tops[index + 1] - this.#tops[index]}px`;
        update(element, this.#items[index]);
      },
    );
  }

  /** The row at a height, by halving. */
  #at(y) {
    let [low, high] = [0, Math.max(0, this.#items.length - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
