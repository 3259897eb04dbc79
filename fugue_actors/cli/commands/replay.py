"""`fugue replay`: a recording in this terminal."""

from __future__ import annotations

import sys

import click

from fugue_actors.cli.options import Number, command
from fugue_actors.errors import Refused


@command("replay", has_json=False)
@click.argument("file", metavar="FILE")
@click.option(
    "--speed", type=Number(0.1, 100), default=1.0, metavar="N", help="How fast."
)
@click.option("--at", metavar="TIME", help="Where to begin: 90, 1:30 or 50%.")
@click.option(
    "--idle-limit",
    type=Number(0.1, 1_000_000),
    metavar="SECONDS",
    help="Longest time in which nothing happens.",
)
@click.option("--pause", "paused", is_flag=True, help="Wait for a key to begin.")
def replay(
    *, file: str, speed: float, at: str | None, idle_limit: float | None, paused: bool
) -> None:
    """Play a recording: an asciicast of `fugue record` or of any other program.

    FILE is a path, or a name in the directory of recordings. Space plays and pauses, the
    arrows seek, + and - change the speed, . and , go picture by picture, [ and ] from
    event to event, ? shows the keys, q ends.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(
            "InvalidArgument",
            "a recording is played in a terminal, and this is none",
            hint="`fugue export --html` makes a page of it",
        )
    import trio

    from fugue_actors.cli import exporting, replaying
    from fugue_actors.recording import player
    from fugue_actors.recording.tape import Tape
    from fugue_actors.tui import guard

    with exporting.opened(exporting.find(file)) as opened:
        tape = Tape(opened)
        begin = 0.0 if at is None else player.moment(at, tape.index.end)
        if begin is None:
            raise click.BadParameter(f"{at!r} is no time such as 90, 1:30 or 50%.")
        playing = player.Player(
            tape, speed=speed, idle_limit=idle_limit, is_playing=not paused
        )
        playing.seek(begin)
        trio.run(replaying.play, guard.stand(), playing)
