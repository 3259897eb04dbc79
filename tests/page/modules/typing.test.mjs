// What a person types reaches the daemon in order, one request at a time.
import assert from "node:assert/strict";
import test from "node:test";

const { Typing } = await import(`${process.env.STATIC}/typing.js`);

/** Requests that are answered when the test says so. */
function gate() {
  const sent = [];
  const answers = [];
  const send = (batch) => {
    sent.push(structuredClone(batch));
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  const answer = async (error) => {
    const { resolve, reject } = answers.shift();
    if (error) reject(error);
    else resolve();
    await new Promise(setImmediate);
  };
  return { sent, send, answer };
}

function refusals() {
  const seen = [];
  return { seen, note: (error) => seen.push(error.code) };
}

test("the first key goes at once, and what comes meanwhile goes together", async () => {
  const { sent, send, answer } = gate();
  const typing = new Typing(send, assert.fail);
  typing.type("a");
  typing.type("b");
  typing.type("c");
  typing.press("Enter");
  assert.equal(sent.length, 1);
  await answer();
  assert.deepEqual(sent, [
    { text: "a", keys: [], paste: false },
    { text: "bc", keys: ["Enter"], paste: false },
  ]);
  await answer();
  assert.equal(typing.isIdle, true);
});

test("text behind a key keeps its place", async () => {
  const { sent, send, answer } = gate();
  const typing = new Typing(send, assert.fail);
  typing.type("x");
  typing.press("Escape");
  typing.type(":q é");
  typing.press("C-c");
  typing.type("a\u00a0b");
  await answer();
  await answer();
  assert.deepEqual(sent.slice(1), [
    { text: "", keys: ["Escape", ":", "q", " ", "é", "C-c"], paste: false },
    { text: "a\u00a0b", keys: [], paste: false },
  ]);
});

test("a paste is a piece of its own", async () => {
  const { sent, send, answer } = gate();
  const typing = new Typing(send, assert.fail);
  typing.type("a");
  typing.type("b");
  typing.paste("one\ntwo");
  typing.type("c");
  for (let count = 0; count < 4; count += 1) await answer();
  assert.deepEqual(
    sent.map(({ text, paste }) => [text, paste]),
    [["a", false], ["b", false], ["one\ntwo", true], ["c", false]],
  );
});

test("nothing that waited is sent after a refusal, and what comes later is", async () => {
  const { sent, send, answer } = gate();
  const { seen, note } = refusals();
  const typing = new Typing(send, note);
  typing.type("rm -r tmp");
  typing.press("Enter");
  typing.type("y");
  await answer(Object.assign(new Error("no"), { code: "HumanControl" }));
  assert.deepEqual(seen, ["HumanControl"]);
  assert.equal(sent.length, 1);
  typing.type("z");
  assert.equal(sent.at(-1).text, "z");
});

test("a program that does not read makes nobody gather without end", () => {
  const { sent, send } = gate();
  const typing = new Typing(send, assert.fail);
  let taken = 0;
  while (typing.paste("x") && taken < 1000) taken += 1;
  assert.ok(taken < 100);
  typing.forget();
  assert.equal(typing.type("y"), true);
  assert.equal(sent.length, 1);
});
