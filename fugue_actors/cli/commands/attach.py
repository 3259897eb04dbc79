"""`fugue attach`: work in sessions, in this terminal."""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_daemon
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.cli.client import ControlClient
    from fugue_actors.tui.guard import Lifeline
    from fugue_actors.tui.settings import Settings, Sizing
    from fugue_actors.tui.verbs import Verb
    from fugue_actors.tui.vocabulary import Verbs

NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME: Final = 40
TMUX_PREFIX: Final = "C-b"
"""That of a tmux which nobody has told otherwise."""


@command("attach", has_json=False)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--read-only", is_flag=True, help="Only look: no keys, no changes.")
@click.option(
    "--size",
    type=click.Choice(["latest", "never"]),
    help="Whether windows get this terminal's size while it is used.",
)
@click.option(
    "--nested", is_flag=True, help="Also in a pane of fugue; then it only looks."
)
def attach(
    *, name: str | None, read_only: bool, size: Sizing | None, nested: bool
) -> None:
    """Show the windows of a session here, and work in them.

    The keys are those of tmux, after ctrl+b: ? lists them, d leaves. Without NAME it is the
    session that is called like this directory, else any; if there is none, one is started
    with your shell. Whatever runs goes on when you leave.

    \b
    fugue attach lead
    fugue attach lead --read-only
    """
    run(name, read_only=read_only, size=size, nested=nested)


def run(
    name: str | None = None,
    *,
    read_only: bool = False,
    size: Sizing | None = None,
    nested: bool = False,
) -> None:
    """Attach, until somebody leaves.

    Raises:
        FugueError: There is no terminal, no such session, or no daemon.
    """
    gc.disable()  # there is nothing to collect while modules are loaded
    is_inside = bool(os.environ.get("FUGUE_PANE_ID"))
    if is_inside and not nested:
        raise Refused(
            "InvalidArgument",
            "this is a pane of fugue, which would show itself",
            hint="prefix s goes to another session; --nested looks from here",
        )
    if not is_interactive():
        raise Refused("InvalidArgument", "attach needs a terminal")
    from fugue_actors.tui import abilities

    abilities.check_terminal()
    settings = chosen(read_only=read_only or is_inside, size=size)
    with reach_daemon("fugue attach") as daemon:
        session = begin(daemon, name)
    from fugue_actors.tui import guard

    lifeline = guard.stand()
    print(f"[{show(settings, lifeline, session)}]")


def is_interactive() -> bool:
    """Whether there is a person at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def chosen(*, read_only: bool, size: Sizing | None) -> Settings:
    """The user's settings, with what this command line says.

    Raises:
        Refused: `InvalidArgument`, naming the file and what is wrong in it.
    """
    import attrs

    from fugue_actors import places
    from fugue_actors.tui import settings

    loaded = attrs.evolve(settings.load(), is_read_only=read_only)
    if loaded.keys:
        from fugue_actors.cli.root import COMMANDS
        from fugue_actors.tui import checking

        checking.check(str(places.config_file()), loaded.keys, COMMANDS)
    return loaded if size is None else attrs.evolve(loaded, size=size)


def begin(daemon: ControlClient, name: str | None) -> str:
    """The id of the session to begin with; starts one if there is none.

    Raises:
        Refused: `SessionNotFound`, also for one that has no terminal.
    """
    sessions = daemon.request("list_sessions")["sessions"]
    shown = [session for session in sessions if session["panes"]]
    if name is not None:
        return named(sessions, name)
    here = name_of(Path.cwd())
    for session in shown:
        if session["session_name"] == here:
            return str(session["session_id"])
    if shown:
        return str(shown[0]["session_id"])
    columns, lines = os.get_terminal_size()
    taken = {session["session_name"] for session in sessions}
    made = daemon.request(
        "create_session",
        {
            "name": next(each for each in numbered(here) if each not in taken),
            "cwd": str(Path.cwd()),
            "environment": dict(os.environ),
            "columns": max(2, columns),
            "lines": max(1, lines - 1),
        },
    )
    return str(made["session_id"])


def named(sessions: list[dict[str, Any]], name: str) -> str:
    """The id of the session with this name or id."""
    for session in sessions:
        if name in (session["session_name"], session["session_id"]):
            if not session["panes"]:
                raise Refused(
                    "SessionNotFound",
                    f"session {name} is a guest: it has no terminal to show",
                )
            return str(session["session_id"])
    raise Refused(
        "SessionNotFound",
        f"there is no session {name!r}",
        hint=f"`fugue ls` lists them, `fugue new {name}` starts it",
    )


def name_of(directory: Path) -> str:
    """A session's name after a directory."""
    name = NOT_IN_NAMES.sub("-", directory.name).strip("-._")[:LONGEST_NAME]
    return name or "main"


def numbered(name: str) -> Any:
    """A name, and the same with numbers behind it."""
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def show(settings: Settings, lifeline: Lifeline, session: str) -> str:
    """Be in the terminal until somebody leaves; returns why."""
    import trio

    from fugue_actors.tui.app import App
    from fugue_actors.tui.outer import open_outer

    gc.freeze()
    gc.enable()
    with open_outer(lifeline, mouse=settings.mouse) as outer:
        app = App(
            settings, outer, session=session, verbs=verbs(), greeting=greeting(settings)
        )
        return trio.run(app.run)


def greeting(settings: Settings) -> str | None:
    """What somebody has to know first, if anything."""
    if os.environ.get("TMUX") and settings.prefix == TMUX_PREFIX:
        return f"tmux takes {TMUX_PREFIX} first: press it twice for fugue"
    return None


def verbs() -> Verbs:
    """What this command line knows, for the prompt of the client."""
    from fugue_actors.cli.root import COMMANDS
    from fugue_actors.tui.vocabulary import Verbs

    def read() -> Mapping[str, Verb]:
        from fugue_actors.cli import catalogue

        return catalogue.verbs()

    return Verbs(names={name: says for name, (_, says) in COMMANDS.items()}, read=read)
