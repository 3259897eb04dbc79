// Whoever looks at a pane is told why it shows nothing new.
import assert from "node:assert/strict";
import test from "node:test";

const { nameOf, refusalOf, troubleOf } = await import(`${process.env.STATIC}/trouble.js`);

const running = { pane_id: "p", session_name: "lead", name: null, state: "running", exit: null };

function model(pane, { loaded = true, hasScreen = true } = {}) {
  return {
    loaded,
    panes: new Map(pane ? [["p", { ...running, ...pane }]] : []),
    screens: new Map(hasScreen ? [["p", {}]] : []),
  };
}

const trouble = (...given) => troubleOf(model(...given), "p");

test("a program that runs has none", () => {
  assert.equal(trouble({}), null);
});

test("each state has its words", () => {
  assert.deepEqual(trouble({ state: "exited", exit: { code: 0, signal: null } }), {
    kind: "done",
    text: "The program has ended without an error.",
  });
  const failed = trouble({ state: "exited", exit: { code: 3, signal: null }, trouble: "Why." });
  assert.deepEqual(failed, { kind: "exited", text: "The program has ended with status 3. Why." });
  const killed = trouble({ state: "restarting", last_exit: { code: null, signal: "SIGKILL" } });
  assert.equal(killed.kind, "restarting");
  assert.match(killed.text, /It has been ended by SIGKILL\.$/);
  assert.equal(trouble({ state: "lost", orphaned: true }).kind, "lost");
});

test("what is not known yet is not called closed", () => {
  assert.equal(trouble(null).kind, "closed");
  assert.equal(trouble(null, { loaded: false }).kind, "loading");
  assert.equal(trouble({}, { hasScreen: false }).kind, "loading");
});

test("panes are called by their session, and by their own name if they have one", () => {
  assert.equal(nameOf(model({}), "p"), "lead");
  assert.equal(nameOf(model({ name: "logs" }), "p"), "lead · logs");
  assert.equal(nameOf(model(null), "p"), "p");
});

test("a refusal says what happened to what was typed, and for how long", () => {
  const human = { code: "HumanControl", message: "no", data: { remaining: 1.46 } };
  assert.match(refusalOf(human), /for another 1\.5 s; what you typed was not sent$/);
  assert.match(refusalOf({ code: "HumanControl", message: "no" }), /^Somebody else types here; /);
  const held = { reason: "control", operator: "ada" };
  assert.equal(
    refusalOf({ code: "HumanControl", message: "no", data: held }),
    "ada controls this pane; what you typed was not sent",
  );
  const exited = { code: "PaneExited", message: "it has ended", hint: "read it" };
  assert.equal(refusalOf(exited), "it has ended (read it)");
});
