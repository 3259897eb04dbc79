/**
 * Small charts of what a pane uses: processor, memory, output. Each has its text beside it.
 */

import { h, setAttribute, setText, svg } from "./dom.js";
import { samplesOf, SPAN_MS } from "./samples.js";

const WIDTH = 100;
const HEIGHT = 24;
const TICK_MS = 2_000;

/**
 * @typedef {Object} Kind
 * @property {"cpu" | "memory" | "output"} key
 * @property {string} name
 * @property {number} least what the top of the chart stands for at least
 * @property {(value: number) => string} say
 */

/** @type {Kind[]} */
const KINDS = [
  { key: "cpu", name: "CPU", least: 0.1, say: (value) => `${Math.round(value * 100)} %` },
  { key: "memory", name: "Memory", least: 1 << 20, say: bytes },
  { key: "output", name: "Output", least: 1024, say: (value) => `${bytes(value)}/s` },
];

/**
 * Fill an element with the charts of a pane.
 * @param {HTMLElement} place
 * @param {import("./app.js").App} app
 * @param {string} paneId
 * @returns {import("./app.js").Mounted}
 */
export function mountCharts(place, app, paneId) {
  const samples = samplesOf(app.model);
  const charts = KINDS.map((kind) => new Chart(kind));
  place.append(...charts.map((chart) => chart.element));

  function draw() {
    const now = Date.now();
    const shown = samples.of(paneId, now);
    for (const chart of charts) chart.draw(shown, now);
  }

  const timer = setInterval(() => {
    if (!document.hidden) draw();
  }, TICK_MS);
  const stop = app.listen([
    app.model,
    "change",
    (event) => event.detail.resources?.has(paneId) && draw(),
  ]);
  draw();
  return {
    destroy() {
      clearInterval(timer);
      stop();
      for (const chart of charts) chart.element.remove();
    },
  };
}

class Chart {
  #line = svg("path.chart-line");
  #area = svg("path.chart-area");
  #value = h("span.chart-value");

  /** @param {Kind} kind */
  constructor(kind) {
    this.kind = kind;
    this.picture = svg(
      "svg.chart-picture",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      this.#area,
      this.#line,
    );
    this.element = h(
      `div.chart.chart-${kind.key}`,
      {},
      h("span.chart-name", { text: kind.name }),
      this.picture,
      this.#value,
    );
  }

  /**
   * @param {import("./samples.js").Sample[]} samples
   * @param {number} now
   */
  draw(samples, now) {
    const { key, name, least, say } = this.kind;
    const points = samples.map((sample) => ({ at: sample.at, value: sample[key] }));
    setAttribute(this.element, "data-empty", points.length === 0);
    if (points.length === 0) {
      setText(this.#value, "–");
      setAttribute(this.picture, "aria-label", `${name}: not known yet`);
      return;
    }
    const most = Math.max(...points.map((point) => point.value));
    const last = points[points.length - 1].value;
    const line = pathOf(points, now, Math.max(most, least));
    this.#line.setAttribute("d", line);
    this.#area.setAttribute("d", `${line}V${HEIGHT}H${xOf(points[0].at, now)}Z`);
    setText(this.#value, say(last));
    const label = `${name}: ${say(last)} now, at most ${say(most)} in the last five minutes`;
    setAttribute(this.picture, "aria-label", label);
    setAttribute(this.element, "title", label);
  }
}

/** Steps, since a value holds until another one comes. */
function pathOf(points, now, top) {
  const yOf = (value) => round(HEIGHT - 1 - (value / top) * (HEIGHT - 2));
  let path = "";
  for (const { at, value } of points) {
    const x = xOf(at, now);
    path += path ? `H${x}V${yOf(value)}` : `M${x} ${yOf(value)}`;
  }
  return `${path}H${WIDTH}`;
}

function xOf(at, now) {
  return round(Math.max(0, WIDTH * (1 - (now - at) / SPAN_MS)));
}

function round(value) {
  return Math.round(value * 10) / 10;
}

/** A size as people read it. */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && rest < 10 ? 1 : 0;
  return `${rest.toFixed(digits)} ${units[unit]}`;
}
