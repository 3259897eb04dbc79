// Messages as people read them: words, ledger, filters, conversations, edges.
import assert from "node:assert/strict";
import test from "node:test";

const { aim, audience, edges, filtered, ledger, reach, targetWords, threaded, threadOf, words } = await import(
  `${process.env.STATIC}/traffic.js`
);

let number = 0;

/** A message; ids sort in the order of making. */
function message({ from = "ada", to = ["ben"], state = "consumed", type = "message", payload = { text: "hi" }, ...more } = {}) {
  number += 1;
  return {
    id: String(number).padStart(6, "0"),
    from: { session_id: from, session_name: from, attested: "process" },
    target: { session: to[0] },
    type,
    payload,
    sent_at: `2026-01-01T00:00:${String(number % 60).padStart(2, "0")}Z`,
    recipients: to.map((id, i) => ({ session_id: id, session_name: id, state: [state].flat()[i] ?? "consumed", at: "" })),
    ...more,
  };
}

test("each type is told in a sentence, and what is of no known type as it is", () => {
  const say = (type, payload) => words(message({ type, payload }));
  assert.equal(say("status_update", { status: "waiting_for_input", message: "may I?" }), "waiting for input: may I?");
  assert.equal(say("status_update", { status: "idle" }), "idle");
  assert.equal(say("task_assignment", { description: "parse" }), "parse");
  assert.equal(say("task_complete", { success: false, summary: "no luck" }), "failed: no luck");
  assert.equal(say("task_complete", { success: true, summary: "done" }), "done");
  assert.equal(say("help_request", { context: "which?" }), "which?");
  assert.equal(say("sync_request", {}), "asks for your status");
  assert.equal(say("own", { n: 1 }), '{"n":1}');
  assert.equal(say("own", {}), "");
  assert.equal(say("own", { payload_cut: true, payload_bytes: 9000 }), "9 KiB of own");
  const failed = { recipients: [{ session_name: "ben", reason: "too late" }] };
  const from = { session_id: "0", session_name: "fugue", attested: "daemon" };
  assert.equal(words({ ...message({ type: "delivery_failed", payload: failed }), from }), "not received by ben: too late");
});

test("whatever a sender calls its message, and puts into it, is only shown", () => {
  for (const type of ["constructor", "__proto__", "toString", "delivery_failed", "status_update", "task_complete"]) {
    for (const payload of [{}, { text: null }, { recipients: "x" }, { recipients: [null] }, { message: { a: 1 } }, { payload_cut: true }]) {
      assert.equal(typeof words(message({ type, payload })), "string");
    }
  }
});

test("targets read as people would say them, also those made of others", () => {
  assert.equal(targetWords({ session: "ada" }), "ada");
  assert.equal(targetWords({ broadcast: true }), "the repository");
  assert.equal(targetWords({ broadcast: "server" }), "everybody");
  assert.equal(targetWords({ all: [{ tag: "w" }, { not: { state: "waiting_for_input" } }] }), "tag w and not whoever is waiting for input");
  assert.equal(targetWords({ any: [{ orchestrator: true }, { tag: "w" }] }), "orchestrator or tag w");
  assert.equal(targetWords({ new: 1 }), '{"new":1}');
  assert.equal(targetWords(null), "null");
});

test("an answer that is addressed by id is told with the name", () => {
  const one = message({ to: ["ben"], target: { session: "ben" } });
  one.recipients[0].session_name = "Benjamin";
  assert.equal(aim(one), "Benjamin");
  assert.equal(aim(message({ target: { tag: "w" } })), "tag w");
});

test("the ledger counts states in the order in which they come", () => {
  const one = message({ to: ["a", "b", "c", "d"], state: ["dead", "consumed", "queued", "consumed"] });
  assert.deepEqual(ledger(one), [
    { state: "queued", count: 1 },
    { state: "consumed", count: 2 },
    { state: "dead", count: 1 },
  ]);
  assert.equal(reach(one), 4);
});

test("of very many recipients the counts are of all, not of those that are listed", () => {
  const one = message({ recipients_cut: 399, states: { consumed: 398, queued: 2 } });
  assert.deepEqual(ledger(one), [
    { state: "queued", count: 2 },
    { state: "consumed", count: 398 },
  ]);
  assert.equal(reach(one), 400);
});

test("a filter keeps what fits all of it, oldest first", () => {
  const first = message({ from: "ada", to: ["ben"], state: "queued", payload: { text: "the Parser" } });
  const second = message({ from: "cleo", to: ["ada"], type: "help_request", payload: { context: "parser?" } });
  const third = message({ from: "cleo", to: ["dara"], in_reply_to: first.id, thread: first.id });
  const ids = (filter) => filtered([third, second, first], filter).map(({ id }) => id);
  assert.deepEqual(ids({}), [first.id, second.id, third.id]);
  assert.deepEqual(ids({ session: "ada" }), [first.id, second.id]);
  assert.deepEqual(ids({ session: "ada", type: "help_request" }), [second.id]);
  assert.deepEqual(ids({ state: "queued" }), [first.id]);
  assert.deepEqual(ids({ text: "PARSER" }), [first.id, second.id]);
  assert.deepEqual(ids({ text: "parser cleo" }), [second.id]);
  assert.deepEqual(ids({ thread: first.id }), [first.id, third.id]);
});

test("answers stand below what they answer, and the liveliest conversation is last", () => {
  const quiet = message();
  const lively = message();
  const answer = message({ in_reply_to: lively.id, thread: lively.id });
  const again = message({ in_reply_to: answer.id, thread: lively.id });
  const found = threaded([quiet, lively, answer, again]);
  assert.deepEqual(
    found.map(({ message, depth, isFirst }) => [message.id, depth, isFirst]),
    [
      [quiet.id, 0, true],
      [lively.id, 0, true],
      [answer.id, 1, false],
      [again.id, 2, false],
    ],
  );
});

test("a conversation whose beginning is forgotten still is one", () => {
  const answer = message({ in_reply_to: "gone", thread: "gone" });
  const again = message({ in_reply_to: answer.id, thread: "gone" });
  assert.equal(threadOf(answer), "gone");
  assert.deepEqual(threaded([answer, again]).map(({ depth }) => depth), [0, 1]);
});

test("an edge counts what went one way, what waits and what failed", () => {
  const found = edges([
    message({ from: "a", to: ["b", "c"], state: ["queued", "refused"] }),
    message({ from: "a", to: ["b"], state: "consumed" }),
    message({ from: "b", to: ["a"] }),
  ]);
  const shown = found.map(({ from, to, count, waiting, failed }) => [from, to, count, waiting, failed]);
  assert.deepEqual(shown[0], ["a", "b", 2, 1, 0]);
  assert.deepEqual(shown.slice(1).sort(), [
    ["a", "c", 1, 0, 1],
    ["b", "a", 1, 0, 0],
  ]);
});

test("whoever writes sees whom it will reach", () => {
  const one = (name, more) => ({ session_id: name, session_name: name, tags: [], worktree: null, ...more });
  const model = {
    sessions: new Map([
      ["ada", one("ada", { tags: ["w"], worktree: "/x" })],
      ["ben", one("ben", { tags: ["w", "orchestrator"] })],
    ]),
    states: new Map([["ada", { status: { status: "idle" } }]]),
  };
  assert.deepEqual(audience(model, { tag: "w" }), ["ada", "ben"]);
  assert.deepEqual(audience(model, { session: "ada" }), ["ada"]);
  assert.deepEqual(audience(model, { worktree: "/x" }), ["ada"]);
  assert.deepEqual(audience(model, { state: "idle" }), ["ada"]);
  assert.deepEqual(audience(model, { orchestrator: true }), ["ben"]);
  assert.deepEqual(audience(model, { broadcast: "server" }), ["ada", "ben"]);
  assert.deepEqual(audience(model, { tag: "none" }), []);
  assert.deepEqual(audience(model, {}), []);
});
