/**
 * Colours and looks of terminal text, for both themes. Pure.
 *
 * Programs choose colours without knowing on what they will stand. So a text that could hardly be
 * read on its background is moved towards black or white until it can: `readable`.
 */

/** @typedef {import("./cells.js").Run} Run */

/**
 * @typedef {Object} Palette
 * @property {string} text six hexadecimal digits, as all colours here
 * @property {string} background
 * @property {string} cursor
 * @property {Record<string, string>} names
 */

/**
 * How a run is drawn.
 * @typedef {Object} Look
 * @property {string} colour "#rrggbb"
 * @property {string | null} background "#rrggbb"; null for that of the screen
 * @property {boolean} bold
 * @property {boolean} italic
 * @property {string} lines of CSS text-decoration-line; empty for none
 * @property {string} lineStyle of CSS
 * @property {string} lineColour "#rrggbb" or empty
 * @property {boolean} blink
 * @property {boolean} invisible
 */

/** @type {Palette} */
export const DARK = {
  text: "d8dfe0",
  background: "0b0f11",
  cursor: "e6eeef",
  names: {
    black: "2b303b",
    red: "f0727c",
    green: "8fcb74",
    yellow: "e3bd6b",
    blue: "6fb1f5",
    magenta: "cf93ec",
    cyan: "5cc5cf",
    white: "c5cad5",
    brightblack: "8790a3",
    brightred: "ff9099",
    brightgreen: "aee394",
    brightyellow: "f7d68d",
    brightblue: "96c8ff",
    brightmagenta: "e2b3f8",
    brightcyan: "86dfe8",
    brightwhite: "f7f9fc",
  },
};

/** @type {Palette} */
export const LIGHT = {
  text: "1f2629",
  background: "fdfcf9",
  cursor: "1f2629",
  names: {
    black: "23272f",
    red: "b3202c",
    green: "2c7022",
    yellow: "7d5800",
    blue: "1a5fb4",
    magenta: "8a3aa8",
    cyan: "0d6e78",
    white: "cfd3da",
    brightblack: "646b78",
    brightred: "c4303b",
    brightgreen: "2f7d24",
    brightyellow: "8f6500",
    brightblue: "2a6fc9",
    brightmagenta: "9b47bb",
    brightcyan: "0f7b86",
    brightwhite: "eef0f3",
  },
};

/** Contrast that text must have, as WCAG 2 asks for at level AA. */
export const LEAST_CONTRAST = 4.5;

const DIM = 0.6;
const HEXADECIMAL = /^[0-9a-f]{6}$/i;
const DRAWING = /^[\s\u2500-\u259f\u2800-\u28ff\ue0a0-\ue0d7\u{1fb00}-\u{1fbff}]*$/u;
const LINE_STYLES = new Map([
  ["double", "double"],
  ["curly", "wavy"],
  ["dotted", "dotted"],
  ["dashed", "dashed"],
]);
const LOOKS_LIMIT = 4096;

/** @type {WeakMap<Palette, Map<string, Look>>} */
const known = new WeakMap();

/**
 * A colour as six hexadecimal digits; the fallback for what nobody knows.
 * @param {string | undefined} name
 * @param {Palette} palette
 * @param {string} fallback
 */
export function digits(name, palette, fallback) {
  if (typeof name !== "string" || name === "default") return fallback;
  if (Object.hasOwn(palette.names, name)) return palette.names[name];
  return HEXADECIMAL.test(name) ? name.toLowerCase() : fallback;
}

/**
 * How a run is drawn. The answer is shared: do not change it.
 * @param {Run} run
 * @param {Palette} palette
 * @returns {Look}
 */
export function lookOf(run, palette) {
  const isDrawing = DRAWING.test(run.text);
  const key = [
    run.fg,
    run.bg,
    run.underline && `${run.underline_style} ${run.underline_colour}`,
    run.bold,
    run.dim,
    run.italic,
    run.overline,
    run.strike,
    run.reverse,
    run.blink,
    run.invisible,
    isDrawing,
  ].join("|");
  let looks = known.get(palette);
  if (looks === undefined || looks.size > LOOKS_LIMIT) {
    looks = new Map();
    known.set(palette, looks);
  }
  let look = looks.get(key);
  if (look === undefined) {
    look = makeLook(run, palette, isDrawing);
    looks.set(key, look);
  }
  return look;
}

/** @returns {Look} */
function makeLook(run, palette, isDrawing) {
  let colour = digits(run.fg, palette, palette.text);
  let background = digits(run.bg, palette, palette.background);
  if (run.reverse) [colour, background] = [background, colour];
  if (run.dim) colour = mix(background, colour, DIM);
  // What is drawn with blocks is a picture, and what has its background's colour is hidden on purpose.
  if (!isDrawing && colour !== background) colour = readable(colour, background);
  const lines = [
    run.underline && "underline",
    run.overline && "overline",
    run.strike && "line-through",
  ];
  const lineColour = run.underline ? digits(run.underline_colour, palette, "") : "";
  return {
    colour: `#${colour}`,
    background: background === palette.background ? null : `#${background}`,
    bold: run.bold === true,
    italic: run.italic === true,
    lines: lines.filter(Boolean).join(" "),
    lineStyle: (run.underline && LINE_STYLES.get(run.underline_style)) || "solid",
    lineColour: lineColour && `#${lineColour}`,
    blink: run.blink === true,
    invisible: run.invisible === true,
  };
}

/**
 * A colour of the same hue that can be read on a background.
 * @param {string} colour six hexadecimal digits
 * @param {string} background
 */
function readable(colour, background) {
  if (contrast(colour, background) >= LEAST_CONTRAST) return colour;
  const isLightBetter = contrast("ffffff", background) > contrast("000000", background);
  const goal = isLightBetter ? "ffffff" : "000000";
  for (let part = 0.1; part < 1; part += 0.1) {
    const moved = mix(colour, goal, part);
    if (contrast(moved, background) >= LEAST_CONTRAST) return moved;
  }
  return goal;
}

/** The contrast of two colours as WCAG 2 defines it, from 1 to 21. */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour between two others; 0 is the first. */
function mix(from, to, part) {
  const goal = channels(to);
  return channels(from)
    .map((value, index) => Math.round(value + (goal[index] - value) * part))
    .map((value) => value.toString(16).padStart(2, "0"))
    .join("");
}

function channels(colour) {
  return [0, 2, 4].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
