/**
 * The question before control of a pane is taken from somebody who has it.
 */

import { showDialog } from "./dialog.js";
import { h } from "./dom.js";

/**
 * Ask whether to take over.
 * @param {string} operator who controls the pane now
 * @returns {Promise<boolean>}
 */
export function confirmTakeOver(operator) {
  return new Promise((resolve) => {
    let isWanted = false;
    const choice = (tag, label, action) =>
      h(tag, { type: "button", text: label, on: { click: action } });
    const cancel = choice("button.button", "Cancel", () => dialog.close());
    const take = choice("button.button.primary", "Take over", () => {
      isWanted = true;
      dialog.close();
    });
    const dialog = showDialog({
      title: `Take over from ${operator}?`,
      body: [
        h("p", { text: `${operator} controls this pane and is told that you have taken over.` }),
      ],
      actions: [cancel, take],
    });
    dialog.addEventListener("close", () => resolve(isWanted));
    cancel.focus();
  });
}
