"""`fugue events` and `export`: what happened, as the journal has it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ANSWER_SECONDS
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_daemon
from fugue_actors.cli.writing import is_recording, write_whole
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.cli.client import ControlClient

WAIT_AT_ONCE_SECONDS = 25.0
PAGE = 1_000
BARE = ("seq", "at", "event", "session_id")


@command("events")
@click.option("--since", type=click.IntRange(min=0), metavar="N", help="After event N.")
@click.option(
    "--last",
    type=click.IntRange(0, 10_000),
    metavar="N",
    help="The newest N; 50 by default.",
)
@click.option("--session", metavar="NAME", help="Only what concerns this session.")
@click.option("--kind", "kinds", multiple=True, metavar="K", help="Only of this kind.")
@click.option("--follow", is_flag=True, help="Go on as events happen, until Ctrl-C.")
def events(
    *,
    since: int | None,
    last: int | None,
    session: str | None,
    kinds: tuple[str, ...],
    follow: bool,
    as_json: bool,
) -> None:
    """List what happened: sessions, panes, messages, each with its number and time.

    With --since all events after that number are listed, else the last 50. With --json
    each event is one line of JSON. Environments and secrets of panes are masked.
    """
    if since is not None and last is not None:
        raise click.UsageError("give either --since or --last")
    wanted: dict[str, Any] = {"session": session, "kinds": list(kinds) or None}
    start = (
        {"since": since}
        if since is not None
        else {"last": 50 if last is None else last}
    )
    with reach_daemon("fugue events") as daemon:
        for event in listed(daemon, {**wanted, **start}, follow=follow):
            print(json.dumps(event, ensure_ascii=False) if as_json else line(event))
            if follow:
                sys.stdout.flush()


@command("export", has_json=False)
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--html", "page", metavar="OUT", help="The recording FILE as a page.")
@click.option("--svg", "picture", metavar="OUT", help="As a picture that moves.")
@click.option("--cast", "recording", metavar="OUT", help="As an asciicast.")
@click.option("--at", type=float, metavar="SECONDS", help="One moment, for --svg.")
@click.option(
    "--idle-limit",
    "pause",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Longest pause in --svg; 2 unless said.",
)
@click.option("--theme", type=click.Choice(["dark", "light"]), help="Colours of --svg.")
@click.option("--markers", is_flag=True, help="What happened as markers, in --cast.")
@click.option(
    "--mask", "masks", multiple=True, metavar="REGEX", help="Mask this as well."
)
@click.option("--no-mask", "shows_secrets", is_flag=True, help="Mask nothing.")
def export(
    *,
    file: str | None,
    page: str | None,
    picture: str | None,
    recording: str | None,
    **how: Any,
) -> None:
    """Write all events of the journal as JSON lines, or a recording in another form.

    With --html, --svg or --cast, FILE is a recording: a path, or a name in the directory
    of recordings. What looks like a secret is masked in it. OUT is written as a whole; `-`
    is stdout.

    Else FILE is what the events are written to; without it they go to stdout. Until that is
    done, FILE is what it was before. Environments and secrets of panes are masked.
    """
    chosen = {  # 0 is a moment, too
        key: value
        for key, value in how.items()
        if value is not None and value is not False and value != ()
    }
    if page or picture or recording:
        if file is None:
            raise click.UsageError("name the recording")
        refuse_unused(chosen, picture=picture, recording=recording)
        if [page, picture, recording].count("-") > 1:
            raise click.UsageError("only one can go to stdout")
        from fugue_actors.cli import exporting

        wanted = exporting.Wanted(
            page=page, picture=picture, recording=recording, **chosen
        )
        for place in exporting.export(file, wanted):
            if place != exporting.STDOUT:
                click.echo(f"{place} is written", err=True)
        return
    if chosen:
        raise click.UsageError(
            "say what to make of the recording: --html, --svg, --cast"
        )
    if file is not None and is_recording(Path(file)):
        raise Refused(
            "InvalidArgument",
            f"{file} is a recording, which would be overwritten by the journal's events",
            hint="say what to make of it (--html, --svg, --cast), or name another file",
        )
    with reach_daemon("fugue export") as daemon:
        lines = (
            json.dumps(event, ensure_ascii=False) + "\n"
            for event in listed(daemon, {"since": 0}, follow=False)
        )
        if file is None or file == "-":
            sys.stdout.writelines(lines)
        else:
            write_whole(Path(file), lines)


def refuse_unused(
    chosen: dict[str, Any], *, picture: str | None, recording: str | None
) -> None:
    """Let nobody believe that an option did something.

    Raises:
        UsageError: One is for a form that is not made.
    """
    for name, (option, form, place) in {
        "at": ("--at", "--svg", picture),
        "pause": ("--idle-limit", "--svg", picture),
        "theme": ("--theme", "--svg", picture),
        "markers": ("--markers", "--cast", recording),
    }.items():
        if name in chosen and place is None:
            raise click.UsageError(f"{option} is only for {form}")


def listed(
    daemon: ControlClient, wanted: dict[str, Any], *, follow: bool
) -> Iterator[dict[str, Any]]:
    """Page after page; those there were at the beginning, or for ever."""
    newest: int | None = None
    turn = 0.0
    while True:
        page = daemon.request(
            "events",
            {**wanted, "limit": PAGE, "wait_seconds": turn},
            patience=turn + ANSWER_SECONDS,
        )
        newest = page["newest"] if newest is None else newest
        yield from page["events"]
        wanted = {**wanted, "since": page["next"]}
        wanted.pop("last", None)
        is_all = page["next"] >= newest
        if is_all and not follow:
            return
        turn = WAIT_AT_ONCE_SECONDS if is_all else 0.0


def line(event: dict[str, Any]) -> str:
    """An event for people: number, time, kind, and what it says, on one line."""
    said = {key: value for key, value in event.items() if key not in BARE}
    told = json.dumps(said, ensure_ascii=False) if said else ""
    head = f"{event['seq']}  {event['at']}  {event['event']}"
    return render.cell(f"{head}  {event.get('session_id', '')}  {told}".rstrip())
