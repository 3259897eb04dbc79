// Small plain parts of the page: tokens in addresses, times, places on a ring.
import assert from "node:assert/strict";
import test from "node:test";

const { tokenIn } = await import(`${process.env.STATIC}/token.js`);
const { ago } = await import(`${process.env.STATIC}/time.js`);
const { curve, ring, weight } = await import(`${process.env.STATIC}/ring.js`);

test("a token is found in a fragment, and a place in the page is no token", () => {
  assert.equal(tokenIn("#fugue_ab12_S-e_cret"), "fugue_ab12_S-e_cret");
  assert.equal(tokenIn("#token=fugue_ab12_secret"), "fugue_ab12_secret");
  assert.equal(tokenIn("#/messages?session=fugue_x"), null);
  assert.equal(tokenIn("#%E0%A4%A"), null);
  assert.equal(tokenIn(""), null);
});

test("times are short, and a clock that is ahead is not in the future", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  const at = (seconds) => ago(new Date(now - seconds * 1000).toISOString(), now);
  assert.deepEqual([-20, 2, 59, 60, 3_599, 7_300, 90_000].map(at), ["now", "now", "59 s", "1 min", "59 min", "2 h", "1 d"]);
  assert.equal(ago("nonsense", now), "");
});

test("places on the ring lie inside of the picture, however small or flat", () => {
  for (const size of [{ width: 900, height: 600 }, { width: 300, height: 260 }, { width: 1600, height: 300 }]) {
    const ids = Array.from({ length: 30 }, (_, i) => String(i));
    const places = ring(ids, size);
    assert.equal(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size, 30);
    for (const { x, y } of places.values()) {
      assert.ok(x >= 0 && x <= size.width && y >= 0 && y <= size.height, `${x} ${y}`);
    }
  }
  assert.equal(ring([], { width: 1, height: 1 }).size, 0);
});

test("there and back are two lines, and a line to oneself is a loop", () => {
  const size = { width: 800, height: 600 };
  const places = ring(["a", "b", "c"], size);
  const [a, b] = [places.get("a"), places.get("b")];
  const bend = (path) => path.match(/Q(\S+ \S+)/)[1];
  assert.notEqual(bend(curve(a, b, size)), bend(curve(b, a, size)));
  assert.match(curve(a, a, size), /^M.*C/);
});

test("one message makes the thinnest line, the most the widest", () => {
  assert.equal(weight(1, 1), "1.00");
  assert.equal(weight(1, 50), "1.00");
  assert.equal(weight(50, 50), "4.50");
});
