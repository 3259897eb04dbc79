// What charts are drawn from: the last five minutes, and no more.
import assert from "node:assert/strict";
import test from "node:test";

const { Samples, samplesOf, SPAN_MS } = await import(`${process.env.STATIC}/samples.js`);

/** A model that has resources, and nothing else. */
class Resources extends EventTarget {
  resources = new Map();

  use(paneId, cpu) {
    this.resources.set(paneId, { cpu, memory: 1, output: 2 });
  }
}

const uses = (samples) => samples.map(({ cpu }) => cpu);

test("samples are kept for five minutes, with the one that held when they began", () => {
  const model = new Resources();
  const samples = new Samples(model);
  for (const [at, cpu] of [[0, 0.1], [1_000, 0.2], [200_000, 0.3], [310_000, 0.4]]) {
    model.use("p", cpu);
    samples.take(["p"], at);
  }
  assert.deepEqual(uses(samples.of("p", 310_000)), [0.2, 0.3, 0.4]);
  assert.deepEqual(uses(samples.of("p", 310_000 + SPAN_MS)), [0.4]);
});

test("a pane that is gone leaves nothing behind", () => {
  const model = new Resources();
  const samples = new Samples(model);
  model.use("p", 1);
  samples.take(["p"], 0);
  model.resources.delete("p");
  samples.take(["p"], 1);
  assert.deepEqual(samples.of("p", 1), []);
});

test("what changes is taken as it is told, once for each model", () => {
  const model = new Resources();
  const samples = samplesOf(model);
  model.use("p", 0.5);
  const detail = { resources: new Set(["p"]) };
  const event = Object.assign(new Event("change"), { detail });
  model.dispatchEvent(event);
  model.dispatchEvent(Object.assign(new Event("change"), { detail: { panes: new Set(["p"]) } }));
  assert.equal(samplesOf(model), samples);
  assert.deepEqual(uses(samples.of("p", Date.now())), [0.5]);
});
