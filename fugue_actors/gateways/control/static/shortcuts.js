/**
 * Keys that work anywhere on the page, and the page of help that lists them.
 *
 * A key typed into a field belongs to the field, and one that a terminal takes belongs to
 * the terminal: whatever has `data-takes-keys`, or has called `preventDefault`, keeps it.
 *
 * @typedef {{keys: string[], label: string, run?: () => void}} Shortcut `keys` as in
 *   `KeyboardEvent.key`; without `run` it is only listed, for it works in one place only
 * @typedef {{title: string, shortcuts: Shortcut[]}} Group
 */

import { showDialog } from "./dialog.js";
import { h } from "./dom.js";

const NAMES = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  " ": "Space",
};

/** @param {Group[]} groups */
export function listenToKeys(groups) {
  const known = new Map();
  for (const { shortcuts } of groups) {
    for (const { keys, run } of shortcuts) {
      if (run) for (const key of keys) known.set(key, run);
    }
  }
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTaken(event.target) || document.querySelector("dialog[open]")) return;
    const run = known.get(event.key);
    if (run === undefined) return;
    event.preventDefault();
    run();
  });
}

function isTaken(target) {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [data-takes-keys]") !== null
  );
}

/** @param {Group[]} groups */
export function showKeys(groups) {
  const sections = groups.map(({ title, shortcuts }) =>
    h(
      "section",
      {},
      h("h3", { text: title }),
      h(
        "dl.keys",
        {},
        ...shortcuts.map(({ keys, label }) =>
          h(
            "div",
            {},
            h("dt", {}, ...keys.map((key) => h("kbd", { text: NAMES[key] ?? key }))),
            h("dd", { text: label }),
          ),
        ),
      ),
    ),
  );
  showDialog({ title: "Keys", body: [h("div.key-groups", {}, ...sections)], isWide: true });
}
