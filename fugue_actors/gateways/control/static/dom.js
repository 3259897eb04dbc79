/**
 * Elements from data. Text only ever becomes text: nothing here parses markup, so a
 * session may be called `<script>` and is just a session with an odd name.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag optionally with classes, as in "button.primary"
 * @param {Record<string, any>} [attributes] `on` holds listeners, `text` the text;
 *   true sets an empty attribute, false, null and undefined none
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElement(name), classes, attributes, children);
}

/**
 * The same for SVG.
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElementNS(SVG, name), classes, attributes, children);
}

function furnish(element, classes, attributes, children) {
  if (classes.length > 0) element.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(value)) {
        element.addEventListener(type, listener);
      }
    } else if (name === "text") element.textContent = value;
    else setAttribute(element, name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Set or remove an attribute, and touch nothing if it is so already.
 *
 * Of an `aria-` attribute false is a value, of any other it means that there is none.
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setAttribute(element, name, value) {
  const isAria = name.startsWith("aria-");
  if (value === null || value === undefined || (value === false && !isAria)) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true && !isAria ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Set an element's text, and touch nothing if it is so already: selections survive.
 * @param {Element} element
 * @param {string | number} text
 */
export function setText(element, text) {
  const string = String(text);
  if (element.textContent !== string) element.textContent = string;
}

/**
 * Make a container's children those of a list, each element kept as long as its key is
 * there: focus, selection and scrolling stay where they are.
 * @template T
 * @param {Element} container
 * @param {Iterable<T>} items
 * @param {(item: T) => string} key
 * @param {(item: T) => Element} create
 * @param {(element: any, item: T) => void} [update] called for new ones, too
 */
export function keyed(container, items, key, create, update = () => {}) {
  const wanted = new Map();
  for (const item of items) wanted.set(key(item), item);
  const kept = new Map();
  // What is gone goes first: else all that follows it would be moved, and lose the focus.
  for (const child of [...container.children]) {
    const name = child.dataset.key;
    if (wanted.has(name)) kept.set(name, child);
    else child.remove();
  }
  let place = container.firstElementChild;
  for (const [name, item] of wanted) {
    let element = kept.get(name);
    if (element === undefined) {
      element = create(item);
      element.dataset.key = name;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else container.insertBefore(element, place);
  }
}

/**
 * Run something once in the next frame, however often it is asked for.
 * @param {() => void} draw
 * @returns {() => void}
 */
export function inNextFrame(draw) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}
