"""`fugue split`, `layout`, `resize`, `move`, `swap`, `zoom`, `focus` and `close`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.commands.panes import STDIN, addressed
from fugue_actors.cli.commands.sessions import parse_size, parse_variables
from fugue_actors.cli.ending import close_each
from fugue_actors.cli.options import Number, command
from fugue_actors.cli.reach import reach_programs

if TYPE_CHECKING:
    from collections.abc import Iterator


@command("split")
@click.argument("place", metavar="NAME|PANE")
@click.option("--below", is_flag=True, help="Below it; by default to its right.")
@click.option(
    "--ratio",
    type=Number(0.1, 0.9),
    metavar="R",
    help="The share of its room that the old pane keeps, 0.5 by default.",
)
@click.option("--name", metavar="NAME", help="A name for the new pane.")
@click.option(
    "--cwd",
    type=click.Path(path_type=Path),
    help="Where the program starts; by default where the old pane's did.",
)
@click.option(
    "--env", "variables", multiple=True, metavar="K=V", help="On top of the old pane's."
)
@click.option("--focus", is_flag=True, help="Give the new pane the focus.")
@click.option(
    "--restart",
    type=click.Choice(["never", "on-failure", "always"]),
    default="never",
    help="When to start the program again after it ended.",
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def split(
    *,
    place: str,
    below: bool,
    ratio: float | None,
    name: str | None,
    cwd: Path | None,
    variables: tuple[str, ...],
    focus: bool,
    restart: str,
    argv: tuple[str, ...],
    as_json: bool,
) -> None:
    """Start COMMAND, or your shell, in a new pane beside another one.

    \b
    fugue split ann --below -- tail -f log
    """
    added = parse_variables(variables)
    with reach_programs("fugue split") as daemon:
        made = daemon.request(
            "split_pane",
            {
                **addressed(daemon, place),
                "direction": "horizontal" if below else "vertical",
                "ratio": ratio,
                "command": list(argv) or None,
                "cwd": None if cwd is None else str(cwd.absolute()),
                "name": name,
                "env": added,
                "focus": focus,
                "restart": restart,
            },
        )
    show_place(made, as_json=as_json)


def show_place(stands: dict[str, Any], *, as_json: bool) -> None:
    """Say how large a pane is by now, or with JSON all about its place."""
    if as_json:
        render.show_json(stands)
    else:
        print(f"pane {stands['pane_id']}, {stands['columns']}x{stands['lines']}")


@command("layout")
@click.argument("session", metavar="[NAME]", required=False)
@click.option(
    "--build",
    metavar="FILE",
    help="Build what this file describes, as JSON; - for stdin.",
)
def layout(*, session: str | None, build: str | None, as_json: bool) -> None:
    """Show the windows of a session, and where its panes stand; or build some.

    \b
    echo '{"pane": {"command": "htop"}}' | fugue layout ann --build -
    """
    with reach_programs("fugue layout") as daemon:
        if build is not None:
            made = daemon.request(
                "create_layout", {"session": session, "layout": contents(build)}
            )
            if as_json:
                render.show_json(made)
            else:
                print(*made["pane_ids"], sep="\n")
            return
        shown = daemon.request("get_layout", {"session": session})
        panes = {
            pane["pane_id"]: pane for pane in daemon.request("list_panes")["panes"]
        }
    if as_json:
        render.show_json(shown)
        return
    render.show_table(
        ("window", "pane", "name", "at", "size", "focus", "state", "program"),
        [row for window in shown["windows"] for row in window_rows(window, panes)],
    )


def contents(file: str) -> str:
    """A file's text, or stdin's."""
    if file == STDIN:
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(str(error), param_hint="--build") from error


def window_rows(
    window: dict[str, Any], panes: dict[str, Any]
) -> Iterator[tuple[object, ...]]:
    """What `fugue layout` says of one window; all but a zoomed pane are hidden."""
    called = [window["number"], *([window["name"]] if window["name"] else [])]
    shown = {area["pane_id"]: area for area in window["panes"]}
    for tile in window.get("tiles", window["panes"]):
        area = shown.get(tile["pane_id"], tile)
        pane = panes.get(area["pane_id"], {})
        has_focus = window["focused"] and area["focused"]
        is_hidden = area["pane_id"] not in shown
        yield (
            ":".join(map(str, called)),
            area["pane_id"],
            area["name"],
            "hidden" if is_hidden else f"{area['x']},{area['y']}",
            f"{area['columns']}x{area['lines']}",
            "*" if has_focus else None,
            pane.get("state"),
            pane.get("command"),
        )


@command("resize")
@click.argument("place", metavar="NAME|PANE")
@click.argument("size", metavar="COLSxROWS")
def resize(*, place: str, size: str, as_json: bool) -> None:
    """Give a pane another size; the others of its window share the rest."""
    columns, lines = parse_size(size, hint="COLSxROWS")
    with reach_programs("fugue resize") as daemon:
        stands = daemon.request(
            "resize_pane",
            {**addressed(daemon, place), "columns": columns, "lines": lines},
        )
    show_place(stands, as_json=as_json)


@command("move")
@click.argument("place", metavar="NAME|PANE")
@click.option(
    "--beside",
    metavar="PANE",
    help="The pane beside which it is to be; by default a window of its own.",
)
@click.option("--below", is_flag=True, help="Below that one; by default to its right.")
@click.option(
    "--ratio",
    type=Number(0.1, 0.9),
    metavar="R",
    help="The share of its room that the other pane keeps, 0.5 by default.",
)
@click.option("--focus", is_flag=True, help="Give it the focus where it is then.")
def move(
    *,
    place: str,
    beside: str | None,
    below: bool,
    ratio: float | None,
    focus: bool,
    as_json: bool,
) -> None:
    """Put a pane beside another of its session, or into a window of its own."""
    with reach_programs("fugue move") as daemon:
        stands = daemon.request(
            "move_pane",
            {
                **addressed(daemon, place),
                "beside": beside,
                "direction": "horizontal" if below else "vertical",
                "ratio": ratio,
                "focus": focus,
            },
        )
    show_place(stands, as_json=as_json)


@command("swap")
@click.argument("place", metavar="NAME|PANE")
@click.argument("other", metavar="PANE")
def swap(*, place: str, other: str, as_json: bool) -> None:
    """Let two panes of a session change places."""
    with reach_programs("fugue swap") as daemon:
        stands = daemon.request(
            "swap_panes", {**addressed(daemon, place), "other": other}
        )
    show_place(stands, as_json=as_json)


@command("zoom")
@click.argument("place", metavar="NAME|PANE")
@click.option("--on", "wanted", flag_value="on", help="Zoom it, also if it is already.")
@click.option("--off", "wanted", flag_value="off", help="Show all panes again.")
def zoom(*, place: str, wanted: str | None, as_json: bool) -> None:
    """Show one pane of a window in full, or all of them again."""
    with reach_programs("fugue zoom") as daemon:
        stands = daemon.request(
            "zoom_pane",
            {
                **addressed(daemon, place),
                "zoomed": None if wanted is None else wanted == "on",
            },
        )
    show_place(stands, as_json=as_json)


@command("focus")
@click.argument("place", metavar="NAME|PANE")
def focus(*, place: str, as_json: bool) -> None:
    """Let a pane be the one that is meant when only its session is named."""
    with reach_programs("fugue focus") as daemon:
        shown = daemon.request("focus_pane", addressed(daemon, place))
    if as_json:
        render.show_json(shown)


@command("close")
@click.argument("places", nargs=-1, required=True, metavar="PANE...")
def close(*, places: tuple[str, ...], as_json: bool) -> int:
    """End panes, with everything their programs started.

    With its last pane a session ends. Every PANE is tried; exit code 1 if one could not
    be closed.
    """
    return close_each("fugue close", "close_pane", "pane", places, as_json=as_json)
