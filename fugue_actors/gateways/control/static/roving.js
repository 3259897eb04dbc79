/**
 * One stop for the Tab key in a list of many: the arrow keys move inside of it.
 */

const STEPS = {
  ArrowDown: (index, last, columns) => index + columns,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index, last, columns) => index - columns,
  ArrowLeft: (index) => index - 1,
  Home: () => 0,
  End: (index, last) => last,
  PageDown: (index) => index + 10,
  PageUp: (index) => index - 10,
};

/**
 * @param {Element} list
 * @param {string} selector of what takes the focus in it, each one once made with
 *   `tabindex="-1"`
 * @param {{isFromEnd?: boolean, columns?: () => number}} [options] whether Tab comes to the
 *   last one first, and how many stand side by side
 * @returns {() => void} to be called after the list's children have changed
 */
export function rove(list, selector, { isFromEnd = false, columns = () => 1 } = {}) {
  /** @type {Element | null} */
  let stop = null;

  function moveTo(element) {
    if (stop !== element) stop?.setAttribute("tabindex", "-1");
    stop = element;
    stop?.setAttribute("tabindex", "0");
  }

  function refresh() {
    const isKept = stop !== null && list.contains(stop);
    // Where nobody has been yet, the stop stays at the end that is read from.
    if (isKept && (stop === document.activeElement || !isFromEnd)) return;
    const all = list.querySelectorAll(selector);
    moveTo(all[isFromEnd ? all.length - 1 : 0] ?? null);
  }

  list.addEventListener("focusin", (event) => {
    const element = event.target.closest(selector);
    if (element !== null) moveTo(element);
  });
  list.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const current = event.target.closest(selector);
    if (step === undefined || current !== event.target) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...list.querySelectorAll(selector)];
    const last = all.length - 1;
    const next = Math.max(0, Math.min(last, step(all.indexOf(current), last, columns())));
    event.preventDefault();
    event.stopPropagation();
    all[next].focus();
  });
  return refresh;
}
