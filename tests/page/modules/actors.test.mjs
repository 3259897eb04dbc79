// The supervision tree's rows.
import assert from "node:assert/strict";
import test from "node:test";

const { actorRows } = await import(`${process.env.STATIC}/actors.js`);

function modelOf(...actors) {
  return {
    actors: new Map(actors.map(([path, more = {}]) => [path, { path, kind: "actor", status: "running", restarts: 0, ...more }])),
    sessions: new Map([["s1", { session_name: "ada" }]]),
    panes: new Map([["p1", { name: null, command: "claude" }]]),
  };
}

const TREE = [
  ["/", { kind: "supervisor" }],
  ["/machine", { kind: "supervisor" }],
  ["/machine/journal"],
  ["/router"],
  ["/sessions", { kind: "supervisor" }],
  ["/sessions/s1", { kind: "supervisor" }],
  ["/sessions/s1/panes", { kind: "supervisor" }],
  ["/sessions/s1/panes/p1", { restarts: 2 }],
];
const outline = (found) => found.map(({ level, label }) => `${" ".repeat(level - 1)}${label}`);

test("actors stand below their supervisors, sessions and panes by name", () => {
  const found = actorRows(modelOf(...TREE));
  assert.deepEqual(outline(found), ["root", " machine", "  journal", " router", " sessions", "  ada", "   panes", "    p1"]);
  assert.equal(found.at(-1).detail, "claude");
  assert.equal(found[5].sessionId, "s1");
  assert.deepEqual([found[3].place, found[3].siblings], [2, 3]);
});

test("what is closed hides what is below it", () => {
  const found = actorRows(modelOf(...TREE), { closed: new Set(["/machine", "/sessions"]) });
  assert.deepEqual(outline(found), ["root", " machine", " router", " sessions"]);
  assert.deepEqual(found.map(({ isOpen }) => isOpen), [true, false, undefined, false]);
});

test("looking for trouble leaves what came back, with the way to it", () => {
  const found = actorRows(modelOf(...TREE), { isOnlyNews: true, closed: new Set(["/sessions"]) });
  assert.deepEqual(outline(found), ["root", " sessions", "  ada", "   panes", "    p1"]);
  const backlog = modelOf(["/"], ["/router", { mailbox: { depth: 7, peak: 9, bound: 10 } }], ["/fleet"]);
  assert.deepEqual(outline(actorRows(backlog, { isOnlyNews: true })), ["root", " router"]);
});

test("a tree of which nothing is known has no rows", () => {
  assert.deepEqual(actorRows(modelOf()), []);
});
