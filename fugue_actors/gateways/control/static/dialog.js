/**
 * Dialogs: the browser's own, so that focus, Escape and what lies behind are taken care of.
 */

import { h } from "./dom.js";
import { iconButton } from "./marks.js";

/**
 * @param {object} options
 * @param {string} options.title
 * @param {(Node | string)[]} options.body
 * @param {Node[]} [options.actions] buttons at the foot
 * @param {boolean} [options.isWide]
 * @param {(event: SubmitEvent) => void} [options.onSubmit] makes the body a form
 * @returns {HTMLDialogElement} already open; it is gone from the page once it is closed
 */
export function showDialog({ title, body, actions = [], isWide = false, onSubmit }) {
  const before = document.activeElement;
  const heading = h("h2", { id: "dialog-title", text: title });
  const close = iconButton("close", "Close", () => dialog.close());
  const foot = actions.length > 0 ? h("div.dialog-foot", {}, ...actions) : null;
  const inside = [h("div.dialog-body", {}, ...body), foot];
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog.dialog",
      {
        "aria-labelledby": "dialog-title",
        on: {
          click: (event) => event.target === dialog && dialog.close(),
          close: () => {
            dialog.remove();
            if (before instanceof HTMLElement && before.isConnected) before.focus();
          },
        },
      },
      h("div.dialog-head", {}, heading, close),
      onSubmit ? formOf(inside, onSubmit) : h("div.dialog-frame", {}, ...inside),
    )
  );
  dialog.classList.toggle("wide", isWide);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function formOf(inside, onSubmit) {
  const submit = (event) => {
    event.preventDefault(); // nothing is ever sent by the browser itself
    onSubmit(event);
  };
  return h("form.dialog-frame", { novalidate: true, on: { submit } }, ...inside);
}

/**
 * Ask before something that cannot be taken back.
 * @param {{title: string, text: string, action: string}} options
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, action }) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = showDialog({
      title,
      body: [h("p", { text })],
      actions: [
        h("button.button", { type: "button", text: "Cancel", autofocus: true, on: { click: () => dialog.close() } }),
        h("button.button.danger", {
          type: "button",
          text: action,
          on: {
            click: () => {
              answer = true;
              dialog.close();
            },
          },
        }),
      ],
    });
    dialog.addEventListener("close", () => resolve(answer));
  });
}
