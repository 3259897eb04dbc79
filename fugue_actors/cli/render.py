"""Data for people: tables and trees on a terminal, plain aligned text in a pipe.

rich is imported only when stdout is a terminal. Text that comes from agents (names,
titles, payloads) never reaches the terminal with its control characters.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from fugue_actors.cli.exits import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.tree import Tree

GAP = "  "
NAMED_AT_MOST = 5


def show_json(data: object) -> None:
    """Print one JSON document."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings; an empty cell stands for None.

    In a pipe each row is one line and nothing is cut off.
    """
    cells = [[cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for line in aligned([list(columns), *cells]):
            print(line)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        table.add_row(*(Text(text, style=STYLES.get(text, "")) for text in row))
    terminal().print(table)


STYLES = {
    "running": "green",
    "consumed": "green",
    "answered": "green",
    "expired": "red",
    "refused": "red",
    "ok": "green",
    "exited": "dim",
    "lost": "red",
    "dead": "red",
    "problem": "bold red",
    "MISSING": "bold red",
    "degraded": "yellow",
    "restarting": "yellow",
    "blocked": "yellow",
    "error": "red",
}


def show_tree(title: str, branches: Iterable[tuple[int, str, str]]) -> None:
    """Print a tree of (depth, name, remark), parents before their children."""
    if not sys.stdout.isatty():
        print(title)
        for depth, name, remark in branches:
            print(f"{GAP * (depth + 1)}{cell(name)}{GAP}{cell(remark)}".rstrip())
        return
    from rich.text import Text
    from rich.tree import Tree as RichTree

    root = RichTree(title)
    open_branches: list[Tree] = [root]
    for depth, name, remark in branches:
        del open_branches[depth + 1 :]
        label = Text.assemble(cell(name), GAP, (cell(remark), "dim"))
        open_branches.append(open_branches[-1].add(label))
    terminal().print(root)


def terminal() -> Console:
    """The terminal to draw on; honours NO_COLOR and TERM=dumb."""
    from rich.console import Console

    return Console(highlight=False)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns line up."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            text.ljust(width) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def cell(value: Any) -> str:
    """One value as text on one line."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(part) for part in value)
    if isinstance(value, dict):
        return one_line(json.dumps(value, ensure_ascii=False))
    return one_line(str(value))


def duration(seconds: float) -> str:
    """A span of time as people say it: `42 s`, `3 min`, `5 h 12 min`, `2 d 3 h`."""
    minutes, hours, days = (int(seconds // unit) for unit in (60, 3600, 86400))
    if minutes < 1:
        return f"{int(seconds)} s"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"


def counted(number: int, word: str, words: str | None = None) -> str:
    """A number of things: `1 program`, `2 programs`."""
    return f"{number} {word if number == 1 else words or word + 's'}"


def by_force(killed: list[dict[str, Any]], survivors: list[int]) -> str:
    """What had to be killed and what even that did not end; nothing if all went well."""
    parts = []
    if killed:
        named = [f"{one['command']} ({one['pid']})" for one in killed[:NAMED_AT_MOST]]
        if len(killed) > NAMED_AT_MOST:
            named.append(f"{len(killed) - NAMED_AT_MOST} more")
        parts.append(f"{len(killed)} by SIGKILL: " + ", ".join(named))
    if survivors:
        left = counted(len(survivors), "process", "processes")
        parts.append(f"{left} could not be ended: {', '.join(map(str, survivors))}")
    return one_line("; ".join(parts))


def program_exit(shape: dict[str, Any] | None) -> str:
    """How a program ended: `exit 1`, `signal 9`, or nothing while it runs."""
    if not shape:
        return ""
    if shape.get("signal") is not None:
        return f"signal {shape['signal']}"
    return f"exit {shape.get('code')}"
