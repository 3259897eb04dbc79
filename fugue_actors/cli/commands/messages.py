"""`fugue send` and `inbox`: messages."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS, ControlClient
from fugue_actors.cli.content import content_of, target_of
from fugue_actors.cli.exits import TIMED_OUT, one_line, say
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_daemon, reach_programs

WAIT_AT_ONCE_SECONDS = 25.0
STDIN = "-"


@command("send")
@click.argument("target")
@click.argument("text", required=False)
@click.option("--type", "kind", metavar="T", help="Type of the message.")
@click.option("--payload", metavar="JSON", help="A JSON object instead of TEXT.")
@click.option("--as", "act_as", metavar="NAME", help="Who you are, outside a pane.")
@click.option("--reply-to", metavar="ID", help="The message that this one answers.")
def send(
    *,
    target: str,
    text: str | None,
    kind: str | None,
    payload: str | None,
    act_as: str | None,
    reply_to: str | None,
    as_json: bool,
) -> None:
    """Send a message to TARGET.

    TARGET is a session's name, or one of tag:T, session:NAME, worktree:PATH, broadcast
    (your repository), broadcast:server (everybody), orchestrator.

    TEXT alone is a message of type `message`. With one of the six types agents know,
    TEXT becomes what that type needs; any other type takes --payload, or {"text": TEXT}.
    TEXT `-` is read from stdin.

    \b
    --type status_update     a status, alone or before a colon: "blocked: no network"
    --type task_assignment   the description of the task; its id is made up
    --type task_complete     no text: its --payload names the task
    --type help_request      what you need help with
    --type broadcast         the announcement
    --type sync_request      no text
    """
    if text == STDIN:
        text = sys.stdin.read()
    given = content_of(kind, text, payload)
    to = target_of(target)
    with reach_daemon("fugue send", act_as=act_as) as daemon:
        tell_name(daemon)
        receipt = daemon.request(
            "send_orchestration", {"target": to, **given, "in_reply_to": reply_to}
        )
    if as_json:
        render.show_json(receipt)
        return
    names = ", ".join(
        f"{render.cell(one['session_name'])} ({one['state']})"
        for one in receipt["recipients"]
    )
    print(f"message {receipt['message_id']} for {names}")


@command("inbox")
@click.option("--as", "act_as", metavar="NAME", help="Whose inbox, outside a pane.")
@click.option(
    "--wait", type=Number(min=0), metavar="S", help="Wait for one, S seconds."
)
def inbox(*, act_as: str | None, wait: float | None, as_json: bool) -> int | None:
    """Read the messages that came for you; they count as read then.

    Inside a pane the inbox is that session's. Outside it is that of the guest NAME,
    by default your login name. With --wait, exit code 124 says that none came.
    """
    if wait is None:
        daemon = reach_programs("fugue inbox", act_as=act_as)
    else:
        daemon = reach_daemon("fugue inbox", act_as=act_as)
    with daemon:
        tell_name(daemon)
        messages = poll(daemon, wait or 0.0)
        if as_json:
            render.show_json({"messages": messages})
        for message in () if as_json else messages:
            show_message(message)
        sys.stdout.flush()
        # Only what was really printed is read; else the next `fugue inbox` has it.
        daemon.request("acknowledge")
    if messages:
        return None
    if not as_json:
        within = f" came within {wait:g} s" if wait is not None else ""
        say(f"fugue: no message{within}")
    return None if wait is None else TIMED_OUT


def tell_name(daemon: ControlClient) -> None:
    """Say as whom this command acts, if it is not the login name."""
    if daemon.renamed is not None:
        taken, name = daemon.renamed["from"], daemon.renamed["to"]
        say(one_line(f"fugue: you are {name}: {taken} is a session with a pane"))


def poll(daemon: ControlClient, wait: float) -> list[dict[str, Any]]:
    """Messages from the caller's inbox; waits in turns that the daemon allows."""
    deadline = time.monotonic() + wait
    while True:
        remaining = max(0.0, deadline - time.monotonic())
        turn = min(remaining, WAIT_AT_ONCE_SECONDS)
        messages: list[dict[str, Any]] = daemon.request(
            "poll_messages", {"wait_seconds": turn}, patience=turn + ANSWER_SECONDS
        )["messages"]
        if messages or turn == remaining:
            return messages


def show_message(message: dict[str, Any]) -> None:
    """One message for people: a heading, then what it says, indented."""
    sender = message["from"]
    heading = f"{message['sent_at']}  {sender['session_name']}  {message['type']}"
    answers = message.get("in_reply_to")
    print(
        render.cell(heading)
        + f"  {message['id']}"
        + (f"  answers {answers}" if answers else "")
    )
    payload = message["payload"]
    text = payload.get("text") if set(payload) == {"text"} else None
    said = text if isinstance(text, str) else json.dumps(payload, ensure_ascii=False)
    for line in said.splitlines():
        print(f"    {render.cell(line)}")
