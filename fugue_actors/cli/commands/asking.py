"""`fugue ask` and `reply`: a conversation."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from fugue_actors.cli import exits, render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.commands.messages import STDIN, tell_name
from fugue_actors.cli.content import target_of
from fugue_actors.cli.envelopes import show_answers
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_daemon, reach_programs
from fugue_actors.errors import Refused

LONGEST_SECONDS: Final = 3600
INCOMPLETE: Final = frozenset({"Timeout", "NoAnswer"})


class Answers(click.ParamType[str | int]):
    """`all`, `any`, or how many."""

    name = "answers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | int:
        """As the protocol has it."""
        if value in ("all", "any") or isinstance(value, int):
            found: str | int = value
            return found
        if not value.isdecimal() or not 1 <= int(value) <= 10_000:
            self.fail(f"{value!r} is neither all, nor any, nor a number.", param, ctx)
        return int(value)


@command("ask")
@click.argument("target")
@click.argument("question")
@click.option(
    "--timeout",
    type=Number(min=0, max=LONGEST_SECONDS),
    default=50.0,
    metavar="S",
    help="Wait S seconds at most; 50 by default.",
)
@click.option(
    "--answers",
    type=Answers(),
    default="all",
    metavar="all|any|N",
    help="Whose answers to wait for; all by default.",
)
@click.option("--as", "act_as", metavar="NAME", help="Who you are, outside a pane.")
def ask(
    *,
    target: str,
    question: str,
    timeout: float,
    answers: str | int,
    act_as: str | None,
    as_json: bool,
) -> int:
    """Ask TARGET, and print the answers.

    TARGET is as in `fugue send`. QUESTION `-` is read from stdin. If only one session is
    asked its answer is printed as it is, else each below the name of who gave it.

    Exit code 124 says that too few answers came in time; those that came are printed.
    The question is withdrawn then from all who have not read it.
    """
    text = sys.stdin.read() if question == STDIN else question
    asked = {
        "target": target_of(target),
        "question": text,
        "timeout": timeout,
        "answers": answers,
    }
    with reach_daemon("fugue ask", act_as=act_as) as daemon:
        tell_name(daemon)
        try:
            outcome = daemon.request("ask", asked, patience=timeout + ANSWER_SECONDS)
        except Refused as refusal:
            if refusal.code not in INCOMPLETE or not refusal.data:
                raise
            if not as_json:
                show_answers(refusal.data)
            exits.report(refusal, as_json=as_json)
            code = exits.exit_code(refusal)
        else:
            code = exits.DONE
            if as_json:
                render.show_json(outcome)
            else:
                show_answers(outcome)
        sys.stdout.flush()
        # Only what was really printed is read; else `fugue inbox` has it.
        daemon.request("acknowledge")
    return code


@command("reply")
@click.argument("message_id", metavar="ID")
@click.argument("text")
@click.option("--as", "act_as", metavar="NAME", help="Who you are, outside a pane.")
def reply(*, message_id: str, text: str, act_as: str | None, as_json: bool) -> None:
    """Answer the message ID that came to you, with TEXT.

    TEXT `-` is read from stdin. The message counts as received then.
    """
    words = sys.stdin.read() if text == STDIN else text
    with reach_programs("fugue reply", act_as=act_as) as daemon:
        tell_name(daemon)
        receipt = daemon.request("reply", {"message_id": message_id, "text": words})
    if as_json:
        render.show_json(receipt)
        return
    (to,) = receipt["recipients"]
    print(
        f"message {receipt['message_id']} for {render.cell(to['session_name'])} "
        f"({to['state']})"
    )
