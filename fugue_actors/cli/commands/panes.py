"""`fugue read` and `type`: what a pane shows, and typing into it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_programs

if TYPE_CHECKING:
    from fugue_actors.cli.client import ControlClient

STDIN = "-"
HISTORY_LIMIT = 10_000
MOST_PATIENCE = 300.0
"""Seconds; the daemon lets nobody wait longer."""


@command("read")
@click.argument("place", metavar="NAME|PANE")
@click.option(
    "--history",
    type=click.IntRange(min=0, max=HISTORY_LIMIT),
    metavar="N",
    help="N lines above the screen as well.",
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    metavar="CURSOR",
    help="Only the lines that are new since; see `next` in --json.",
)
@click.option("--ansi", is_flag=True, help="Screen and history in their colours.")
@click.option(
    "--clipboard",
    is_flag=True,
    help="Instead of the screen what its program copied, if that is allowed.",
)
def read(
    *,
    place: str,
    history: int | None,
    since: int | None,
    ansi: bool,
    clipboard: bool,
    as_json: bool,
) -> None:
    """Print what the pane of a session, or one pane, shows."""
    with reach_programs("fugue read") as daemon:
        screen = daemon.request(
            "read_pane",
            {
                **addressed(daemon, place),
                "history": history,
                "since": since,
                "ansi": ansi,
                "clipboard": clipboard,
            },
        )
    if as_json:
        render.show_json(screen)
        return
    if clipboard:
        print(screen["clipboard"] or "", end="")
        return
    lines = [*screen.get("history", ()), *screen["text"]]
    while lines and not lines[-1].strip():
        lines.pop()
    for line in lines:
        print(line)


@command("type")
@click.argument("place", metavar="NAME|PANE")
@click.argument("text", required=False)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="K",
    help="A key after the text: Enter, C-c, Up, F5...",
)
@click.option("--submit", is_flag=True, help="Press Enter last, once the text is in.")
@click.option("--no-paste", is_flag=True, help="As if typed, never as a paste.")
@click.option(
    "--wait",
    "wait_seconds",
    type=Number(0, MOST_PATIENCE),
    metavar="S",
    help="How long to wait for a person who types there; 10 s by default.",
)
def type_(
    *,
    place: str,
    text: str | None,
    keys: tuple[str, ...],
    submit: bool,
    no_paste: bool,
    wait_seconds: float | None,
    as_json: bool,
) -> None:
    """Type TEXT, then keys, into the pane of a session, or one pane.

    TEXT is typed literally, also several lines of it; `-` takes it from stdin. It is
    pasted as one piece if the program can take that, which some take as text only: give
    vim its commands with --no-paste. While a person types there it waits for them.
    """
    if text is None and not keys and not submit:
        raise click.UsageError("nothing to type: give TEXT, --key or --submit")
    if text == STDIN:
        text = sys.stdin.read()
    with reach_programs("fugue type") as daemon:
        typed = daemon.request(
            "send_input",
            {
                **addressed(daemon, place),
                "text": text,
                "keys": list(keys),
                "submit": submit,
                "paste": False if no_paste else None,
                "wait_seconds": wait_seconds,
            },
            patience=ANSWER_SECONDS + MOST_PATIENCE,
        )
    if as_json:
        render.show_json(typed)


def addressed(daemon: ControlClient, place: str) -> dict[str, str]:
    """The argument that names a pane: its id, `SESSION:NAME`, or its session alone."""
    if ":" in place:
        return {"pane": place}
    panes = daemon.request("list_panes")["panes"]
    is_pane = any(pane["pane_id"] == place for pane in panes)
    return {"pane": place} if is_pane else {"session": place}
