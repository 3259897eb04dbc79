"""How a command ends: its exit code, and one line on stderr when it fails.

The codes are public. A failure is told in one line (what, why, what to do), or as one
JSON object when the command was asked for JSON; tracebacks only with `--debug`.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import FugueError, Unavailable
from fugue_actors.protocol.errors import error_json

if TYPE_CHECKING:
    from types import TracebackType

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NO_DAEMON: Final = 3
TIMED_OUT: Final = 124
INTERRUPTED: Final = 130
JOINERS: Final = "\u200c\u200d"
"""Parts of emoji and words, which change nothing but how their neighbours look."""


class NoDaemon(Unavailable):
    """No daemon can be reached in this home, or it went away before it answered."""


class DaemonGone(Unavailable):
    """The daemon went away before it answered a request; it may have carried it out."""


def exit_code(error: FugueError) -> int:
    """The exit code that tells this error from others."""
    if isinstance(error, NoDaemon):
        return NO_DAEMON
    if error.code == "Timeout":
        return TIMED_OUT
    return FAILED


def report(error: FugueError, *, as_json: bool) -> None:
    """Say on stderr what went wrong: one line, or one JSON object."""
    shape = error_json(error)
    if as_json:
        say(json.dumps(shape))
        return
    hint = shape.get("hint")
    say(one_line(f"fugue: {shape['message']}" + (f"; {hint}" if hint else "")))


def say(line: str) -> None:
    """Print a line on stderr; if that is not possible, there is nobody to tell."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return


def one_line(text: str) -> str:
    """Text that came from elsewhere, safe to print: no line breaks, no escapes."""
    return " ".join(
        "".join(
            mark if mark.isprintable() or mark in JOINERS else f"\\x{ord(mark):02x}"
            for mark in word
        )
        for word in text.split()
    )


def report_bug(
    kind: type[BaseException], error: BaseException, _: TracebackType | None
) -> None:
    """An excepthook that gives one line instead of a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        return  # a Ctrl-C before or after the command itself needs no word
    what = traceback.format_exception_only(kind, error)[-1]
    say(one_line(f"fugue: a bug in fugue: {what}; --debug shows where"))
