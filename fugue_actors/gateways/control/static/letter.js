/** One message in full: what it says, what became of it for each recipient, and how. */

import { h, keyed, setAttribute, setText } from "./dom.js";
import { ledgerSign, showLedgerSign } from "./marks.js";
import { clock } from "./time.js";
import { aim, MEANINGS, size, words } from "./traffic.js";

// Without a prototype: types are what senders call them.
const TOLD = {
  __proto__: null,
  status_update: ["status", "message"],
  task_assignment: ["description"],
  task_complete: ["success", "summary"],
  help_request: ["context"],
  broadcast: ["message"],
  sync_request: [],
};

/**
 * Show a message in full. What became of it is kept up to date by `show`; what it says
 * never changes, so a selection in it stays.
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @param {import("./traffic.js").Message} message
 * @param {{onThread: (message: object) => void, onReply: (message: object) => void,
 *   onSession: (id: string) => void}} on
 * @returns {import("./app.js").Mounted & {show: (message: object, answers: number) => void}}
 *   `answers` counts the messages of its conversation
 */
export function mountLetter(host, app, message, { onThread, onReply, onSession }) {
  const isAnswerable = message.from.attested !== "daemon";
  const reply = h("button.button.small", {
    type: "button",
    text: `Reply to ${message.from.session_name}`,
    on: { click: () => app.whyNot === null && onReply(message) },
  });
  const thread = h("button.button.small", {
    type: "button",
    text: "Whole conversation",
    on: { click: () => onThread(message) },
  });
  const rows = h("tbody");

  function show(changed, answers) {
    setAttribute(thread, "hidden", answers < 2);
    showRecipients(rows, changed, onSession);
  }
  host.append(
    h(
      "div.letter-full",
      {},
      body(app, message),
      recipients(rows),
      facts(message),
      h("div.letter-actions", {}, isAnswerable ? reply : null, thread),
    ),
  );

  function showRight() {
    setAttribute(reply, "aria-disabled", app.whyNot === null ? null : true);
    setAttribute(reply, "title", app.whyNot);
  }

  const stop = app.listen([app.connection, "phase", showRight]);
  showRight();
  return {
    show,
    destroy() {
      stop();
      host.replaceChildren();
    },
  };
}

function body(app, message) {
  const payload = message.payload ?? {};
  const place = h("div.letter-body");
  if (payload.payload_cut) {
    const load = h("button.button.small", {
      type: "button",
      text: `Load all ${size(payload.payload_bytes)}`,
      on: { click: () => loadAll(app, message, place) },
    });
    place.append(load);
  } else place.append(...said(message, payload));
  return place;
}

function said(message, payload) {
  const text = words(message);
  const isText = typeof payload.text === "string";
  const told = TOLD[message.type] ?? (isText ? ["text"] : []);
  const rest = Object.fromEntries(Object.entries(payload).filter(([key]) => !told.includes(key)));
  const isPlain = told.length > 0 || message.type === "sync_request";
  const parts = [];
  if (isPlain && text) parts.push(h("p.letter-text", { text }));
  if (Object.keys(rest).length > 0) {
    parts.push(h("pre.letter-json", { tabindex: "0", text: JSON.stringify(rest, null, 2) }));
  }
  return parts;
}

async function loadAll(app, message, place) {
  try {
    const whole = await app.connection.request("message_status", { message_id: message.id });
    place.replaceChildren(...said(whole, whole.payload));
  } catch (error) {
    place.append(h("p.problem", { role: "alert", text: error.message }));
  }
}

function recipients(rows) {
  const heads = ["recipient", "state", "since", "shown by"];
  return h(
    "table.recipients",
    {},
    h("caption.visually-hidden", { text: "Recipients" }),
    h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col", text })))),
    rows,
  );
}

function showRecipients(rows, message, onSession) {
  keyed(
    rows,
    message.recipients ?? [],
    ({ session_id }) => session_id,
    ({ session_id, session_name }) => {
      const go = () => onSession(session_id);
      const name = h("button.link", { type: "button", text: session_name, on: { click: go } });
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, name),
        h("td.state-cell", {}, ledgerSign(), h("span")),
        h("td", {}, h("time")),
        h("td.evidence"),
      );
    },
    (row, one) => {
      const [, state, since, evidence] = row.children;
      showLedgerSign(state.firstElementChild, one.state);
      setText(state.lastElementChild, one.state);
      setAttribute(state, "title", MEANINGS[one.state] ?? null);
      setAttribute(since.firstElementChild, "datetime", one.at);
      setText(since.firstElementChild, clock(one.at));
      setText(evidence, course(one));
    },
  );
  if (message.recipients_cut) {
    rows.append(h("tr", {}, h("td.muted", { colspan: "4", text: `and ${message.recipients_cut} more` })));
  }
}

/** What shows that the state is true, and the way there. */
function course(recipient) {
  const before = (recipient.steps ?? []).map(({ state, at }) => `${state} ${clock(at)}`);
  const parts = [recipient.evidence, before.length > 0 ? `before: ${before.join(", ")}` : null];
  if (recipient.redelivered) parts.push("redelivered");
  return parts.filter(Boolean).join(" · ");
}

function facts(message) {
  const rows = [
    ["target", aim(message)],
    ["sent", clock(message.sent_at)],
    ["expires", message.expires_at ? clock(message.expires_at) : null],
    ["priority", message.priority],
    ["deliver", message.deliver === "one" ? "to one of them" : null],
    ["sender", message.from.attested],
    ["id", message.id],
  ];
  return h(
    "dl.facts",
    {},
    ...rows
      .filter(([, value]) => value)
      .map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }))),
  );
}
