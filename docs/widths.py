"""Writes the page's table of character widths: `python docs/widths.py`.

The page lays out cells itself, so it has to agree with the emulator about how many columns a
character takes. `module` gives the text, so that a test can say when the committed copy is stale.
"""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import wcwidth

from fugue_actors.terminal.characters import NARROW, WIDE, widens, width

if TYPE_CHECKING:
    from collections.abc import Callable

WRITTEN: Final = (
    Path(__file__).resolve().parent.parent
    / "fugue_actors/gateways/control/static/widths.js"
)
HEAD: Final = """\
// Written by docs/widths.py from wcwidth {version}; change that, not this file.
//
// Ranges of code points, hexadecimal, by how many columns the emulator gives them.

/** Take no column: they join the character before. */
export const ZERO =
{zero};

/** Take two columns. */
export const WIDE =
{wide};

/** Take one column, and two if U+FE0F follows. */
export const WIDENED =
{widened};

/** Never join what is before them, not even what could be part of an emoji. */
export const LONE =
{lone};
"""
FIRST: Final = 0x20
LAST: Final = 0x10FFFF
SURROGATES: Final = range(0xD800, 0xE000)
CODES: Final = (*range(FIRST, 0xD800), *range(0xE000, LAST + 1))
LINE: Final = 88


def module() -> str:
    """The text of the module."""
    columns = {code: width(chr(code)) for code in CODES}
    return HEAD.format(
        version=wcwidth.__version__,
        zero=literal(ranges(lambda code: columns[code] == 0)),
        wide=literal(ranges(lambda code: columns[code] == 2)),
        widened=literal(
            ranges(
                lambda code: (
                    columns[code] == 1 and is_assigned(code) and widens(chr(code))
                )
            )
        ),
        lone=literal(
            ranges(lambda code: bool(NARROW.match(chr(code)) or WIDE.match(chr(code))))
        ),
    )


def is_assigned(code: int) -> bool:
    """Whether this is a character; most code points are none, nor will be soon."""
    return unicodedata.category(chr(code)) not in ("Cn", "Co")


def ranges(holds: Callable[[int], bool]) -> list[str]:
    """The code points something holds for, as `first-last` or `only`."""
    found: list[str] = []
    start: int | None = None
    for code in range(FIRST, LAST + 2):
        is_one = code <= LAST and code not in SURROGATES and holds(code)
        if is_one and start is None:
            start = code
        elif not is_one and start is not None:
            found.append(
                f"{start:x}" if start == code - 1 else f"{start:x}-{code - 1:x}"
            )
            start = None
    return found


def literal(words: list[str]) -> str:
    """Words as lines of a JavaScript string."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > LINE - 10:
            lines.append("")
        lines[-1] += word + " "
    return " +\n".join(f'  "{line}"' for line in lines)


if __name__ == "__main__":
    WRITTEN.write_text(module(), encoding="utf-8")
