// The fleet as people think of it: groups, states, and who needs somebody.
import assert from "node:assert/strict";
import test from "node:test";

const { attention, condition, isRecorded, paneCondition } = await import(`${process.env.STATIC}/condition.js`);
const { firstPane, nextNeeding, rows } = await import(`${process.env.STATIC}/fleet.js`);
const { Model } = await import(`${process.env.STATIC}/model.js`);

/** A session's documents; `more` goes into the session. */
function session(name, { state = {}, panes = [], ...more } = {}) {
  return {
    sessions: {
      [name]: {
        session_id: name,
        session_name: name,
        kind: "pane",
        cwd: "/",
        repository: null,
        worktree: null,
        parent: null,
        tags: [],
        ...more,
      },
    },
    states: { [name]: { session_id: name, status: null, unread: 0, attention: [], ...state } },
    panes: Object.fromEntries(
      panes.map((pane, i) => [`${name}${i}`, { pane_id: `${name}${i}`, session_id: name, name: null, command: "sh", state: "running", exit: null, ...pane }]),
    ),
  };
}

function modelOf(...documents) {
  const snapshot = { sessions: {}, states: {}, panes: {}, layouts: {} };
  for (const each of documents) for (const [name, found] of Object.entries(each)) Object.assign(snapshot[name], found);
  const model = new Model();
  model.apply({ seq: 1, snapshot });
  return model;
}

const outline = (found) => found.map(({ level, label }) => `${" ".repeat(level - 1)}${label}`);
const needy = { attention: [{ reason: "blocked", text: "" }] };
const status = (name, message = null) => ({ status: { status: name, message, since: "2026-01-01T00:00:00Z" } });

test("sessions stand in their worktrees, and those in their repositories", () => {
  const model = modelOf(
    session("zoe", { repository: "/x/app", worktree: "/x/app" }),
    session("ada", { repository: "/x/app", worktree: "/x/app-fix" }),
    session("ben", { repository: "/x/app", worktree: "/x/app/.trees/new" }),
    session("eli", { repository: "/x/lib", worktree: "/x/lib" }),
    session("guest"),
  );
  assert.deepEqual(outline(rows(model)), [
    "app",
    " main worktree",
    "  zoe",
    " app-fix",
    "  ada",
    " .trees/new",
    "  ben",
    "lib",
    " eli",
    "No repository",
    " guest",
  ]);
});

test("repositories of one name are told apart, and numbers sort as numbers", () => {
  const at = (repository) => ({ repository, worktree: repository });
  const model = modelOf(
    session("a10", at("/one/app")),
    session("a9", at("/one/app")),
    session("b", at("/two/app")),
    session("c", at("/two/myapp")),
  );
  assert.deepEqual(outline(rows(model)), ["myapp", " c", "one/app", " a9", " a10", "two/app", " b"]);
});

test("a row says where it stands among its siblings, for those who cannot see it", () => {
  const model = modelOf(session("a"), session("b", { panes: [{}, { name: "shell" }] }));
  const [group, first, second, pane, other] = rows(model);
  assert.deepEqual([group.place, group.siblings, group.isOpen], [1, 1, true]);
  assert.deepEqual([first.place, first.siblings, first.isOpen], [1, 2, undefined]);
  assert.deepEqual([second.place, second.siblings, second.isOpen], [2, 2, true]);
  assert.deepEqual([pane.label, other.label, other.parent], ["sh", "shell", second.id]);
});

test("a closed group hides what is in it and still says who needs somebody", () => {
  const model = modelOf(session("a", { state: needy }), session("b"));
  const [group] = rows(model);
  const closed = rows(model, { closed: new Set([group.id]) });
  assert.equal(closed.length, 1);
  assert.deepEqual([closed[0].isOpen, closed[0].counts], [false, { sessions: 2, needing: 1 }]);
});

test("a filter looks at names, tags, states and texts, and opens closed groups", () => {
  const model = modelOf(
    session("ada", { tags: ["parser"], state: status("blocked", "No route to the database") }),
    session("ben", { state: status("idle") }),
  );
  const closed = new Set(["repository:"]);
  const found = (wanted) => rows(model, { closed, wanted }).filter(({ kind }) => kind === "session").map(({ label }) => label);
  assert.deepEqual(found("PARS"), ["ada"]);
  assert.deepEqual(found("database blocked"), ["ada"]);
  assert.deepEqual(found("idle"), ["ben"]);
  assert.deepEqual(found("nothing of the kind"), []);
});

test("a pane is recorded by itself, or with whatever its session shows", () => {
  const recorded = (...panes) => ({ recordings: panes.map((pane_id) => ({ recording_id: "r", pane_id })) });
  assert.equal(isRecorded(recorded("p1"), "p1"), true);
  assert.equal(isRecorded(recorded("p2", null), "p1"), true);
  assert.equal(isRecorded(recorded("p2"), "p1"), false);
  assert.equal(isRecorded({}, "p1"), false);
  assert.equal(isRecorded(undefined, "p1"), false);
});

test("how its programs are is the news before what an agent said last", () => {
  const how = (state, ...panes) => {
    const { sessions, states } = session("a", { state });
    const { word, tone } = condition(sessions.a, states.a, panes);
    return `${word} ${tone}`;
  };
  const ended = (exit) => ({ state: "exited", exit });
  const runs = { state: "running", exit: null };
  assert.equal(how(status("working"), runs), "working working");
  assert.equal(how(status("waiting_for_input"), runs), "waiting for input waiting");
  assert.equal(how({}, runs), "running running");
  assert.equal(how(status("working"), { state: "lost" }), "lost bad");
  assert.equal(how(status("working"), { state: "restarting" }, runs), "restarting moving");
  assert.equal(how(status("complete"), ended({ code: 0, signal: null })), "ended ended");
  assert.equal(how(status("complete"), ended({ code: 0, signal: null }), runs), "complete done");
  assert.equal(how({}, ended({ code: 3, signal: null })), "exit 3 bad");
  assert.equal(how({}, ended({ code: null, signal: "SIGKILL" })), "SIGKILL bad");
  assert.equal(how(status("of its own"), runs), "of its own running");
  assert.equal(how(status("constructor"), runs), "constructor running");
});

test("a pane whose host ended unattended is not merely lost", () => {
  assert.equal(paneCondition({ state: "lost", orphaned: true }).word, "orphaned");
  assert.equal(paneCondition({ state: "lost", orphaned: false }).word, "lost");
  assert.equal(paneCondition({ state: "starting" }).tone, "moving");
});

test("the next one that needs somebody is found in the order of the tree, going round", () => {
  const model = modelOf(session("a"), session("b", { state: needy }), session("c"), session("d", { state: needy }));
  assert.equal(nextNeeding(model, null), "b");
  assert.equal(nextNeeding(model, "b"), "d");
  assert.equal(nextNeeding(model, "d"), "b");
  assert.equal(nextNeeding(model, "a", -1), "d");
  assert.equal(nextNeeding(model, null, -1), "d");
  assert.equal(nextNeeding(model, "gone"), "b");
  assert.equal(nextNeeding(modelOf(session("a")), "a"), null);
  assert.equal(nextNeeding(modelOf(), null), null);
});

test("a reason that the page does not know is told in its own words", () => {
  assert.deepEqual(attention({ attention: [{ reason: "out_of_disk", text: "0 B left" }] }), [
    { reason: "out_of_disk", label: "out of disk", text: "0 B left", since: null },
  ]);
  assert.deepEqual(attention(undefined), []);
});

test("a session's pane is the one with its focus, or else its first", () => {
  const model = modelOf(session("a", { panes: [{}, {}] }));
  assert.equal(firstPane(model, "a"), "a0");
  model.apply({ seq: 2, put: { layouts: { a: { pane_id: "a1" } } } });
  assert.equal(firstPane(model, "a"), "a1");
  assert.equal(firstPane(model, "gone"), null);
  assert.equal(firstPane(model, null), null);
});
