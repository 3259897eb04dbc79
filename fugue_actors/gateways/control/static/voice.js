/** Each session is a voice: one colour, the same wherever its name stands. */

/**
 * A hue for a name, the same everywhere and every time.
 * @param {string} name
 * @returns {number} degrees
 */
export function hue(name) {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  }
  return (hash >>> 0) % 360;
}

/**
 * Give an element the colour of a name; with the class `voice` its text has it.
 * @template {HTMLElement | SVGElement} E
 * @param {E} element
 * @param {string} name
 * @returns {E}
 */
export function voiced(element, name) {
  element.style.setProperty("--hue", String(hue(name)));
  return element;
}
