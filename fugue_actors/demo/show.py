"""What the demo shows: the agents live while they work, then who told whom what.

On a terminal this is drawn with rich and redrawn in place; in a pipe each message is a
line when it is sent.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import click

from fugue_actors.cli import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from rich.table import Table

    from fugue_actors.demo.verify import Step

    Sessions: TypeAlias = Mapping[str, Mapping[str, Any]]
    Messages: TypeAlias = Sequence[Mapping[str, Any]]

WIDEST_TEXT = 60


class Show(Protocol):
    """Something to look at while the agents work."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def update(self, sessions: Sessions, messages: Messages) -> None:
        """Show how things are now."""


def choose(*, as_json: bool) -> Show:
    """What suits this output."""
    if as_json:
        return Silent()
    return Live() if sys.stdout.isatty() else Lines()


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, sessions: Sessions, messages: Messages) -> None:
        """Show nothing."""


class Lines(Silent):
    """A line for each message, as soon as it is sent."""

    def __init__(self) -> None:
        self.shown = 0

    def update(self, sessions: Sessions, messages: Messages) -> None:
        """Print what is new."""
        for message in messages[self.shown :]:
            click.echo("  ".join(message_row(message)[:3]))
        self.shown = len(messages)


class Live:
    """A table of the sessions that is redrawn in place."""

    def __init__(self) -> None:
        from rich.live import Live as RichLive

        self.live = RichLive(console=render.terminal(), refresh_per_second=10)

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def update(self, sessions: Sessions, messages: Messages) -> None:
        """Redraw."""
        self.live.update(session_table(sessions, messages))


def session_table(sessions: Sessions, messages: Messages) -> Table:
    """Each session: where it is, how it is, what it said last."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "session", "worktree", "pane", "says", "last message", box=SIMPLE_HEAD
    )
    for name, session in sessions.items():
        states = [pane["state"] for pane in session["panes"]]
        said = (session["status"] or {}).get("status")
        last = [one for one in messages if one["from"]["session_name"] == name][-1:]
        table.add_row(
            Text(render.cell(name), style="bold"),
            Text(Path(session["worktree"] or session["cwd"]).name),
            *(
                Text(render.cell(word), style=render.STYLES.get(render.cell(word), ""))
                for word in (", ".join(states), said)
            ),
            Text("  ".join(message_row(last[0])[1:3]) if last else ""),
        )
    return table


def message_row(message: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Who, to whom, what, and what became of it."""
    target = message["target"]
    kind, value = next(iter(target.items()))
    where = kind if value is True else f"{kind} {Path(str(value)).name}"
    names = ", ".join(one["session_name"] for one in message["recipients"])
    said = json.dumps(message["payload"], ensure_ascii=False)
    text = f"{message['type']} {said}" if message["payload"] else message["type"]
    states = dict.fromkeys(one["state"] for one in message["recipients"])
    row = (
        message["from"]["session_name"],
        f"→ {names}" if kind == "session" else f"→ {where} ({names})",
        text if len(text) <= WIDEST_TEXT else text[: WIDEST_TEXT - 1] + "…",
        ", ".join(states),
    )
    sender, to, what, became = (render.cell(word) for word in row)
    return sender, to, what, became


def show_messages(messages: Messages) -> None:
    """Who sent what to whom, and what became of each."""
    render.show_table(
        ("from", "to", "message", "state"), [message_row(one) for one in messages]
    )


def show_steps(steps: Sequence[Step]) -> None:
    """What was promised, and what shows that it happened."""
    render.show_table(
        ("", "step", "evidence"),
        [("ok" if step.ok else "MISSING", step.step, step.evidence) for step in steps],
    )
