"""`fugue wait`: until a pane shows something, is quiet, or has ended."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.commands.panes import addressed
from fugue_actors.cli.exits import DaemonGone
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_programs, reach_successor

FOREVER_SECONDS: Final = 7 * 24 * 3600.0
# As in actors/content.py, which is too heavy for a command.
STATES: Final = (
    "idle",
    "working",
    "waiting_for_input",
    "blocked",
    "complete",
    "error",
)


@command("wait")
@click.argument("place", metavar="NAME|PANE")
@click.option("--text", metavar="RE", help="Until a line fits this regular expression.")
@click.option(
    "--quiet",
    type=click.IntRange(min=0),
    metavar="MS",
    help="Until it has written nothing for MS milliseconds.",
)
@click.option("--prompt", is_flag=True, help="Until its shell waits for a command.")
@click.option("--exit", "exit_", is_flag=True, help="Until its program has ended.")
@click.option(
    "--state",
    type=click.Choice(STATES),
    metavar="S",
    help="Until its session reports this status.",
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    metavar="CURSOR",
    help="Only what comes after; see `next` in --json of read and type.",
)
@click.option(
    "--timeout",
    type=Number(min=0, max=FOREVER_SECONDS),
    metavar="S",
    help="For S seconds at most.",
)
def wait(
    *,
    place: str,
    text: str | None,
    quiet: int | None,
    prompt: bool,
    exit_: bool,
    state: str | None,
    since: int | None,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Wait for one thing in the pane of a session, or in one pane.

    With --text the line is printed, with --exit how the program ended. Without
    --timeout the wait lasts as long as it takes. Exit code 124 says that it did not
    happen in time. A daemon that takes over from another is asked again.
    """
    wanted: dict[str, Any] = {
        "text": text,
        "quiet_ms": quiet,
        "prompt": prompt or None,
        "exit": exit_ or None,
        "state": state,
    }
    if sum(value is not None for value in wanted.values()) != 1:
        raise click.UsageError(
            "give exactly one of --text, --quiet, --prompt, --exit, --state"
        )
    limit = FOREVER_SECONDS if timeout is None else timeout
    found = wait_through(place, {**wanted, "since": since}, limit)
    if as_json:
        render.show_json(found)
    elif text is not None:
        print(found["line"])
    elif exit_:
        print(render.program_exit(found["exit"]))


def wait_through(place: str, wanted: dict[str, Any], limit: float) -> dict[str, Any]:
    """Wait, also beyond the end of a daemon that another takes over from.

    Asking again changes nothing: programs go on meanwhile, and their hosts know what they
    wrote.

    Args:
        place: Where to wait.
        wanted: What for, as arguments of `wait_for`.
        limit: Seconds for all of it.

    Raises:
        DaemonGone: The daemon went away, and no other takes its place.
        FugueError: The daemon's refusal.
    """
    deadline = time.monotonic() + limit
    client = reach_programs("fugue wait")
    while True:
        try:
            with client as daemon:
                left = max(0.0, deadline - time.monotonic())
                return daemon.request(
                    "wait_for",
                    {**addressed(daemon, place), **wanted, "timeout": left},
                    patience=left + ANSWER_SECONDS,
                )
        except DaemonGone as error:
            successor = reach_successor("fugue wait")
            if successor is None:
                error.hint = "nothing was changed: ask again, with the same --since"
                raise
            client = successor
