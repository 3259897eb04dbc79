/**
 * The view of messages: a timeline with what became of each one, filters, conversations,
 * and a place to write.
 */

import { mountCompose } from "./compose.js";
import { h, inNextFrame, keyed, setAttribute, setText } from "./dom.js";
import { mountLetter } from "./letter.js";
import { lineElement, showLine } from "./letterline.js";
import { rove } from "./roving.js";
import { filtered, LEDGER, threaded, threadOf, words } from "./traffic.js";

export const title = "Messages";

const NEAR_END_PX = 60;
/** So many the daemon tells of. */
const MOST_KEPT = 500;
const NAMES = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted}
 */
export function mount(host, app) {
  const { model, page } = app;
  /** @type {import("./traffic.js").Filter} */
  const filter = {};
  /** @type {Set<string>} Messages shown in full. */
  const opened = new Set();
  /** @type {Map<Element, ReturnType<typeof mountLetter>>} By row. */
  const wholes = new Map();
  let isThreaded = false;
  let isAtEnd = true;
  let unseen = 0;
  let newest = "";

  const session = select("Session", () => change({ session: session.value }));
  const type = select("Type", () => change({ type: type.value }));
  const state = select("State", () => change({ state: state.value }));
  const text = h("input.filter", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search messages",
    on: { input: () => change({ text: text.value }) },
  });
  const threads = h("button.button.toggle", {
    type: "button",
    text: "Conversations",
    "aria-pressed": "false",
    title: "Answers below what they answer",
    on: { click: switchThreads },
  });
  const thread = h("button.tag.thread-chip", {
    type: "button",
    hidden: true,
    on: { click: () => change({ thread: undefined }) },
  });
  const clear = h("button.button.small", { type: "button", text: "Show all", hidden: true, on: { click: clearAll } });
  const count = h("span.count");
  const list = h("ol.letters", { "aria-label": "Messages, oldest first" });
  const empty = h("div.empty");
  const older = h("p.older.muted", { text: "These are the newest ones; fugue export writes all.", hidden: true });
  const scroller = h("div.letters-scroller", { on: { scroll: onScroll } }, older, list, empty);
  const more = h("button.button.small.unseen", {
    type: "button",
    hidden: true,
    on: { click: () => toEnd() },
  });
  const compose = h("div.compose-place");
  host.append(
    h("div.column-head.filters", {}, session, type, state, text, threads, thread, clear, count),
    h("div.letters-frame", {}, scroller, more),
    compose,
  );
  const composer = mountCompose(compose, app);
  const onLetter = {
    onThread: (message) => change({ thread: threadOf(message) }),
    onReply: (message) => composer.reply(message),
    onSession: (id) => page.select(id, { column: "details" }),
  };
  const refreshStops = rove(list, ".letter-line", { isFromEnd: true });

  fill(state, LEDGER.map((name) => [name, name]), "Any state");

  const draw = inNextFrame(() => {
    if (host.hidden) return;
    fillChoices();
    const fitting = filtered(model.messages.values(), filter);
    const shown = isThreaded
      ? threaded(fitting)
      : fitting.map((message) => ({ message, depth: 0, isFirst: false }));
    const sizes = threadSizes(model.messages.values());
    keyed(
      list,
      shown,
      ({ message }) => message.id,
      ({ message }) => lineElement(message, () => toggle(message.id)),
      (element, item) => updateLetter(element, item, sizes),
    );
    refreshStops();
    for (const row of wholes.keys()) if (!row.isConnected) close(row);
    const isFiltered = Object.values(filter).some(Boolean);
    setAttribute(clear, "hidden", !isFiltered);
    setText(count, isFiltered ? `${shown.length} of ${model.messages.size}` : model.messages.size || "");
    setAttribute(older, "hidden", model.messages.size < MOST_KEPT || shown.length === 0);
    showEmpty(shown.length === 0, isFiltered);
    noticeNew(fitting);
  });

  /** Keep to the end while the reader is there; else count what came below. */
  function noticeNew(fitting) {
    const last = fitting.at(-1)?.id ?? "";
    if (last > newest) {
      if (!isAtEnd && newest !== "") unseen += fitting.filter(({ id }) => id > newest).length;
      newest = last;
    }
    if (isAtEnd) toEnd();
    setAttribute(more, "hidden", unseen === 0);
    setText(more, `${unseen} new below`);
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    isAtEnd = true;
    unseen = 0;
    setAttribute(more, "hidden", true);
  }

  function onScroll() {
    isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
    if (isAtEnd && unseen > 0) {
      unseen = 0;
      setAttribute(more, "hidden", true);
    }
  }

  /** Show a message's row as it is, and the whole message below it if it is opened. */
  function updateLetter(element, item, sizes) {
    const { message } = item;
    const isOpen = opened.has(message.id);
    const answers = sizes.get(threadOf(message)) ?? 1;
    showLine(element, { ...item, isOpen, answers: isThreaded ? 1 : answers });
    if (!isOpen) {
      if (wholes.has(element)) close(element);
      return;
    }
    if (!wholes.has(element)) {
      wholes.set(element, mountLetter(element.lastElementChild, app, message, onLetter));
    }
    wholes.get(element).show(message, answers);
  }

  function close(element) {
    wholes.get(element).destroy();
    wholes.delete(element);
  }

  function toggle(id) {
    if (!opened.delete(id)) opened.add(id);
    isAtEnd = false; // what is being read stays where it is
    draw();
    requestAnimationFrame(() => {
      if (opened.has(id)) document.getElementById(`letter-${id}`)?.scrollIntoView({ block: "nearest" });
    });
  }

  function change(part) {
    Object.assign(filter, part);
    session.value = filter.session ?? "";
    const first = filter.thread ? model.messages.get(filter.thread) : null;
    setAttribute(thread, "hidden", !filter.thread);
    setText(thread, first ? `conversation: ${words(first).slice(0, 40)} ×` : "one conversation ×");
    isAtEnd = true;
    unseen = 0;
    newest = "";
    draw();
  }

  function clearAll() {
    for (const field of [session, type, state, text]) field.value = "";
    change({ session: undefined, type: undefined, state: undefined, text: undefined, thread: undefined });
  }

  function showOnly(sessionId) {
    clearAll();
    change({ session: sessionId });
  }

  function switchThreads() {
    isThreaded = !isThreaded;
    setAttribute(threads, "aria-pressed", isThreaded);
    draw();
  }

  function fillChoices() {
    const names = new Map();
    for (const { session_id, session_name } of model.sessions.values()) names.set(session_id, session_name);
    const types = new Set();
    for (const message of model.messages.values()) {
      types.add(message.type);
      for (const one of [message.from, ...(message.recipients ?? [])]) {
        if (!names.has(one.session_id)) names.set(one.session_id, one.session_name);
      }
    }
    const byName = [...names].sort(([, one], [, other]) => NAMES.compare(one, other));
    fill(session, byName, "All sessions", filter.session);
    fill(type, [...types].sort().map((name) => [name, name.replaceAll("_", " ")]), "All types", filter.type);
  }

  function showEmpty(isEmpty, isFiltered) {
    setAttribute(empty, "hidden", !isEmpty);
    if (!isEmpty) return;
    if (!model.loaded) {
      empty.replaceChildren(...Array.from({ length: 8 }, () => h("div.ghost", { "aria-hidden": "true" })));
    } else if (isFiltered) {
      empty.replaceChildren(h("p", { text: "No message fits these filters." }));
    } else {
      empty.replaceChildren(
        h("p.strong", { text: "Nobody has said anything yet" }),
        h("p", { text: "Messages between sessions appear here, with what became of each one. Write the first below, or in a terminal:" }),
        h("pre.command", { text: "fugue send broadcast hello" }),
      );
    }
  }

  const stop = app.listen(
    [model, "change", ({ detail }) => ("messages" in detail || "sessions" in detail) && draw()],
    [page, "change", draw],
    [app, "showmessages", ({ detail }) => showOnly(detail.sessionId)],
    [app, "compose", ({ detail }) => composer.writeTo(detail.target)],
  );
  draw();
  return {
    focus: () => list.querySelector("[tabindex='0']")?.focus(),
    destroy() {
      stop();
      composer.destroy();
      host.replaceChildren();
    },
  };
}

function threadSizes(messages) {
  const sizes = new Map();
  for (const message of messages) {
    const name = threadOf(message);
    sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  return sizes;
}

function select(label, onChange) {
  return h("select.select", { "aria-label": label, on: { change: onChange } });
}

/** Offer choices without disturbing one that is made, or a list that is open. */
function fill(element, choices, all, chosen = element.value) {
  const text = JSON.stringify(choices);
  if (element.dataset.choices === text) return;
  element.dataset.choices = text;
  element.replaceChildren(
    h("option", { value: "", text: all }),
    ...choices.map(([value, label]) => h("option", { value, text: label })),
  );
  element.value = chosen ?? "";
}
