"""`fugue run`: a command's output and exit code, from a pane of its own."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.commands.sessions import parse_variables
from fugue_actors.cli.exits import FAILED, INTERRUPTED, TIMED_OUT, say
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.cli.client import ControlClient

LONGEST_SECONDS: Final = 24 * 3600.0
OUTPUT_CHARACTERS: Final = 1_000_000
BY_SIGNAL: Final = 128


@command("run", context_settings={"allow_interspersed_args": False})
@click.option(
    "--cwd",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where it runs; by default here.",
)
@click.option(
    "--env", "variables", multiple=True, metavar="K=V", help="On top of this one's."
)
@click.option(
    "--timeout",
    type=Number(min=0, min_open=True, max=LONGEST_SECONDS),
    metavar="S",
    help="End it after S seconds.",
)
@click.argument(
    "argv", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND..."
)
def run(
    *,
    cwd: Path,
    variables: tuple[str, ...],
    timeout: float | None,
    argv: tuple[str, ...],
    as_json: bool,
) -> int:
    """Run COMMAND to its end in a pane of its own, and print what it wrote.

    It has a terminal, where nobody types: stdin is not passed on. It has this
    command's environment. The exit code is COMMAND's, 128 and the signal's number if
    one ended it, and 124 if its time was up. A single argument with blanks in it is a
    line for the shell.

    \b
    fugue run --timeout 600 -- pytest -q
    fugue run 'make && make check'
    """
    limit = LONGEST_SECONDS if timeout is None else timeout
    asked: dict[str, Any] = {
        "command": argv[0] if is_line(argv) else list(argv),
        "cwd": str(cwd.absolute()),
        "env": parse_variables(variables),
        "timeout": limit,
        "max_output": OUTPUT_CHARACTERS,
        "environment": dict(os.environ),
    }
    with reach_daemon("fugue run") as daemon:
        with giving_up_on_interrupt(daemon) as interrupted:
            ran = daemon.request("run", asked, patience=limit + ANSWER_SECONDS)
    if as_json:
        render.show_json(ran)
    elif ran["output"]:
        print(ran["output"])
    if ran["truncated"] and not as_json:
        say("fugue: not all of the output is there; it says where something is missing")
    if interrupted:
        say("fugue: it was interrupted")
        return INTERRUPTED
    return code_of(ran, limit)


@contextlib.contextmanager
def giving_up_on_interrupt(daemon: ControlClient) -> Iterator[list[int]]:
    """Let the first Ctrl-C ask for what there is, and the second one end this command.

    Yields the signals that came. Whoever starts this with Ctrl-C ignored has it ignored.
    """
    came: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield came
        return

    def interrupt(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        if not daemon.give_up():
            raise KeyboardInterrupt
        came.append(number)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def is_line(argv: tuple[str, ...]) -> bool:
    """Whether a command is one text for the shell, as agents may give it too."""
    return len(argv) == 1 and any(character.isspace() for character in argv[0])


def code_of(ran: dict[str, Any], limit: float) -> int:
    """The exit code that stands for a command's end."""
    if ran["timed_out"]:
        say(f"fugue: it was ended after {limit:g} s")
        return TIMED_OUT
    if ran["exit_code"] is not None:
        return int(ran["exit_code"])
    named = signal.Signals.__members__.get(ran["signal"] or "")
    return FAILED if named is None else BY_SIGNAL + named
