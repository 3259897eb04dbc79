/** What a person does with sessions: start one, stop one. */

import { confirmed, showDialog } from "./dialog.js";
import { h, setAttribute, setText } from "./dom.js";

const COMMANDS = ["claude", "codex", "gemini", "bash -l"];
const RESTARTS = [
  ["never", "never"],
  ["on-failure", "when it fails"],
  ["always", "always"],
];

/**
 * Ask for what a new session needs, and start it.
 * @param {import("./app.js").App} app
 */
export function startSession(app) {
  if (app.whyNot !== null) {
    app.announce(app.whyNot);
    return;
  }
  const { model, page, connection } = app;
  const selected = model.sessions.get(page.sessionId ?? "");
  const sessions = [...model.sessions.values()];
  const places = unique(sessions.flatMap(({ cwd, worktree }) => [worktree, cwd]));

  const name = input({ "aria-describedby": "name-hint", pattern: "[\\w.\\-]+", autofocus: true });
  const command = input({ placeholder: "your shell", list: "start-commands" });
  const cwd = input({ list: "start-places", value: selected?.cwd ?? usualPlace(sessions) });
  const tags = input({ placeholder: "worker review" });
  const restart = h(
    "select.select",
    {},
    ...RESTARTS.map(([value, text]) => h("option", { value, text })),
  );
  const problem = h("p.problem", { role: "alert" });
  const start = h("button.button.primary", { type: "submit", text: "Start" });
  const cancel = h("button.button", { type: "button", text: "Cancel", on: { click: () => dialog.close() } });

  const dialog = showDialog({
    title: "Start a session",
    body: [
      field("Name", name, h("span.field-hint", { id: "name-hint", text: "letters, digits, . _ -" })),
      field("Command", command, options("start-commands", unique([...COMMANDS, ...commandsOf(model)]))),
      field("Directory", cwd, options("start-places", places)),
      field("Tags", tags),
      field("Start its program again", restart),
      problem,
    ],
    actions: [cancel, start],
    onSubmit: submit,
  });

  async function submit() {
    setAttribute(start, "disabled", true);
    const given = {
      name: name.value.trim(),
      command: command.value.trim(),
      cwd: cwd.value.trim(),
      tags: tags.value.split(/[\s,]+/).filter(Boolean),
      restart: restart.value,
    };
    for (const key of ["name", "command", "cwd"]) if (given[key] === "") delete given[key];
    try {
      const { session_id, session_name } = await connection.request("create_session", given);
      dialog.close();
      page.select(session_id, { column: "details" });
      app.announce(`Started ${session_name}`);
    } catch (error) {
      setText(problem, [error.message, error.hint].filter(Boolean).join(". "));
      setAttribute(start, "disabled", false);
    }
  }
}

/**
 * End a session, once a person has confirmed it.
 * @param {import("./app.js").App} app
 * @param {string | null} sessionId
 */
export async function stopSession(app, sessionId) {
  const session = app.model.sessions.get(sessionId ?? "");
  if (session === undefined || app.whyNot !== null) return;
  const name = session.session_name;
  const running = [...app.model.panes.values()].filter(
    (pane) => pane.session_id === sessionId && ["running", "starting", "restarting"].includes(pane.state),
  ).length;
  const unread = app.model.states.get(sessionId)?.unread ?? 0;
  const parts = [
    running === 0
      ? "None of its programs runs any more."
      : running === 1
        ? "Its program ends at once, with everything that it started."
        : `Its ${running} programs end at once, with everything that they started.`,
    unread > 0 ? `${unread} ${unread === 1 ? "message" : "messages"} it has not read will never arrive.` : "",
  ];
  const isMeant = await confirmed({
    title: `Stop ${name}?`,
    text: parts.filter(Boolean).join(" "),
    action: `Stop ${name}`,
  });
  if (!isMeant) return;
  try {
    await app.connection.request("kill_session", { session: sessionId });
    if (app.page.sessionId === sessionId) app.page.select(null, { column: "fleet" });
    app.announce(`Stopped ${name}`);
  } catch (error) {
    showDialog({
      title: `${name} could not be stopped`,
      body: [h("p.problem", { text: [error.message, error.hint].filter(Boolean).join(". ") })],
    });
  }
}

function input(attributes) {
  return h("input.input", { autocomplete: "off", spellcheck: "false", ...attributes });
}

function field(label, control, more = null) {
  return h("label.field", {}, h("span", { text: label }), control, more);
}

function options(id, values) {
  return h("datalist", { id }, ...values.map((value) => h("option", { value })));
}

/** Where most sessions work that run something. */
function usualPlace(sessions) {
  const counts = new Map();
  for (const { kind, cwd } of sessions) {
    if (kind === "pane") counts.set(cwd, (counts.get(cwd) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? "";
}

function commandsOf(model) {
  return [...model.panes.values()].map(({ command }) => command).filter((command) => command.length < 100);
}

function unique(values) {
  return [...new Set(values.filter(Boolean))].sort();
}
