// What programs colour can be read in both themes.
import assert from "node:assert/strict";
import test from "node:test";

const palettes = await import(`${process.env.STATIC}/palette.js`);
const { contrast, DARK, LEAST_CONTRAST, LIGHT, lookOf } = palettes;

const NAMES = Object.keys(DARK.names);
const THEMES = { dark: DARK, light: LIGHT };

for (const [theme, palette] of Object.entries(THEMES)) {
  test(`text has contrast in the ${theme} theme, whatever stands on whatever`, () => {
    const colours = ["default", ...NAMES, "000000", "ffffff", "3a3a3a", "ffff87", "5f00ff"];
    for (const fg of colours) {
      for (const bg of colours) {
        for (const more of [{}, { dim: true }, { reverse: true }, { bold: true }]) {
          const look = lookOf({ text: "x", fg, bg, ...more }, palette);
          const behind = look.background?.slice(1) ?? palette.background;
          if (look.colour.slice(1) === behind) continue; // hidden on purpose
          const found = contrast(look.colour.slice(1), behind);
          assert.ok(found >= LEAST_CONTRAST, `${fg} on ${bg} ${JSON.stringify(more)}: ${found}`);
        }
      }
    }
  });
}

test("both themes know the same sixteen colours", () => {
  assert.deepEqual(Object.keys(LIGHT.names), NAMES);
  assert.equal(NAMES.length, 16);
});

test("pictures made of blocks keep their colours", () => {
  const look = lookOf({ text: "▀▀", fg: "101010", bg: "111111" }, DARK);
  assert.deepEqual([look.colour, look.background], ["#101010", "#111111"]);
});

test("what is no colour is none, whatever it says", () => {
  for (const fg of ["constructor", "__proto__", "url(x)", "red;", "fff", "", "-ff000", 123456, null]) {
    assert.equal(lookOf({ text: "x", fg }, DARK).colour, `#${DARK.text}`, String(fg));
  }
});

test("lines of every kind have a style", () => {
  const kinds = ["single", "double", "curly", "dotted", "dashed", "constructor"];
  const styles = kinds.map(
    (kind) => lookOf({ text: "x", underline: true, underline_style: kind }, DARK).lineStyle,
  );
  assert.deepEqual(styles, ["solid", "double", "wavy", "dotted", "dashed", "solid"]);
  const all = lookOf({ text: "x", underline: true, overline: true, strike: true }, DARK);
  assert.equal(all.lines, "underline overline line-through");
});
