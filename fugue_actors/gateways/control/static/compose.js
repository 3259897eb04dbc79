/**
 * Where a person writes to sessions: whom, what, and before it is sent, who will get it.
 */

import { h, setAttribute, setText } from "./dom.js";
import { iconButton } from "./marks.js";
import { audience, words } from "./traffic.js";

const TARGETS = [
  ["session", "session"],
  ["tag", "tag"],
  ["state", "everybody who is"],
  ["worktree", "worktree"],
  ["orchestrator", "the orchestrator"],
  ["everybody", "everybody"],
];
const EXAMPLES = { session: "its name", tag: "worker", state: "idle", worktree: "its path" };
const STATUSES = ["idle", "working", "waiting_for_input", "blocked", "complete", "error"];
const KINDS = [
  ["message", "text"],
  ["task_assignment", "task"],
  ["help_request", "help request"],
  ["broadcast", "announcement"],
  ["sync_request", "status, please"],
];
const MOST_NAMES = 6;

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted & {reply: (message: object) => void,
 *   writeTo: (target?: object) => void}}
 */
export function mountCompose(host, app) {
  const { model, connection } = app;
  /** @type {import("./traffic.js").Message | null} */
  let answered = null;
  let isSending = false;

  const kind = h("select.select", { "aria-label": "To", on: { change: onKind } }, ...options(TARGETS));
  const choices = h("datalist", { id: "compose-choices" });
  const who = h("input.input.who", {
    "aria-label": "Which",
    list: "compose-choices",
    autocomplete: "off",
    spellcheck: "false",
    on: { input: showAudience },
  });
  const type = h("select.select", { "aria-label": "Kind of message", on: { change: showText } }, ...options(KINDS));
  const text = h("textarea.input.compose-text", {
    rows: "1",
    "aria-label": "Message",
    placeholder: "Write to the fleet",
    on: { keydown: onKey, input: grow },
  });
  const send = h("button.button.primary", { type: "submit", text: "Send" });
  const to = h("span.audience", { "aria-live": "polite" });
  const about = h("span.answering", { hidden: true });
  const drop = iconButton("close", "Do not answer it", () => answer(null));
  const problem = h("p.problem", { role: "alert" });
  const form = h(
    "form.compose",
    { "aria-label": "Write a message", novalidate: true, on: { submit } },
    h("div.compose-head", {}, h("span.muted", { text: "To" }), kind, who, choices, type, about, drop, to),
    h("div.compose-body", {}, text, send),
    problem,
  );
  const refused = h("p.compose-refused.muted");
  host.append(form, refused);

  function target() {
    const value = who.value.trim();
    switch (kind.value) {
      case "everybody":
        return { broadcast: "server" };
      case "orchestrator":
        return { orchestrator: true };
      case "state":
        return { state: value.replaceAll(" ", "_") };
      default:
        return { [kind.value]: value };
    }
  }

  function content() {
    const said = text.value.trim();
    switch (type.value) {
      case "task_assignment":
        return { message: { task_assignment: { task_id: crypto.randomUUID(), description: said, files: [] } } };
      case "help_request":
        return { message: { help_request: { context: said } } };
      case "broadcast":
        return { message: { broadcast: { message: said } } };
      case "sync_request":
        return { message: { sync_request: true } };
      default:
        return { msg_type: "message", payload: { text: said } };
    }
  }

  async function submit(event) {
    event.preventDefault();
    if (isSending || app.whyNot !== null) return;
    const isSaid = type.value === "sync_request" || text.value.trim() !== "";
    if (needsName() && who.value.trim() === "") return fail(who, "Whom is it for?");
    if (!isSaid) return fail(text, "There is nothing to send yet.");
    isSending = true;
    setAttribute(send, "disabled", true);
    try {
      const given = { target: target(), ...content() };
      if (answered !== null) given.in_reply_to = answered.id;
      const { delivered_count: count } = await connection.request("send_orchestration", given);
      text.value = "";
      grow();
      answer(null);
      fail(null, "");
      app.announce(count === 1 ? "Sent to 1 session" : `Sent to ${count} sessions`);
    } catch (error) {
      fail(null, [error.message, error.hint].filter(Boolean).join(". "));
    } finally {
      isSending = false;
      setAttribute(send, "disabled", false);
      text.focus();
    }
  }

  function fail(field, words) {
    for (const each of [who, text]) setAttribute(each, "aria-invalid", each === field ? true : null);
    setText(problem, words);
    field?.focus();
  }

  function onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") text.blur();
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 180)}px`;
  }

  const needsName = () => !["everybody", "orchestrator"].includes(kind.value);

  function onKind() {
    who.value = "";
    fillChoices();
    showAudience();
  }

  function fillChoices() {
    const sessions = [...model.sessions.values()];
    const names = {
      session: sessions.map((one) => one.session_name),
      tag: sessions.flatMap((one) => one.tags),
      worktree: sessions.map((one) => one.worktree).filter(Boolean),
      state: STATUSES.map((name) => name.replaceAll("_", " ")),
    }[kind.value];
    setAttribute(who, "hidden", names === undefined);
    who.placeholder = EXAMPLES[kind.value] ?? "";
    choices.replaceChildren(...[...new Set(names ?? [])].sort().map((value) => h("option", { value })));
  }

  function showAudience() {
    setAttribute(who, "aria-invalid", null);
    const names = audience(model, target());
    if (needsName() && who.value.trim() === "") setText(to, "");
    else if (names.length === 0) setText(to, "reaches nobody at the moment");
    else {
      const rest = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
      setText(to, `reaches ${names.slice(0, MOST_NAMES).join(", ")}${rest}`);
    }
  }

  function showText() {
    const isWordless = type.value === "sync_request";
    setAttribute(text, "disabled", isWordless);
    text.placeholder = isWordless ? "Asks them to report how they are" : "Write to the fleet";
  }

  /** @param {import("./traffic.js").Message | null} message */
  function answer(message) {
    answered = message;
    setAttribute(about, "hidden", message === null);
    setAttribute(drop, "hidden", message === null);
    setText(about, message === null ? "" : `in reply to “${words(message).slice(0, 40)}”`);
  }

  function writeTo(wanted) {
    if (wanted !== undefined) {
      const [[name, value]] = Object.entries(wanted);
      kind.value = name;
      fillChoices();
      who.value = value;
      showAudience();
    }
    (who.value === "" && needsName() ? who : text).focus();
  }

  function showRight() {
    const reason = app.whyNot;
    const isObserver = connection.welcome?.role === "observer";
    // What was written so far stays, while the daemon is away.
    setAttribute(form, "hidden", isObserver);
    setAttribute(refused, "hidden", !isObserver);
    setText(refused, isObserver ? `${reason ?? "You are an observer"}.` : "");
    setAttribute(send, "aria-disabled", reason === null ? null : true);
    setAttribute(send, "title", reason ?? "Send (Enter)");
  }

  const stop = app.listen(
    [connection, "phase", showRight],
    [model, "change", ({ detail }) => {
      if ("sessions" in detail) fillChoices();
      if ("sessions" in detail || "states" in detail) showAudience();
    }],
  );
  fillChoices();
  answer(null);
  showRight();
  return {
    writeTo,
    reply(message) {
      answer(message);
      writeTo({ session: message.from.session_name });
    },
    destroy() {
      stop();
      host.replaceChildren();
    },
  };
}

function options(pairs) {
  return pairs.map(([value, text]) => h("option", { value, text }));
}
