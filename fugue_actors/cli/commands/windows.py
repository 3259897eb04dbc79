"""`fugue window`: a session's windows, opened, named, numbered and arranged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.commands.sessions import parse_size, parse_variables
from fugue_actors.cli.ending import close_each
from fugue_actors.cli.options import Number, command, group
from fugue_actors.cli.reach import reach_programs

if TYPE_CHECKING:
    from collections.abc import Callable

PRESETS = (
    *("even-horizontal", "even-vertical", "main-horizontal", "main-vertical"),
    *("tiled", "next", "previous"),
)
WINDOW: Callable[..., Any] = click.argument("window", metavar="NAME[:WINDOW]")


def addressed(window: str) -> dict[str, str]:
    """The argument that names a window: `SESSION:WINDOW`, or its session alone."""
    return {"window": window} if ":" in window else {"session": window}


def ask(name: str, window: str, /, **more: Any) -> dict[str, Any]:
    """Have a window changed; how its session's windows are then."""
    with reach_programs(f"fugue window {name}") as daemon:
        return daemon.request(f"{name}_window", {**addressed(window), **more})


def show(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        render.show_json(shown)


@command("new")
@click.argument("session", metavar="NAME")
@click.option("--name", metavar="NAME", help="A name for the window.")
@click.option(
    "--cwd", type=click.Path(path_type=Path), help="Where the program starts."
)
@click.option("--env", "variables", multiple=True, metavar="K=V", help="A variable.")
@click.option("--focus", is_flag=True, help="Give it the focus.")
@click.option(
    "--restart",
    type=click.Choice(["never", "on-failure", "always"]),
    default="never",
    help="When to start the program again after it ended.",
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def new(
    *,
    session: str,
    name: str | None,
    cwd: Path | None,
    variables: tuple[str, ...],
    focus: bool,
    restart: str,
    argv: tuple[str, ...],
    as_json: bool,
) -> None:
    """Start COMMAND, or your shell, in a new window of a session."""
    added = parse_variables(variables)
    with reach_programs("fugue window new") as daemon:
        made = daemon.request(
            "new_window",
            {
                "session": session,
                "name": name,
                "command": list(argv) or None,
                "cwd": None if cwd is None else str(cwd.absolute()),
                "env": added,
                "focus": focus,
                "restart": restart,
            },
        )
    if as_json:
        render.show_json(made)
    else:
        print(f"window {made['window_number']}, pane {made['pane_id']}")


@command("rename")
@WINDOW
@click.argument("new_name", metavar="NEW")
def rename(*, window: str, new_name: str, as_json: bool) -> None:
    """Give a window a name; an empty one takes it away."""
    show(ask("rename", window, name=new_name), as_json=as_json)


@command("focus")
@click.argument("window", metavar="NAME:WINDOW")
def focus(*, window: str, as_json: bool) -> None:
    """Let a window be the one that is shown first."""
    with reach_programs("fugue window focus") as daemon:
        shown = daemon.request("focus_window", {"window": window})
    show(shown, as_json=as_json)


@command("move")
@WINDOW
@click.argument(
    "number", type=click.IntRange(0, 999), metavar="[NUMBER]", required=False
)
@click.option("--insert", is_flag=True, help="Let those that have it make room.")
def move(*, window: str, number: int | None, insert: bool, as_json: bool) -> None:
    """Give a window another number: by default the first after all others."""
    show(ask("move", window, number=number, insert=insert), as_json=as_json)


@command("swap")
@WINDOW
@click.argument("second", metavar="WINDOW")
def swap(*, window: str, second: str, as_json: bool) -> None:
    """Let two windows of a session have each other's number."""
    with reach_programs("fugue window swap") as daemon:
        shown = daemon.request("swap_windows", {**addressed(window), "other": second})
    show(shown, as_json=as_json)


@command("rotate")
@WINDOW
@click.option("--back", is_flag=True, help="The other way round.")
def rotate(*, window: str, back: bool, as_json: bool) -> None:
    """Let each pane of a window have the place of the one before it."""
    show(ask("rotate", window, back=back), as_json=as_json)


@command("arrange")
@WINDOW
@click.argument(
    "preset", type=click.Choice(PRESETS), metavar="[ARRANGEMENT]", required=False
)
@click.option(
    "--main",
    type=Number(0.1, 0.9),
    metavar="R",
    help="The share of the main pane, 0.5 by default.",
)
def arrange(
    *, window: str, preset: str | None, main: float | None, as_json: bool
) -> None:
    """Arrange the panes of a window as tmux does; by default in the next way in turn.

    ARRANGEMENT is even-horizontal, even-vertical, main-horizontal, main-vertical, tiled,
    next or previous.
    """
    show(ask("arrange", window, preset=preset, main=main), as_json=as_json)


@command("resize")
@WINDOW
@click.argument("size", metavar="COLSxROWS")
def resize(*, window: str, size: str, as_json: bool) -> None:
    """Give a window another size; its panes have their shares of it."""
    columns, lines = parse_size(size, hint="COLSxROWS")
    show(ask("resize", window, columns=columns, lines=lines), as_json=as_json)


@command("close")
@click.argument("windows", nargs=-1, required=True, metavar="NAME:WINDOW...")
def close(*, windows: tuple[str, ...], as_json: bool) -> int:
    """End windows, with everything their programs started.

    With its last window a session ends. Every one is tried; exit code 1 if one could not
    be closed.
    """
    return close_each(
        "fugue window close", "close_window", "window", windows, as_json=as_json
    )


@group(
    "window",
    members=(new, rename, focus, move, swap, rotate, arrange, resize, close),
)
def window() -> None:
    """Open, name, number, arrange and close the windows of a session.

    A WINDOW is the number, name or id that `fugue layout NAME` shows; NAME alone means
    the window that has the session's focus.
    """
