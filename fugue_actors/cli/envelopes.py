"""Messages for people. Whatever a message says reaches the terminal as plain text."""

from __future__ import annotations

import json
from typing import Any

from fugue_actors.cli import render
from fugue_actors.protocol.addressing import described

INDENT = "    "
FAILED = "delivery_failed"
MORE = ("priority", "deliver", "expires_at", "thread")


def said(message: dict[str, Any]) -> list[str]:
    """What a message says, in lines: its text if it is one, else its payload."""
    payload = message["payload"]
    if message["type"] == FAILED and message["from"]["attested"] == "daemon":
        return [render.cell(line) for line in failures(payload)]
    text = payload.get("text") if set(payload) == {"text"} else None
    words = text if isinstance(text, str) else json.dumps(payload, ensure_ascii=False)
    return [render.cell(line) for line in words.splitlines()]


def failures(payload: dict[str, Any]) -> list[str]:
    """Who did not receive a message, and why: what the daemon says of it."""
    what = f"{payload['type']} was not received"
    if not payload["recipients"]:
        return [f"{what}: {payload['reason']}"]
    return [
        f"{what} by {row['session_name']}, {row['state']}: {row['reason']}"
        for row in payload["recipients"]
    ]


def show_message(message: dict[str, Any]) -> None:
    """A heading, then what the message says, indented."""
    sender = message["from"]
    heading = f"{message['sent_at']}  {sender['session_name']}  {message['type']}"
    answers = message.get("in_reply_to")
    print(
        render.cell(heading)
        + f"  {message['id']}"
        + (f"  answers {answers}" if answers else "")
    )
    for line in said(message):
        print(INDENT + line)


def show_answers(outcome: dict[str, Any]) -> None:
    """What was answered; with the name of who answered, if several were asked."""
    is_one = len(outcome["recipients"]) == 1
    for answer in outcome["answers"]:
        lines = said(answer)
        if not is_one:
            print(f"{render.cell(answer['from']['session_name'])}:")
        for line in lines:
            print(line if is_one else INDENT + line)


def show_history(message: dict[str, Any]) -> None:
    """A message, and every step that it took for each recipient."""
    show_message(message)
    target = render.cell(described(message["target"]))
    more = [f"{name} {render.cell(message[name])}" for name in MORE if name in message]
    print("  ".join([f"to {target}", *more]))
    for row in message["recipients"]:
        print(f"\n{render.cell(row['session_name'])}  {row['state']}")
        steps = [
            (step["at"], step["state"], render.cell(step.get("evidence")))
            for step in (*row.get("steps", ()), row)
        ]
        for line in render.aligned(steps):
            print(INDENT + line)
    if message.get("waiting"):
        print(f"\nothers who can still get it: {render.cell(message['waiting'])}")
