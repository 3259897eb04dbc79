"""What a terminal shows, in a form in which two of them can be compared.

`emulated` looks at our emulator, `tmuxjudge.Pane.view` at a pane of tmux, and
`differences` says in words where two views differ.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import attrs

from fugue_actors.terminal import snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.protocol.hosting import StyledRun
    from fugue_actors.terminal.emulator import Emulator

ATTRIBUTES = (
    "bold",
    "dim",
    "italic",
    "blink",
    "reverse",
    "invisible",
    "strike",
    "overline",
)
UNDERLINES = ("single", "double", "curly", "dotted", "dashed")
DIFFERENCES_LIMIT = 8
"""Most differences that are spelled out."""


class Look(NamedTuple):
    """How a cell looks; colours as in `protocol.hosting.StyledRun`.

    Attributes:
        underline: 0 none, 1 plain, 2 double, 3 curly, 4 dotted, 5 dashed.
        line: The colour of the underline.
        attributes: Some of `ATTRIBUTES`.
    """

    fg: str = "default"
    bg: str = "default"
    underline: int = 0
    line: str = "default"
    attributes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        parts = [
            *([] if self.fg == "default" else [self.fg]),
            *([] if self.bg == "default" else [f"on {self.bg}"]),
            *([f"underline {self.underline}"] if self.underline else []),
            *([] if self.line == "default" else [f"line {self.line}"]),
            *sorted(self.attributes),
        ]
        return ", ".join(parts) or "plain"


PLAIN = Look()
Cells = list[tuple[str, Look]]
"""A row: its characters one by one, marks without width included."""


@attrs.frozen(kw_only=True)
class View:
    """What is compared.

    Attributes:
        rows: Of the screen, plain blanks at their ends removed.
        unknown: Rows of whose last column only the character is known, if it has one.
        history: Lines that scrolled off, as text, oldest first.
        flags: Cursor visibility, the alternate screen, and the modes that input honours.
    """

    rows: list[Cells]
    unknown: frozenset[int] = frozenset()
    cursor: tuple[int, int]
    history: list[str]
    title: str
    flags: dict[str, bool]


def emulated(emulator: Emulator) -> View:
    """The view of our emulator."""
    shot = snapshot.take(emulator, styled=True, history=emulator.history.limit)
    assert shot.rows is not None
    return View(
        rows=[stripped(cells_of(row)) for row in shot.rows],
        cursor=(shot.cursor.x, shot.cursor.y),
        history=list(shot.history),
        title=shot.title,
        flags={
            "alternate": shot.alternate,
            "cursor visible": shot.cursor_visible,
            "application cursor": shot.modes.application_cursor,
            "application keypad": shot.modes.application_keypad,
            "mouse": shot.modes.mouse,
        },
    )


def cells_of(runs: Sequence[StyledRun]) -> Cells:
    """The characters of a row's runs."""
    return [
        (character, look)
        for run in runs
        for look in [seen(run)]
        for character in run.text
    ]


def seen(run: StyledRun) -> Look:
    """The look of a run."""
    return Look(
        fg=run.fg,
        bg=run.bg,
        underline=UNDERLINES.index(run.underline_style) + 1 if run.underline else 0,
        line=run.underline_colour,
        attributes=frozenset(name for name in ATTRIBUTES if getattr(run, name, False)),
    )


def stripped(cells: Cells) -> Cells:
    """Without the plain blanks at the end."""
    end = len(cells)
    while end and cells[end - 1] == (" ", PLAIN):
        end -= 1
    return cells[:end]


def differences(theirs: View, ours: View) -> list[str]:
    """Where two views differ, in words; at most `DIFFERENCES_LIMIT`."""
    found = []
    for y, (their_row, our_row) in enumerate(zip_longest(theirs.rows, ours.rows)):
        if our_row is None or their_row is None:
            found.append(f"row {y} is only in one")
            continue
        is_blank_at_end = y in theirs.unknown and our_row[-1:] and our_row[-1][0] == " "
        if is_blank_at_end and stripped(our_row[:-1]) == their_row:
            continue
        if their_row != our_row:
            found.append(f"row {y}: {difference(their_row, our_row)}")
    if theirs.cursor != ours.cursor:
        found.append(f"cursor: {theirs.cursor} there, {ours.cursor} here")
    if theirs.title != ours.title:
        found.append(f"title: {theirs.title!r} there, {ours.title!r} here")
    found += [
        f"{name}: {value} there, {ours.flags[name]} here"
        for name, value in theirs.flags.items()
        if ours.flags[name] != value
    ]
    for number, (their_line, our_line) in enumerate(
        zip_longest(theirs.history, ours.history)
    ):
        if their_line != our_line:
            found.append(f"history {number}: {their_line!r} there, {our_line!r} here")
    return found[:DIFFERENCES_LIMIT]


def difference(theirs: Cells, ours: Cells) -> str:
    """How two rows differ."""
    their_text, our_text = (
        "".join(character for character, _ in row) for row in (theirs, ours)
    )
    if their_text.rstrip() != our_text.rstrip():
        return f"{their_text!r} there, {our_text!r} here"
    for x, (their_cell, our_cell) in enumerate(
        zip_longest(theirs, ours, fillvalue=(" ", PLAIN))
    ):
        if their_cell != our_cell:
            return (
                f"character {x} of {their_text!r} is {their_cell[1]} there, "
                f"{our_cell[1]} here"
            )
    return "nothing"
