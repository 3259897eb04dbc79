/** One message in full: what it says, what became of it for each recipient, and how. */

import { h } from "./dom.js";
import { ledgerSign } from "./marks.js";
import { clock } from "./time.js";
import { aim, MEANINGS, size, words } from "./traffic.js";

const TOLD = {
  status_update: ["status", "message"],
  task_assignment: ["description"],
  task_complete: ["success", "summary"],
  help_request: ["context"],
  broadcast: ["message"],
  sync_request: [],
};

/**
 * @param {import("./app.js").App} app
 * @param {import("./traffic.js").Message} message
 * @param {{onThread: () => void, onReply: () => void, onSession: (id: string) => void}} on
 * @returns {HTMLElement}
 */
export function letter(app, message, { onThread, onReply, onSession }) {
  const isAnswerable = message.from.attested !== "daemon";
  const reply = h("button.button.small", {
    type: "button",
    text: `Reply to ${message.from.session_name}`,
    "aria-disabled": app.whyNot ? true : null,
    title: app.whyNot,
    on: { click: () => app.whyNot === null && onReply() },
  });
  const thread = h("button.button.small", {
    type: "button",
    text: "Whole conversation",
    on: { click: onThread },
  });
  return h(
    "div.letter-full",
    {},
    body(app, message),
    recipients(message, onSession),
    facts(message),
    h("div.letter-actions", {}, isAnswerable ? reply : null, thread),
  );
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

function recipients(message, onSession) {
  const rows = (message.recipients ?? []).map((one) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("button.link", { type: "button", text: one.session_name, on: { click: () => onSession(one.session_id) } }),
      ),
      h("td.state-cell", { title: MEANINGS[one.state] ?? null }, ledgerSign(one.state), h("span", { text: one.state })),
      h("td", {}, h("time", { datetime: one.at, text: clock(one.at) })),
      h("td.evidence", { text: course(one) }),
    ),
  );
  if (message.recipients_cut) {
    rows.push(h("tr", {}, h("td.muted", { colspan: "4", text: `and ${message.recipients_cut} more` })));
  }
  return h(
    "table.recipients",
    {},
    h("caption.visually-hidden", { text: "Recipients" }),
    h(
      "thead",
      {},
      h("tr", {}, ...["recipient", "state", "since", "shown by"].map((text) => h("th", { scope: "col", text }))),
    ),
    h("tbody", {}, ...rows),
  );
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
