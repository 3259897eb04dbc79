"""`fugue record` and `recordings`: what panes show, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ControlClient
from fugue_actors.cli.commands.panes import addressed
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_programs

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("id", "state", "of", "began", "size", "file", "ended because")


@command("record")
@click.argument("place", required=False, metavar="[NAME|PANE]")
@click.option(
    "--output", metavar="FILE", help="Where to; by default in the state directory."
)
@click.option("--title", metavar="TEXT", help="What the recording is called.")
@click.option(
    "--stop", "stops", is_flag=True, help="End it instead: of NAME, PANE, ID, or all."
)
def record(
    *,
    place: str | None,
    output: str | None,
    title: str | None,
    stops: bool,
    as_json: bool,
) -> None:
    """Record what a session shows, or one pane, until it is stopped.

    NAME is a session: its window that has the focus is recorded, with all its panes. The
    daemon writes the file, so the recording goes on when you leave, and when the daemon
    is started again. What is recorded stands in the file as it was shown: secrets are
    masked by `fugue export`.
    """
    if place is None and not stops:
        raise click.UsageError("name a session or a pane")
    if stops and (output or title):
        raise click.UsageError("--stop goes with neither --output nor --title")
    with reach_programs("fugue record") as daemon:
        if stops:
            stopped = daemon.request("record_stop", chosen(daemon, place))
            if as_json:
                render.show_json(stopped)
            for made in () if as_json else stopped["recordings"]:
                print(f"{made['file']}  {size(made['size_bytes'])}")
            return
        assert place is not None
        made = daemon.request(
            "record_start",
            {
                **addressed(daemon, place),
                "title": title,
                "output": None if output is None else str(Path(output).absolute()),
            },
        )
    if as_json:
        render.show_json(made)
        return
    print(made["file"])
    what = f"pane {made['pane_id']}" if made["pane_id"] else made["session_name"]
    click.echo(
        render.cell(f"recording {what}; stop with: fugue record --stop {place}"),
        err=True,
    )


@command("recordings")
def recordings(*, as_json: bool) -> None:
    """List recordings: those that run, and those whose files are there."""
    with ControlClient.connect(client="fugue recordings") as daemon:
        listing = daemon.request("recordings")
    if as_json:
        render.show_json(listing)
        return
    render.show_table(COLUMNS, [row(made) for made in listing["recordings"]])


def chosen(daemon: ControlClient, place: str | None) -> dict[str, Any]:
    """The argument that names recordings: an id, a session, a pane, or nothing."""
    if place is None:
        return {}
    listing = daemon.request("recordings")["recordings"]
    if any(made["recording_id"] == place for made in listing):
        return {"recording_id": place}
    return addressed(daemon, place)


def row(made: Mapping[str, Any]) -> tuple[object, ...]:
    """A recording as a row of the list."""
    return (
        made["recording_id"],
        made["state"],
        made["title"],
        made["started_at"],
        size(made["size_bytes"]),
        made["file"],
        made["reason"],
    )


def size(size_bytes: int | None) -> str:
    """The size of a file as people say it."""
    if size_bytes is None:
        return "gone"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.1f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
