// What a key press means while a person controls a pane.
import assert from "node:assert/strict";
import test from "node:test";

const { meaningOf } = await import(`${process.env.STATIC}/keys.js`);

/** A press written as a person would: "Ctrl+Shift+a". */
function press(chord, more = {}) {
  const [key, ...modifiers] = chord.split("+").reverse();
  const on = (name) => modifiers.includes(name);
  return {
    key,
    code: "",
    ctrlKey: on("Ctrl"),
    altKey: on("Alt"),
    shiftKey: on("Shift"),
    metaKey: on("Meta"),
    isComposing: false,
    getModifierState: (name) => name === "AltGraph" && on("AltGr"),
    ...more,
  };
}

const plain = { alternate: false, modes: { keyboard_flags: 0 } };
const named = (chord, screen = plain, more = {}) => meaningOf(press(chord, more), screen).name;
const kind = (chord, screen = plain, more = {}) => meaningOf(press(chord, more), screen).kind;

test("keys have the names that terminals know", () => {
  assert.equal(named("Enter"), "Enter");
  assert.equal(named("Escape"), "Escape");
  assert.equal(named("ArrowUp"), "Up");
  assert.equal(named("Ctrl+Shift+ArrowLeft"), "C-S-Left");
  assert.equal(named("Shift+Tab"), "S-Tab");
  assert.equal(named("Ctrl+c"), "C-c");
  assert.equal(named("Alt+x"), "M-x");
  assert.equal(named("Ctrl+Alt+a"), "C-M-a");
  assert.equal(named("Ctrl+ "), "C-Space");
  assert.equal(named("Alt+Backspace"), "M-Backspace");
  assert.equal(named("F12"), "F12");
});

test("what a terminal cannot tell apart loses its modifiers, unless the program can", () => {
  const kitty = { alternate: false, modes: { keyboard_flags: 1 } };
  assert.equal(named("Shift+Enter"), "Enter");
  assert.equal(named("Shift+Enter", kitty), "S-Enter");
  assert.equal(named("Ctrl+Escape"), "Escape");
});

test("text is left to the browser, which knows dead keys and input methods", () => {
  assert.equal(kind("a"), "text");
  assert.equal(kind(" "), "text");
  assert.equal(kind("Dead"), "text");
  assert.equal(kind("Process"), "text");
  assert.equal(kind("Enter", plain, { isComposing: true }), "text");
  assert.equal(kind("Ctrl+Alt+AltGr+@"), "text");
});

test("keys that are the browser's stay with it", () => {
  for (const chord of ["Ctrl+v", "Ctrl+Shift+V", "Ctrl+Shift+C", "Ctrl+-", "Meta+c", "Shift", "F13"]) {
    assert.equal(kind(chord), "browser", chord);
  }
});

test("a program that wants Ctrl+V itself can have it", () => {
  assert.equal(named("Ctrl+Alt+v"), "C-v");
});

test("on a Mac Option makes characters, and Ctrl+V is nobody else's", () => {
  assert.equal(meaningOf(press("Alt+å"), plain, true).kind, "text");
  assert.equal(meaningOf(press("Alt+ArrowLeft"), plain, true).name, "M-Left");
  assert.equal(meaningOf(press("Ctrl+v"), plain, true).name, "C-v");
});

test("one chord gives control back, and Escape does not", () => {
  assert.equal(kind("Ctrl+Alt+Enter"), "release");
  assert.equal(kind("Escape"), "key");
});

test("Shift+PageUp scrolls where there are earlier lines, and is a key elsewhere", () => {
  assert.deepEqual(meaningOf(press("Shift+PageUp"), plain), { kind: "scroll", by: -1 });
  assert.equal(named("Shift+PageUp", { ...plain, alternate: true }), "S-PageUp");
});

test("Ctrl with a letter is where it is on a Latin keyboard", () => {
  assert.equal(named("Ctrl+с", plain, { code: "KeyC" }), "C-c");
});
