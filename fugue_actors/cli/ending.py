"""Ending several things in one go: sessions, windows or panes."""

from __future__ import annotations

from typing import Any, Final

from fugue_actors.cli import render
from fugue_actors.cli.exits import FAILED, exit_code, report
from fugue_actors.cli.reach import reach_programs
from fugue_actors.errors import Refused

KILL_SECONDS: Final = 60.0
"""How long one may take: programs have a while to end by themselves."""


def end_each(
    client: str, operation: str, kind: str, names: tuple[str, ...], *, as_json: bool
) -> tuple[list[dict[str, Any]], int]:
    """Try to end each of them; what cannot be ended is reported, and the rest goes on.

    Args:
        client: The command that wants it.
        operation: What ends one.
        kind: The operation's argument that names it.
        names: Which.
        as_json: Whether errors are reported as JSON.

    Returns:
        The answers for those that ended, and the command's exit code.
    """
    ended, worst = [], 0
    with reach_programs(client) as daemon:
        for name in names:
            try:
                ended.append(
                    daemon.request(operation, {kind: name}, patience=KILL_SECONDS)
                )
            except Refused as error:
                report(error, as_json=as_json)
                worst = max(worst, exit_code(error), FAILED)
    return ended, worst


def close_each(
    client: str, operation: str, kind: str, names: tuple[str, ...], *, as_json: bool
) -> int:
    """Close each of these panes or windows, and say so; returns the exit code.

    Arguments are as in `end_each`.
    """
    closed, worst = end_each(client, operation, kind, names, as_json=as_json)
    if as_json:
        render.show_json({"closed": closed})
        return worst
    for one in closed:
        also = f", and with it session {one['session_name']}"
        print(f"{one[f'{kind}_id']} closed{also if one['session_ended'] else ''}")
    return worst
