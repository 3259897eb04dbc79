/**
 * The question before several lines go to a program that cannot tell a paste from typing.
 */

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
  const choice = (text, value, tag = "button") =>
    h(tag, { type: "button", text, on: { click: () => dialog.close(value) } });
  const paste = choice("Paste", "paste", "button.primary");
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog.term-dialog",
      { "aria-labelledby": "paste-title" },
      h("h2", { id: "paste-title", text: `Paste ${lines.length} lines?` }),
      h("p", {
        text: "This program cannot tell a paste from typing: each line end acts as Enter.",
      }),
      h("pre", { text: beginning, tabindex: "0", "aria-label": "What would be pasted" }),
      h("div.term-choices", {}, choice("Cancel", ""), paste),
    )
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "paste");
    });
    dialog.showModal();
    paste.focus();
  });
}
