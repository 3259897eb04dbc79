"""`fugue control`: who types in a pane, and taking it for oneself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from fugue_actors.cli import render
from fugue_actors.cli.commands.panes import addressed
from fugue_actors.cli.exits import FAILED
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_programs

if TYPE_CHECKING:
    from fugue_actors.cli.client import ControlClient

ENDS: Final = ["ControlTaken", "ControlReleased", "PaneClosed"]
LOOK_SECONDS: Final = 600.0
"""How long the daemon is asked to wait for one of them, again and again."""
WHY: Final = {
    "released": "it was given back",
    "idle": "nobody did anything there",
    "ended": "the program has ended",
    "restarted": "the daemon took the pane up anew",
}


@command("control")
@click.argument("place", metavar="NAME|PANE")
@click.option(
    "--take",
    is_flag=True,
    help="Take control, from whoever has it, and keep it until Ctrl-C.",
)
@click.option(
    "--exclusive",
    is_flag=True,
    help="With --take: refuse all that agents and others write meanwhile.",
)
@click.option("--release", is_flag=True, help="End control, whoever has it.")
@click.option(
    "--yield",
    "gives_way",
    is_flag=True,
    help="Let agents write at once, over what a person has begun to type.",
)
def control(
    *,
    place: str,
    take: bool,
    exclusive: bool,
    release: bool,
    gives_way: bool,
    as_json: bool,
) -> int | None:
    """Say who controls a pane; or take control of it, or end it.

    One person at a time types into a pane; what others write waits while they do. Typing
    in `fugue attach` or on the page takes control by itself.
    """
    if take and (release or gives_way):
        raise click.UsageError("--take begins what --release and --yield end")
    if exclusive and not take:
        raise click.UsageError("--exclusive goes with --take")
    with reach_programs("fugue control") as daemon:
        named = addressed(daemon, place)
        if take:
            return hold(daemon, named, exclusive=exclusive, as_json=as_json)
        if release:
            daemon.request("take_control", {**named, "take_over": True})
        if release or gives_way:
            done = daemon.request(
                "release_control", {**named, "discard_draft": gives_way or None}
            )
            show(
                {"pane_id": done["pane_id"], "control": None},
                f"agents may write in pane {done['pane_id']}"
                if gives_way
                else f"nobody controls pane {done['pane_id']}",
                as_json=as_json,
            )
            return None
        pane = daemon.request("get_control", named)
    show(pane, said_of(pane), as_json=as_json)
    return None


def show(shape: dict[str, Any], line: str, *, as_json: bool) -> None:
    """Print what became of it."""
    if as_json:
        render.show_json(shape)
    else:
        print(line, flush=True)


def said_of(pane: dict[str, Any]) -> str:
    """Who controls a pane, and what has been begun there, in a line."""
    control = pane["control"]
    begun = "; somebody has begun to type there" if pane["draft"] else ""
    if control is None:
        return f"nobody controls pane {pane['pane_id']}{begun}"
    alone = ", alone" if control["exclusive"] else ""
    return (
        f"{control['operator']} controls pane {pane['pane_id']}{alone}, since "
        f"{control['since']}{begun}"
    )


def hold(
    daemon: ControlClient, named: dict[str, str], *, exclusive: bool, as_json: bool
) -> int:
    """Keep control until Ctrl-C, or until somebody else has it."""
    begun = daemon.request("events", {"last": 0})["next"]
    taken = daemon.request(
        "take_control", {**named, "take_over": True, "exclusive": exclusive}
    )
    pane_id = taken["pane_id"]
    show(taken, f"you control pane {pane_id}, until Ctrl-C", as_json=as_json)
    own = taken["control"]["operator_id"]
    while True:
        page = daemon.request(
            "events",
            {"since": begun, "kinds": ENDS, "wait_seconds": LOOK_SECONDS},
            patience=LOOK_SECONDS + 60,
        )
        begun = page["next"]
        for happened in page["events"]:
            end = end_of(happened, pane_id, own)
            if end:
                print(f"fugue: control of pane {pane_id} ended: {end}", file=sys.stderr)
                return FAILED


def end_of(happened: dict[str, Any], pane_id: str, own: str) -> str:
    """Why control of a pane has ended with an event; empty if it has not."""
    if happened["pane_id"] != pane_id:
        return ""
    match happened["event"]:
        case "ControlTaken":
            control = happened["control"]
            is_own = control["operator_id"] == own
            return "" if is_own else f"{control['operator']} took it"
        case "ControlReleased":
            is_own = happened["operator_id"] == own
            return WHY.get(happened["why"], happened["why"]) if is_own else ""
        case _:
            return "the pane was closed"
