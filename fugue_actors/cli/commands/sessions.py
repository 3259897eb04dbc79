"""`fugue new`, `ls`, `kill`, `rename` and `tag`: sessions."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.ending import end_each
from fugue_actors.cli.exits import say
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_daemon, reach_programs

SMALLEST, LARGEST = (2, 1), (1000, 1000)


@command("new")
@click.argument("name")
@click.option(
    "--cwd",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where the program starts; by default here.",
)
@click.option("--tag", "tags", multiple=True, help="A tag it has from the start.")
@click.option(
    "--env", "variables", multiple=True, metavar="K=V", help="On top of mine."
)
@click.option("--size", metavar="COLSxROWS", help="Size of its terminal.")
@click.option(
    "--restart",
    type=click.Choice(["never", "on-failure", "always"]),
    default="never",
    help="When to start the program again after it ended.",
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def new(
    *,
    name: str,
    cwd: Path,
    tags: tuple[str, ...],
    variables: tuple[str, ...],
    size: str | None,
    restart: str,
    argv: tuple[str, ...],
    as_json: bool,
) -> None:
    """Start a session NAME with one pane, and print its ids.

    The pane runs COMMAND, or the configured shell. It has this command's environment.

    \b
    fugue new lead --tag orchestrator -- claude
    fugue new tests --cwd ../wt-tests --tag worker -- codex
    """
    columns, lines = parse_size(size) if size else (None, None)
    added = parse_variables(variables)
    with reach_daemon("fugue new") as daemon:
        made = daemon.request(
            "create_session",
            {
                "name": name,
                "command": list(argv) or None,
                "cwd": str(cwd.absolute()),
                "tags": list(tags),
                "env": added,
                "environment": dict(os.environ),
                "columns": columns,
                "lines": lines,
                "restart": restart,
            },
        )
    if as_json:
        render.show_json(made)
    else:
        print(
            f"session {made['session_name']} ({made['session_id']}), "
            f"pane {made['pane_id']}"
        )


def parse_size(text: str, *, hint: str = "--size") -> tuple[int, int]:
    """`120x40` as (columns, lines)."""
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", text)
    columns, lines = (int(part) for part in match.groups()) if match else (0, 0)
    if not (
        SMALLEST[0] <= columns <= LARGEST[0] and SMALLEST[1] <= lines <= LARGEST[1]
    ):
        raise click.BadParameter(
            f"{text!r} is not COLSxROWS like 120x40, "
            f"from {SMALLEST[0]}x{SMALLEST[1]} to {LARGEST[0]}x{LARGEST[1]}",
            param_hint=hint,
        )
    return columns, lines


def parse_variables(texts: tuple[str, ...]) -> dict[str, str]:
    """`K=V` texts as a mapping."""
    variables = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text!r} is not K=V", param_hint="--env")
        variables[key] = value
    return variables


@command("ls")
def ls(*, as_json: bool) -> None:
    """List the sessions."""
    with reach_programs("fugue ls") as daemon:
        listing = daemon.request("list_sessions")
    if as_json:
        render.show_json(listing)
        return
    if not listing["sessions"]:
        say("fugue: no sessions; `fugue new NAME` starts one")
        return
    render.show_table(
        ("session", "state", "tags", "says", "unread", "program", "directory"),
        [session_row(session) for session in listing["sessions"]],
    )


def session_row(session: dict[str, Any]) -> tuple[object, ...]:
    """What `fugue ls` says of one session."""
    panes = session["panes"]
    said = session.get("status")
    return (
        session["session_name"],
        ", ".join(pane_state(pane) for pane in panes) or session["kind"],
        session["tags"],
        said and ": ".join(filter(None, (said["status"], said.get("message")))),
        session["unread"] or None,
        ", ".join(program(pane) for pane in panes),
        session["worktree"] or session["cwd"],
    )


def pane_state(pane: dict[str, Any]) -> str:
    """`running`, `exited (exit 1)`, or `running (2 restarts, last exit 1)`."""
    remarks = [render.program_exit(pane.get("exit"))]
    if pane.get("orphaned"):
        remarks.append("no daemon came in time")
    if restarts := pane.get("restarts"):
        remarks.append(render.counted(restarts, "restart"))
        if last := render.program_exit(pane.get("last_exit")):
            remarks.append(f"last {last}")
    remarks.append(pane.get("trouble") or "")
    said = ", ".join(filter(None, remarks))
    return f"{pane['state']} ({said})" if said else str(pane["state"])


def program(pane: dict[str, Any]) -> str:
    """A pane's command line; on a terminal short enough for a table."""
    argv = pane["command"]
    text = argv if isinstance(argv, str) else " ".join(argv)
    return text if len(text) <= 40 or not sys.stdout.isatty() else text[:39] + "…"


@command("kill")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def kill(*, names: tuple[str, ...], as_json: bool) -> int:
    """End sessions, with all programs in them.

    Every NAME is tried; exit code 1 if one could not be ended.
    """
    ended, worst = end_each(
        "fugue kill", "kill_session", "session", names, as_json=as_json
    )
    if as_json:
        render.show_json({"killed": ended})
    else:
        for one in ended:
            count = render.counted(one["ended"], "process", "processes")
            parts = [f"{one['session_name']} ended, with {count}"]
            survivors = one.get("survivors", [])
            if by_force := render.by_force(one["killed"], survivors):
                parts.append(by_force)
            print("; ".join(parts))
    return worst


@command("rename")
@click.argument("name")
@click.argument("new", metavar="NEW")
def rename(*, name: str, new: str, as_json: bool) -> None:
    """Give session NAME another name.

    It keeps its id, its inbox and its tags. Programs in it that were started before still
    find the old name in their environment.
    """
    with reach_daemon("fugue rename") as daemon:
        renamed = daemon.request("rename_session", {"session": name, "name": new})
    if as_json:
        render.show_json(renamed)


# Without any short option -help is what it looks like here: a tag to take away.
@command(
    "tag",
    context_settings={
        "ignore_unknown_options": True,
        "help_option_names": ["--help"],
    },
)
@click.argument("name")
@click.argument("changes", nargs=-1, type=click.UNPROCESSED, metavar="[+T] [-T]...")
def tag(*, name: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Show the tags of session NAME, after adding (+T) and removing (-T) some."""
    add: list[str] = []
    remove: list[str] = []
    for change in changes:
        if len(change) < 2 or change[0] not in "+-":
            raise click.UsageError(
                f"{change!r} is neither +TAG (add) nor -TAG (remove)"
            )
        (add if change[0] == "+" else remove).append(change[1:])
    with reach_programs("fugue tag") as daemon:
        if changes:
            tags = daemon.request(
                "set_tags", {"session": name, "add": add, "remove": remove}
            )
        else:
            tags = daemon.request("get_tags", {"session": name})
    if as_json:
        render.show_json(tags)
    else:
        print(" ".join(render.cell(one) for one in tags["tags"]))
