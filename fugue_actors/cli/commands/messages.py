"""`fugue send`: messages to others."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.content import content_of, target_of
from fugue_actors.cli.exits import one_line, say
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_daemon

if TYPE_CHECKING:
    from fugue_actors.cli.client import ControlClient

STDIN = "-"


@command("send")
@click.argument("target")
@click.argument("text", required=False)
@click.option("--type", "kind", metavar="T", help="Type of the message.")
@click.option("--payload", metavar="JSON", help="A JSON object instead of TEXT.")
@click.option("--as", "act_as", metavar="NAME", help="Who you are, outside a pane.")
@click.option("--reply-to", metavar="ID", help="The message that this one answers.")
@click.option("--one", is_flag=True, help="For whichever of them asks first.")
@click.option(
    "--priority",
    type=click.Choice(["high", "normal", "low"]),
    help="Which unread message comes first.",
)
@click.option(
    "--expires",
    type=Number(min=1),
    metavar="S",
    help="Not for those who have not read it in S seconds.",
)
@click.option(
    "--retain",
    type=Number(min=1),
    metavar="S",
    help="Also for those who fit TARGET within S seconds.",
)
@click.option(
    "--key", metavar="K", help="Send it once, however often this is repeated."
)
@click.option(
    "--no-failure-notice", is_flag=True, help="No message if somebody misses it."
)
def send(
    *,
    target: str,
    text: str | None,
    kind: str | None,
    payload: str | None,
    act_as: str | None,
    reply_to: str | None,
    one: bool,
    priority: str | None,
    expires: float | None,
    retain: float | None,
    key: str | None,
    no_failure_notice: bool,
    as_json: bool,
) -> None:
    """Send a message to TARGET.

    TARGET is a session's name, or one of tag:T, session:NAME, state:S, worktree:PATH,
    broadcast (your repository), broadcast:server (everybody), orchestrator; or a JSON
    object that combines such with "all", "any" and "not".

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
    request = {
        "target": target_of(target),
        **given,
        "in_reply_to": reply_to,
        "deliver": "one" if one else None,
        "priority": priority,
        "expires_seconds": expires,
        "retain_seconds": retain,
        "idempotency_key": key,
        "tell_failure": False if no_failure_notice else None,
    }
    with reach_daemon("fugue send", act_as=act_as) as daemon:
        tell_name(daemon)
        receipt = daemon.request("send_orchestration", request)
    if as_json:
        render.show_json(receipt)
        return
    print(told(receipt))


def told(receipt: dict[str, Any]) -> str:
    """What a person is told of a message that was sent."""
    names = ", ".join(
        f"{render.cell(one['session_name'])} ({one['state']})"
        for one in receipt["recipients"]
    )
    text = f"message {receipt['message_id']} for {names or 'nobody yet'}"
    if receipt.get("repeated"):
        text += ", sent before"
    if until := receipt.get("retained_until"):
        text += f", and for those who come until {until}"
    return text


def tell_name(daemon: ControlClient) -> None:
    """Say as whom this command acts, if it is not the login name."""
    if daemon.renamed is not None:
        taken, name = daemon.renamed["from"], daemon.renamed["to"]
        say(one_line(f"fugue: you are {name}: {taken} is a session with a pane"))
