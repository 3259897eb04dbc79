/**
 * The question before several lines go to a program that cannot tell a paste from typing.
 */

import { showDialog } from "./dialog.js";
import { h } from "./dom.js";

const SHOWN_LINES = 8;
const SHOWN_CHARACTERS = 400;

/**
 * Ask whether a text shall be pasted.
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export function confirmPaste(text) {
  const lines = text.split(/\r\n|\r|\n/);
  const cut = lines.length > SHOWN_LINES ? "\n…" : "";
  const beginning = lines.slice(0, SHOWN_LINES).join("\n").slice(0, SHOWN_CHARACTERS) + cut;
  return new Promise((resolve) => {
    let isWanted = false;
    const choice = (tag, label, action) =>
      h(tag, { type: "button", text: label, on: { click: action } });
    const cancel = choice("button.button", "Cancel", () => dialog.close());
    const paste = choice("button.button.primary", "Paste", () => {
      isWanted = true;
      dialog.close();
    });
    const dialog = showDialog({
      title: `Paste ${lines.length} lines?`,
      body: [
        h("p", {
          text: "This program cannot tell a paste from typing: each line end acts as Enter.",
        }),
        h("pre.term-paste", { text: beginning, tabindex: "0", "aria-label": "Text to paste" }),
      ],
      actions: [cancel, paste],
    });
    dialog.addEventListener("close", () => resolve(isWanted));
    paste.focus();
  });
}
