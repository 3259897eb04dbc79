"""`fugue demo`: sets the scene, watches the agents, says what truly happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import click

from fugue_actors.cli import render
from fugue_actors.cli.exits import DONE, FAILED, INTERRUPTED
from fugue_actors.cli.options import command
from fugue_actors.demo import show, verify
from fugue_actors.demo.stage import Interruption, Stage, clock, pause
from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from fugue_actors.demo.verify import Evidence, Step

LONGEST_SECONDS = 90.0
FRAME_SECONDS = 0.1


@command("demo")
@click.option("--keep", is_flag=True, help="Leave it running, to look at.")
def demo(*, keep: bool, as_json: bool) -> int:
    """Watch agents work together.

    Starts a daemon in a temporary home, an orchestrator and three workers, each a real
    program in a real terminal that reaches the others only through `fugue mcp`. They
    find out who they are, assign and take tasks, ask for and receive help, and report.
    Nothing of your own daemon or repositories is touched, and nothing stays behind.

    Exit code 0 only if every step truly happened.
    """
    with Interruption() as interruption:
        stage = Stage(interruption, is_kept=keep)
        is_left = False
        left_behind: list[int] = []
        try:
            stage.build()
            watch(stage, show.choose(as_json=as_json))
            found = stage.evidence()
            is_left = keep
        except FugueError:
            # Whatever failed then may have failed because of the same Ctrl-C.
            if interruption.came:
                return INTERRUPTED
            raise
        finally:
            if not is_left:
                left_behind = stage.clear()
    steps = verify.all_steps(found)
    if not keep:
        steps.append(nothing_left(left_behind))
    home = str(stage.home) if keep else None
    tell(found, steps, home=home, as_json=as_json)
    if keep and not as_json:
        say_how_to_look(stage)
    return DONE if all(step.ok for step in steps) else FAILED


def watch(stage: Stage, picture: show.Show) -> None:
    """Show the agents until they are through."""
    deadline = clock() + LONGEST_SECONDS
    with picture:
        while True:
            stage.interruption.check()
            sessions = stage.sessions()
            is_over = stage.is_over(sessions) or clock() > deadline
            picture.update(sessions, stage.messages())
            if is_over:
                return
            pause(FRAME_SECONDS)


def nothing_left(left_behind: list[int]) -> Step:
    """The last step: the daemon ended all that it had started."""
    if left_behind:
        return verify.Step(
            step="no process was left behind",
            ok=False,
            evidence=f"{len(left_behind)} had to be killed: {left_behind}",
        )
    return verify.Step(
        step="no process was left behind",
        ok=True,
        evidence="none has the demo's home in its environment",
    )


def tell(
    found: Evidence, steps: list[Step], *, home: str | None, as_json: bool
) -> None:
    """Print what happened, and in which home it can be looked at if it was kept."""
    if as_json:
        render.show_json(
            {
                "ok": all(step.ok for step in steps),
                "home": home,
                "sessions": list(found.sessions.values()),
                "messages": found.messages,
                "reports": found.reports,
                "screens": found.screens,
                "steps": [attrs.asdict(step) for step in steps],
            }
        )
        return
    show.show_messages(found.messages)
    show.show_steps(steps)


def say_how_to_look(stage: Stage) -> None:
    """How to look at what was left running, and how to end it."""
    home = stage.home
    click.echo(
        f"\nThe agents are still there and listen:\n"
        f"  FUGUE_HOME={home} fugue ls\n"
        f"  FUGUE_HOME={home} fugue send ada hello && "
        f"FUGUE_HOME={home} fugue read ada\n"
        f"To end them: FUGUE_HOME={home} fugue stop --kill && rm -r {home}"
    )
