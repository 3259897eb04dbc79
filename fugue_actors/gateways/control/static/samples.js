/**
 * What panes used during the last minutes, for charts. Pure but for listening.
 */

/** How far back charts go. */
export const SPAN_MS = 5 * 60_000;

/**
 * What a pane used at a moment.
 * @typedef {{at: number, cpu: number, memory: number, output: number}} Sample
 */

/** Collects what the model says of panes' resources, for as long as the page is open. */
export class Samples {
  /** @type {Map<string, Sample[]>} */
  #panes = new Map();

  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    this.take([...model.resources.keys()], Date.now());
    model.addEventListener("change", (event) => {
      const changed = /** @type {CustomEvent} */ (event).detail.resources;
      if (changed) this.take(changed, Date.now());
    });
  }

  /**
   * Note what the model has of some panes.
   * @param {Iterable<string>} paneIds
   * @param {number} now milliseconds
   */
  take(paneIds, now) {
    for (const paneId of paneIds) {
      const used = this.model.resources.get(paneId);
      if (used === undefined) {
        this.#panes.delete(paneId);
        continue;
      }
      const kept = within(this.#panes.get(paneId) ?? [], now - SPAN_MS);
      const { cpu, memory, output } = used;
      this.#panes.set(paneId, [...kept, { at: now, cpu, memory, output }]);
    }
  }

  /**
   * A pane's samples of the last minutes, oldest first. What did not change has no sample
   * of its own, so the first may be older than that.
   * @param {string} paneId
   * @param {number} now
   * @returns {Sample[]}
   */
  of(paneId, now) {
    return within(this.#panes.get(paneId) ?? [], now - SPAN_MS);
  }
}

/** The samples since a moment, and the one that was true then. */
function within(samples, since) {
  const first = samples.findIndex((sample) => sample.at > since);
  if (first < 0) return samples.slice(-1);
  return samples.slice(Math.max(0, first - 1));
}

/** @type {WeakMap<object, Samples>} */
const collections = new WeakMap();

/**
 * The samples of a model: one collection, whoever asks.
 * @param {import("./model.js").Model} model
 * @returns {Samples}
 */
export function samplesOf(model) {
  let samples = collections.get(model);
  if (samples === undefined) {
    samples = new Samples(model);
    collections.set(model, samples);
  }
  return samples;
}
