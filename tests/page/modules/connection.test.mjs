// The page's connection: it greets, subscribes, comes back, and knows when not to.
import assert from "node:assert/strict";
import test from "node:test";

/** A daemon's end of a socket, played by hand. */
class Socket extends EventTarget {
  static all = [];
  static get last() {
    return Socket.all.at(-1);
  }

  constructor(url) {
    super();
    this.url = url;
    this.asked = [];
    Socket.all.push(this);
  }

  send(text) {
    this.asked.push(JSON.parse(text));
  }

  close() {}

  open() {
    this.dispatchEvent(new Event("open"));
  }

  async say(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
    await settled();
  }

  /** Answer what was asked last under a name. */
  async answer(name, body) {
    const { id } = this.asked.findLast(({ request }) => request === name);
    await this.say({ id, ...body });
  }

  async hangUp(code = 1006, reason = "") {
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
    await settled();
  }
}

globalThis.WebSocket = Socket;
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.addEventListener = () => {};

const { Connection } = await import(`${process.env.STATIC}/connection.js`);
const { Model } = await import(`${process.env.STATIC}/model.js`);

/** Promises that are due have run. */
async function settled() {
  for (let i = 0; i < 8; i += 1) await null;
}

const welcome = { version: "1", pid: 1, protocol: 1, generation: 7, role: "operator", name: "ada" };
const full = { seq: 40, snapshot: { sessions: { a: {} } } };

/** A connection that has begun, with its timers in the test's hands. */
function begin(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const connection = new Connection({ url: "ws://x/ws", model: new Model() });
  connection.start("fugue_t");
  Socket.last.open();
  return connection;
}

async function live(t) {
  const connection = begin(t);
  await Socket.last.answer("hello", { result: welcome });
  await Socket.last.answer("subscribe", { result: { seq: 40, resumed: false } });
  await Socket.last.say(full);
  return connection;
}

test("it greets with its token, then asks for what there is", async (t) => {
  const connection = begin(t);
  assert.deepEqual(Socket.last.asked, [{ id: 1, request: "hello", args: { token: "fugue_t" } }]);
  assert.equal(connection.phase, "connecting");
  await Socket.last.answer("hello", { result: welcome });
  const { args } = Socket.last.asked.at(-1);
  assert.ok(args.kinds.includes("messages"));
  assert.equal(args.since, undefined);
  await Socket.last.answer("subscribe", { result: { seq: 40, resumed: false } });
  assert.equal(connection.phase, "live");
});

test("a request gets its own answer, whatever comes first", async (t) => {
  const connection = await live(t);
  const first = connection.request("one");
  const second = connection.request("two");
  await Socket.last.answer("two", { result: { n: 2 } });
  await Socket.last.answer("one", { error: { code: "NotAllowed", message: "no", hint: "ask" } });
  assert.deepEqual(await second, { n: 2 });
  await assert.rejects(first, { code: "NotAllowed", message: "no", hint: "ask" });
});

test("a break keeps what is known, fails what waits, and is mended where it was", async (t) => {
  const connection = await live(t);
  const waiting = connection.request("slow");
  await Socket.last.hangUp();
  await assert.rejects(waiting, { code: "Disconnected" });
  assert.equal(connection.phase, "waiting");
  assert.deepEqual([...connection.model.sessions.keys()], ["a"]);
  await assert.rejects(connection.request("more"), { code: "Disconnected" });

  t.mock.timers.tick(250);
  Socket.last.open();
  await Socket.last.answer("hello", { result: welcome });
  const { args } = Socket.last.asked.at(-1);
  assert.deepEqual([args.since, args.generation], [40, 7]);
});

test("a daemon of another life tells everything anew", async (t) => {
  const connection = await live(t);
  await Socket.last.hangUp();
  t.mock.timers.tick(250);
  Socket.last.open();
  await Socket.last.answer("hello", { result: { ...welcome, generation: 8 } });
  assert.equal(Socket.last.asked.at(-1).args.since, undefined);
  // Broken before the snapshot: what is known is still of the life before.
  await Socket.last.say({ seq: 2, put: {} });
  await Socket.last.hangUp();
  assert.equal(connection.model.generation, 7);
});

test("it tries soon, then less often, and at once when asked to", async (t) => {
  const connection = await live(t);
  const delays = [];
  for (let i = 0; i < 12; i += 1) {
    await Socket.last.hangUp();
    delays.push(connection.retryAt - Date.now());
    connection.retryNow();
  }
  assert.ok(delays[0] < 300, `${delays}`);
  assert.ok(delays.at(-1) > 5_000 && delays.at(-1) <= 8_000, `${delays}`);
  assert.equal(connection.phase, "connecting");
});

test("a daemon that takes the connection and says nothing is tried again", async (t) => {
  const connection = begin(t);
  const count = Socket.all.length;
  t.mock.timers.tick(10_000);
  assert.equal(connection.phase, "waiting");
  t.mock.timers.tick(250);
  assert.equal(Socket.all.length, count + 1);
  // The greeting that came in time is not undone later.
  Socket.last.open();
  await Socket.last.answer("hello", { result: welcome });
  await Socket.last.answer("subscribe", { result: { seq: 1, resumed: false } });
  t.mock.timers.tick(60_000);
  assert.equal(connection.phase, "live");
});

test("a connection over which nothing comes can be given up", async (t) => {
  const connection = await live(t);
  const waiting = connection.request("status");
  connection.breakOff();
  await assert.rejects(waiting, { code: "Disconnected" });
  assert.equal(connection.phase, "waiting");
});

test("a refused token ends the trying, with what the daemon said", async (t) => {
  const connection = begin(t);
  const count = Socket.all.length;
  await Socket.last.answer("hello", {
    error: { code: "NotAllowed", message: "the token expired", data: { reason: "expired" } },
  });
  await Socket.last.hangUp(4401, "the token expired");
  assert.equal(connection.phase, "refused");
  assert.equal(connection.refusal.data.reason, "expired");
  t.mock.timers.tick(60_000);
  assert.equal(Socket.all.length, count);
});

test("a token revoked while it is in use ends the trying, too", async (t) => {
  const connection = await live(t);
  await Socket.last.hangUp(4401, "the token was revoked");
  assert.equal(connection.phase, "refused");
  assert.equal(connection.refusal.message, "the token was revoked");
});

test("another token opens what one has closed", async (t) => {
  const connection = await live(t);
  await Socket.last.hangUp(4401, "revoked");
  connection.start("fugue_other");
  Socket.last.open();
  assert.equal(Socket.last.asked[0].args.token, "fugue_other");
  // It may show what the one before did not, so nothing counts as known.
  await Socket.last.answer("hello", { result: welcome });
  assert.equal(Socket.last.asked.at(-1).args.since, undefined);
});

test("wishes for screens are put together, and told once they have settled", async (t) => {
  const connection = await live(t);
  const count = Socket.last.asked.length;
  connection.setScreens(["p2", "p1"], 5, "grid");
  connection.setScreens(["p1", "p3"], 30, "full");
  assert.equal(Socket.last.asked.length, count);
  t.mock.timers.tick(100);
  const { request, args } = Socket.last.asked.at(-1);
  assert.equal(request, "subscribe");
  assert.deepEqual([args.screens, args.rate], [["p1", "p2", "p3"], 30]);
  connection.setScreens([], 30, "full");
  t.mock.timers.tick(100);
  assert.deepEqual(Socket.last.asked.at(-1).args.screens, ["p1", "p2"]);
  assert.equal(Socket.last.asked.length, count + 2);
});

test("a screen that nobody watches any more is forgotten", async (t) => {
  const connection = await live(t);
  connection.setScreens(["p1"]);
  t.mock.timers.tick(100);
  await Socket.last.say({ seq: 41, screens: { p1: { full: true, columns: 2, lines: 1, rows: {} } } });
  assert.ok(connection.model.screens.has("p1"));
  connection.setScreens(["p2"]);
  t.mock.timers.tick(100);
  assert.ok(!connection.model.screens.has("p1"));
});
