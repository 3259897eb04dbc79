"""`fugue inbox` and `message`: what came for you, and what became of a message."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.commands.messages import tell_name
from fugue_actors.cli.envelopes import show_history, show_message
from fugue_actors.cli.exits import TIMED_OUT, say
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_daemon, reach_programs

if TYPE_CHECKING:
    from fugue_actors.cli.client import ControlClient

WAIT_AT_ONCE_SECONDS = 25.0


@command("inbox")
@click.option("--as", "act_as", metavar="NAME", help="Whose inbox, outside a pane.")
@click.option(
    "--wait", type=Number(min=0), metavar="S", help="Wait for one, S seconds."
)
@click.option("--type", "types", multiple=True, metavar="T", help="Only of this type.")
@click.option("--from", "sender", metavar="NAME", help="Only from this session.")
@click.option("--keep", is_flag=True, help="Look only; they stay unread.")
def inbox(
    *,
    act_as: str | None,
    wait: float | None,
    types: tuple[str, ...],
    sender: str | None,
    keep: bool,
    as_json: bool,
) -> int | None:
    """Read the messages that came for you; they count as read then.

    Inside a pane the inbox is that session's. Outside it is that of the guest NAME,
    by default your login name. With --wait, exit code 124 says that none came.
    """
    if keep and wait is not None:
        raise click.UsageError("--keep looks at what is there; it does not --wait")
    reach = reach_programs if wait is None else reach_daemon
    wanted = {"types": list(types) or None, "from": sender}
    with reach("fugue inbox", act_as=act_as) as daemon:
        tell_name(daemon)
        messages = look(daemon, wanted) if keep else poll(daemon, wait or 0.0, wanted)
        if as_json:
            render.show_json({"messages": messages})
        for message in () if as_json else messages:
            show_message(message)
        sys.stdout.flush()
        # Only what was really printed is read; else the next `fugue inbox` has it.
        daemon.request("acknowledge")
        left = 0 if keep or types or sender else daemon.request("whoami")["unread"]
    if messages:
        if left:
            say(f"fugue: {left} more; run it again")
        return None
    if not as_json:
        within = f" came within {wait:g} s" if wait is not None else ""
        say(f"fugue: no message{within}")
    return None if wait is None else TIMED_OUT


def look(daemon: ControlClient, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """All that is unread, page by page."""
    messages: list[dict[str, Any]] = []
    page: dict[str, Any] = {"more": True}
    while page.get("more"):
        after = {"after": messages[-1]["id"]} if messages else {}
        page = daemon.request("unread", {**wanted, **after})
        messages += page["messages"]
    return messages


def poll(
    daemon: ControlClient, wait: float, wanted: dict[str, Any]
) -> list[dict[str, Any]]:
    """Messages from the caller's inbox; waits in turns that the daemon allows."""
    deadline = time.monotonic() + wait
    while True:
        remaining = max(0.0, deadline - time.monotonic())
        turn = min(remaining, WAIT_AT_ONCE_SECONDS)
        messages: list[dict[str, Any]] = daemon.request(
            "poll_messages",
            {"wait_seconds": turn, **wanted},
            patience=turn + ANSWER_SECONDS,
        )["messages"]
        if messages or turn == remaining:
            return messages


@command("message")
@click.argument("message_id", metavar="ID")
def message(*, message_id: str, as_json: bool) -> None:
    """Show a message and what became of it for each recipient.

    Every step has its time, and what shows that it is true. Inside a pane only messages
    that its session sent or received are shown.
    """
    with reach_programs("fugue message") as daemon:
        found = daemon.request("message_status", {"message_id": message_id})
    if as_json:
        render.show_json(found)
    else:
        show_history(found)
