/**
 * Keys of a keyboard as the names that programs' terminals know. Pure.
 *
 * Names are those of the operation `send_input`: `Enter`, `C-c`, `M-x`, `S-Tab`, `F5`. What a
 * terminal has no bytes for loses its modifiers, as in other terminals; a program that asked for
 * unambiguous keys gets them all.
 */

/**
 * What is looked at of a KeyboardEvent.
 * @typedef {Object} Press
 * @property {string} key
 * @property {string} code
 * @property {boolean} ctrlKey
 * @property {boolean} altKey
 * @property {boolean} shiftKey
 * @property {boolean} metaKey
 * @property {boolean} isComposing
 * @property {(name: string) => boolean} getModifierState
 */

/**
 * What becomes of a press: a key to send; text, which the browser is about to put in; something
 * to do here; or nothing of ours, which the browser may have.
 * @typedef {{kind: "key", name: string} | {kind: "text"} | {kind: "browser"} |
 *   {kind: "release"} | {kind: "scroll", by: -1 | 1}} Meaning
 */

const NAMED = {
  " ": "Space",
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
};
const SAME_NAME =
  /^(Enter|Tab|Escape|Backspace|Home|End|PageUp|PageDown|Insert|Delete|F[1-9]|F1[0-2])$/;
const SCROLLS = { PageUp: -1, PageDown: 1 };
const LETTER = /^[a-z]$/;
const LETTER_CODE = /^Key([A-Z])$/;

/** Modifiers beside Alt that the bytes of a key can tell, as of old. */
const SPEAKABLE = { Enter: "", Escape: "", Tab: "S", Space: "C", Backspace: "C" };
/** Characters that have something to them with Ctrl. */
const CONTROLS = "@[\\]^_23456789/?";

const UNAMBIGUOUS = 1;

/** What people are told about the chord that `release` stands for. */
export const RELEASE_CHORD = "Ctrl+Alt+Enter";

/** Ctrl+V pastes, as everywhere in a browser; with Alt beside it the program gets it. */
export const LITERAL_CHORD = "Ctrl+Alt+V";

/**
 * What a key press means while a person controls a pane.
 * @param {Press} press
 * @param {{alternate?: boolean, modes?: {keyboard_flags?: number}}} screen
 * @param {boolean} [isMac] whose Option key makes characters, and which pastes with Command
 * @returns {Meaning}
 */
export function meaningOf(press, screen, isMac = false) {
  if (press.isComposing || press.key === "Process" || press.key === "Dead") {
    return { kind: "text" };
  }
  const isAltGr = press.getModifierState("AltGraph");
  const ctrl = press.ctrlKey && !isAltGr;
  const alt = press.altKey && !isAltGr;
  const shift = press.shiftKey;
  if (ctrl && alt && press.key === "Enter") return { kind: "release" };
  if (press.metaKey) return { kind: "browser" }; // of the system, and what a Mac copies with
  const isUnambiguous = ((screen.modes?.keyboard_flags ?? 0) & UNAMBIGUOUS) !== 0;
  const named = NAMED[press.key] ?? (SAME_NAME.test(press.key) ? press.key : undefined);
  if (named !== undefined) {
    const mayScroll = !screen.alternate && Object.hasOwn(SCROLLS, named);
    if (shift && !ctrl && !alt && mayScroll) {
      return { kind: "scroll", by: SCROLLS[named] };
    }
    if (shift && named === "Insert") return { kind: "browser" }; // pastes
    if (named === "Space" && !ctrl && !alt) return { kind: "text" };
    return { kind: "key", name: namedKey(named, { ctrl, alt, shift }, isUnambiguous) };
  }
  if ([...press.key].length !== 1) return { kind: "browser" };
  if (!ctrl && (!alt || isMac)) return { kind: "text" };
  if (ctrl) return controlled(press, alt, isMac);
  return { kind: "key", name: `M-${press.key}` };
}

/** The name of a key that is not a character, with the modifiers that can be told. */
function namedKey(name, { ctrl, alt, shift }, isUnambiguous) {
  let speakable = "CS";
  if (!isUnambiguous && Object.hasOwn(SPEAKABLE, name)) speakable = SPEAKABLE[name];
  const modifiers = [
    ctrl && speakable.includes("C") && "C-",
    alt && "M-",
    shift && speakable.includes("S") && "S-",
  ];
  return modifiers.filter(Boolean).join("") + name;
}

/** @returns {Meaning} */
function controlled(press, alt, isMac) {
  let character = press.key.toLowerCase();
  const code = LETTER_CODE.exec(press.code);
  // On a keyboard of another script Ctrl+C is where it is on a Latin one.
  if (!LETTER.test(character) && character > "\x7f" && code) character = code[1].toLowerCase();
  if (LETTER.test(character)) {
    // No terminal tells these apart from those without shift; browsers copy and paste with them.
    if (press.shiftKey) return { kind: "browser" };
    if (character === "v" && !isMac) return alt ? { kind: "key", name: "C-v" } : { kind: "browser" };
  } else if (!CONTROLS.includes(character)) return { kind: "browser" };
  return { kind: "key", name: `C-${alt ? "M-" : ""}${character}` };
}
