"""Writes the reference pages that come from tables: `python docs/generate.py`.

`pages` gives each page's text, so that a test can say when a committed copy is stale.
"""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import json
import runpy
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fugue_actors import daemon
from fugue_actors.actors import pane, session
from fugue_actors.actors.fleet import FleetSettings
from fugue_actors.actors.limits import Limits
from fugue_actors.config import Config
from fugue_actors.gateways.operations import OPERATIONS
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.gateways.recordings import RecordSettings
from fugue_actors.journal import Journal
from fugue_actors.journal.archive import Archive
from fugue_actors.journal.opening import Opened
from fugue_actors.kernel import Intensity, Supervisor
from fugue_actors.protocol import monitor
from fugue_actors.protocol.errors import CODES
from fugue_actors.protocol.schema import DIALECT, Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.gateways.operations import Operation
    from fugue_actors.kernel import ChildSpec

DOCS: Final = Path(__file__).resolve().parent
MADE: Final = (
    "<!-- Written by docs/generate.py; change the tables, not this page. -->\n\n"
)

TOOLS_HEAD: Final = """\
# Tools

What an agent can call over MCP. Every tool acts as the caller's own session; leaving out
`session` always means the caller. An answer is a JSON object, given both as structured
content and as text. A refusal has `isError` and the same two forms, with a code from
[Errors](errors.md).

Where an argument is an object, the same object as a JSON string is accepted.
"""

CONTROL_HEAD: Final = """\
## Requests that only the command line makes

The control socket takes every operation above under its name without `fugue_`, and these.
"""

ERRORS_HEAD: Final = """\
# Errors

Each refusal has one of these codes. The codes are the same over MCP, in the control
protocol and in `--json`, and they do not change.

```json
{"code": "NoRecipients", "message": "…", "hint": "…", "data": {}}
```

`message` says what was asked and what is the case, in one line. `hint` says what to do;
`data` is for programs; both may be missing. Over MCP a refusal is a tool result with
`isError`, as structured content and as text. Arguments that do not fit a tool's schema
and names of tools that do not exist are JSON-RPC errors with the number -32602, which
carry the same object as `data`.

| code | what it means |
|---|---|
"""

TREE_HEAD: Final = """\
# Supervision tree

Every actor of a daemon, in the order in which they start; they stop in reverse.
[Supervision](../explanation/supervision.md) says why it is so. `fugue tree` shows the
live tree.

| path | kind | restart | strategy | at most | delay | mailbox |
|---|---|---|---|---|---|---|
"""

TREE_TAIL: Final = """
`<session>` and `<pane>` are ids. Below each `connections` is one temporary actor for each
open connection. *At most* is the number of restarts within so many seconds before a
supervisor gives up; *delay* is how long a restart waits, growing from the first number to
the second; *mailbox* is its bound, and what happens there.
"""


def pages() -> dict[str, str]:
    """Each generated page's path below docs/, and its text."""
    return {
        "reference/tools.md": MADE + tools_page(),
        "reference/errors.md": MADE + errors_page(),
        "reference/tree.md": MADE + tree_page(),
        "reference/attach-keys.md": MADE + attach_keys_page(),
        "reference/monitor-protocol.schema.json": monitor_schema(),
    }


def attach_keys_page() -> str:
    """The keys and commands of attach."""
    made: str = runpy.run_path(str(DOCS / "attach_keys.py"))["page"]()
    return made


def tools_page() -> str:
    """Every row of the table of operations."""
    tools = [row for row in OPERATIONS.values() if row.tool]
    others = [row for row in OPERATIONS.values() if not row.tool]
    parts = [TOOLS_HEAD]
    parts += [operation_section(row, "## `fugue_" + row.name + "`") for row in tools]
    parts.append(CONTROL_HEAD)
    parts += [operation_section(row, "### `" + row.name + "`") for row in others]
    return "\n".join(parts)


def operation_section(row: Operation, heading: str) -> str:
    """One operation: what it does, takes and gives."""
    lines = [heading, "", escaped(row.description), ""]
    notes = []
    if row.reads_only:
        notes.append("changes nothing")
    if row.destroys:
        notes.append("can destroy work")
    if row.administers:
        notes.append("only for people at a terminal of their own")
    if notes:
        lines += [f"*{row.title}; {', '.join(notes)}.*", ""]
    required = row.takes.get("required", ())
    shown = row.tool_takes["properties"]
    if shown:
        lines += ["| argument | type | |", "|---|---|---|"]
        for name, schema in shown.items():
            must = "**required.** " if name in required else ""
            lines.append(
                f"| `{name}` | {kind(schema)} | {must}{escaped(described(schema))} |"
            )
    else:
        lines.append("Takes no arguments.")
    for name, schema in shown.items():
        inner = schema["anyOf"][0] if "anyOf" in schema else schema
        if "properties" in inner:
            lines += ["", f"Keys of `{name}`:", "", *shape_lines(inner, 0)]
    lines += ["", "Answers with:", "", *shape_lines(row.gives, 0), ""]
    return "\n".join(lines)


def kind(schema: dict[str, Any]) -> str:
    """A schema's type in a few words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    name = schema.get("type", "any")
    if isinstance(name, list):
        return " or ".join(name)
    if name == "array" and "items" in schema:
        return f"list of {kind(schema['items'])}"
    return str(name)


def described(schema: dict[str, Any]) -> str:
    """What a schema says of itself, its limits included."""
    words = [schema.get("description", "")]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        words.append(f"From {low} to {high}.")
    if "default" in schema:
        words.append(f"Default: {json.dumps(schema['default'])}.")
    return " ".join(word for word in words if word)


def shape_lines(schema: dict[str, Any], depth: int) -> Iterator[str]:
    """An object's fields as a nested list."""
    required = schema.get("required", ())
    fields = {key: {} for key in required} | schema.get("properties", {})
    for name, inner in fields.items():
        words = [kind(inner)] if inner.get("type") or "enum" in inner else []
        if required and name not in required:
            words.append("not always")
        text = escaped(described(inner))
        yield (
            f"{'  ' * depth}- `{name}`"
            + (f" ({', '.join(words)})" if words else "")
            + (f": {text}" if text else "")
        )
        yield from shape_lines(inner.get("items", inner), depth + 1)


def escaped(text: str) -> str:
    """Text that a page shows as it is, also in a table's cell."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def errors_page() -> str:
    """Every code."""
    rows = "".join(f"| `{code}` | {meaning} |\n" for code, meaning in CODES.items())
    return ERRORS_HEAD + rows


def tree_page() -> str:
    """Every spec that `daemon.tree` is made of."""
    rows = list(spec_rows(daemon_spec(), ""))
    return TREE_HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows) + TREE_TAIL


def daemon_spec() -> ChildSpec:
    """The root as a daemon would start it."""
    info = DaemonInfo(
        version="",
        home="",
        started=time.time(),
        stop=lambda: None,
        hand_over=lambda to: None,
    )
    settings = Config(
        runtime_dir=DOCS,
        state_dir=DOCS,
        home=None,
        orphan_limit=None,
        has_clipboard=False,
        history_lines=1,
        fleet=FleetSettings(
            socket="", home=None, environment={}, default_command=("sh",)
        ),
        limits=Limits(),
        record=RecordSettings(directory=DOCS),
    )
    archive = Archive(path=settings.journal.journal, boot="")
    opened = Opened(journal=Journal(), archive=archive)
    doorway = daemon.monitor_of(settings)
    return daemon.tree(settings, opened, info, monitor=doorway)


def spec_rows(spec: ChildSpec, path: str) -> Iterator[tuple[str, ...]]:
    """A spec and those below it."""
    actor = spec.factory()
    is_supervisor = hasattr(actor, "intensity")
    fixed = isinstance(actor, Supervisor)
    delay = spec.backoff
    yield (
        f"`{path or '/'}`",
        "supervisor" if fixed else "dynamic supervisor" if is_supervisor else "actor",
        spec.restart.name.lower(),
        actor.strategy.name.lower() if fixed else "",
        limit(actor.intensity) if is_supervisor else "",
        f"{delay.initial:g} to {delay.maximum:g} s" if delay.initial else "",
        ""
        if is_supervisor
        else f"{spec.mailbox.bound}, {spec.mailbox.overflow.name.lower()}",
    )
    if fixed:
        for child in actor.specs:
            yield from spec_rows(child, f"{path}/{child.id}")
    # The two that are filled on request: their children's specs are made one by one.
    if path == session.SESSIONS:
        subtree = session.subtree(Journal(), "id")
        yield from spec_rows(subtree, f"{path}/<session>")
    if path == f"{session.SESSIONS}/<session>/panes":
        yield from spec_rows(pane.spec(Journal(), "id"), f"{path}/<pane>")


def monitor_schema() -> str:
    """The monitor protocol: every frame, document and request."""
    schemas = Schemas()
    from_daemon = [schemas.of(monitor.Frame), schemas.of(monitor.AnswerFrame)]
    schemas.of(monitor.RequestFrame)
    requests = {
        "hello": (monitor.HelloArguments, monitor.Welcome),
        "subscribe": (monitor.SubscribeArguments, monitor.Subscribed),
    }
    shape = {
        "$schema": DIALECT,
        "title": "fugue monitor protocol",
        "description": "A frame from the daemon. What clients ask is under `requests`.",
        "version": monitor.PROTOCOL,
        "anyOf": [*from_daemon[0]["anyOf"], from_daemon[1]],
        "requests": {
            name: {"takes": schemas.of(takes), "gives": schemas.of(gives)}
            for name, (takes, gives) in requests.items()
        }
        | {
            name: {
                "description": row.description,
                "takes": row.takes,
                "gives": row.gives,
            }
            for name, row in OPERATIONS.items()
        },
        "$defs": dict(sorted(schemas.defs.items())),
    }
    return json.dumps(shape, indent=1) + "\n"


def limit(given: Intensity | None) -> str:
    """How many restarts in what time."""
    intensity = given or Intensity()
    if intensity.is_none:
        return "no limit"
    return f"{intensity.max_restarts} in {intensity.period:g} s"


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
