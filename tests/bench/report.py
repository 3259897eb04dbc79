"""The table, the machine it was measured on, and both as JSON."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fugue_actors import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figures import Summary

LIBRARIES = ("trio", "mcp", "anyio", "pydantic", "attrs")
HEADER = ("", "median", "min - max", "", "aim", "", "of peer")


def machine() -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "fugue": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": processor(),
        "cpus": os.cpu_count(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "tmux": tmux_version(),
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def tmux_version() -> str | None:
    """The peer of new sessions."""
    if shutil.which("tmux") is None:
        return None
    answer = subprocess.run(["tmux", "-V"], capture_output=True, check=True)
    return answer.stdout.decode().strip()


def table(sections: Sequence[tuple[str, Sequence[Summary]]]) -> str:
    """All figures as text, aligned in columns."""
    rows: list[tuple[str, ...]] = [HEADER]
    titles: dict[int, str] = {}
    for title, summaries in sections:
        if summaries:
            titles[len(rows)] = title
        rows.extend(row(summary) for summary in summaries)
    widths = [max(len(each[column]) for each in rows) for column in range(len(HEADER))]
    lines = []
    for number, cells in enumerate(rows):
        if number in titles:
            lines += ["", titles[number]]
        label, *numbers = (
            cell.ljust(width) if column in (0, 3, 5) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        lines.append("  ".join([label, *numbers]).rstrip())
    return "\n".join(lines)


def row(summary: Summary) -> tuple[str, ...]:
    """One figure's cells."""
    figure = summary.figure
    lowest, highest = min(summary.values), max(summary.values)
    return (
        f"  {figure.label}",
        written(summary.median),
        f"{written(lowest)} - {written(highest)}",
        figure.unit,
        figure.wanted,
        summary.verdict,
        "" if summary.ratio is None else f"{summary.ratio:.2f} x",
    )


def written(number: float) -> str:
    """A number with about three significant digits."""
    if number >= 1000:
        return f"{round(number, -2):,.0f}"
    if number >= 100:
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def conditions(machine: dict[str, Any], runs: int) -> str:
    """Where and how it was measured, in a few lines."""
    libraries = ", ".join(f"{k} {v}" for k, v in machine["libraries"].items())
    tmux = machine["tmux"] or "no tmux: its peer is left out"
    before, after = machine["load"]
    return (
        f"fugue {machine['fugue']}, Python {machine['python']}, {libraries}, {tmux}\n"
        f"{machine['system']}, {machine['cpus']} CPUs ({machine['processor']})\n"
        f"medians of {runs} runs; load average {before} before and {after} after, "
        "of which this bench makes about 1\n"
        "of peer: median of the ratio to the peer or floor, run by run; "
        "for /s more is better, else less"
    )
