// Earlier lines are put where they belong, while the program goes on writing.
import assert from "node:assert/strict";
import test from "node:test";

const { locate } = await import(`${process.env.STATIC}/scrollback.js`);

const lines = (from, to) => Array.from({ length: to - from }, (_, at) => `line ${from + at}`);

test("a screen that did not change is at the end", () => {
  assert.equal(locate(lines(90, 100), lines(0, 100)), 90);
});

test("a screen that moved up is found where it is now", () => {
  assert.equal(locate(lines(90, 100), lines(20, 170)), 70);
});

test("a screen whose first lines are gone is not found", () => {
  assert.equal(locate(lines(0, 24), lines(500, 700)), -1);
});

test("of places that look alike the youngest is taken", () => {
  const yes = Array(24).fill("y");
  assert.equal(locate(yes, Array(224).fill("y")), 200);
});

test("a screen longer than what was read is not found", () => {
  assert.equal(locate(lines(0, 24), lines(0, 10)), -1);
});
