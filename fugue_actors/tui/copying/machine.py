"""Copy mode as a machine: where the cursor is, what is shown and selected. Pure.

A command (`registry`) is a function of a machine. It either does all that it does, or
raises `Missing` and has changed nothing: then it is given again once the line is known.
What it wants done elsewhere it leaves in `out`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.window import Shape
from fugue_actors.tui.copying.words import SEPARATORS

if TYPE_CHECKING:
    from fugue_actors.tui.copying.search import Search
    from fugue_actors.tui.copying.text import Text

Keys = Literal["vi", "emacs"]
Kind = Literal["cells", "words", "lines"]

LINE_END: Final = 1_000_000
"""A column to the right of every text."""


@attrs.frozen(kw_only=True)
class Selection:
    """What is selected: from an anchor to the cursor, wherever that goes.

    Attributes:
        first, last: The anchor: a place, or the first and the last cell of a word.
        column: In which column it is; those of rectangles may lie behind their text.
        kind: Whether it grows by cells, by whole words or by whole lines.
        until, until_column: Where it ends if the cursor goes on without it.
    """

    first: Place
    last: Place
    column: int
    kind: Kind = "cells"
    until: Place | None = None
    until_column: int = 0


@attrs.frozen(kw_only=True)
class State:
    """What changes while one moves.

    Attributes:
        cursor: Where one is.
        top: The first cell of the row at the top.
        column: In which column one wants to be, in rows that are long enough.
        is_rectangle: Whether selections are rectangles.
        mark: A place to come back to.
        jump: The last jump to a character: the command and the character.
        hides_place: Whether it is not told how far up this is.
    """

    cursor: Place
    top: Place
    column: int = 0
    selection: Selection | None = None
    is_rectangle: bool = False
    mark: Place | None = None
    jump: tuple[str, str] | None = None
    hides_place: bool = False


@attrs.frozen
class Copied:
    """A text was copied; `append` if it belongs to what was copied before."""

    text: str
    append: bool = False


@attrs.frozen
class Left:
    """Copy mode is over."""


@attrs.frozen
class Said:
    """Something to be told."""

    text: str


@attrs.frozen
class Asked:
    """A command wants something typed: a character, or a line.

    Attributes:
        command: Which, to be given again with the answer.
        label: What to show before it.
        is_character: Whether one key is the answer.
        is_live: Whether it is given again with each change.
    """

    command: str
    label: str
    is_character: bool = False
    is_live: bool = False


@attrs.frozen
class Renewed:
    """The text is to be loaded anew."""


Outcome = Copied | Left | Said | Asked | Renewed


class Machine:
    """See the module's docstring.

    Args:
        text: What it walks through; the line of the cursor must be known.
        cursor: Where it begins.
        columns, lines: The size that it is shown with.
        keys: Whose habits it has: in vi the cursor stands on cells, never behind them, and
            its cell is selected, too.
        separators: What else than blanks is between words.

    Attributes:
        search: What was searched for last.
        out: What commands want done.
        leaves_at_bottom: Whether to leave once one has scrolled down to the bottom.
    """

    def __init__(
        self,
        text: Text,
        cursor: Place,
        *,
        columns: int,
        lines: int,
        keys: Keys = "vi",
        separators: str = SEPARATORS,
    ) -> None:
        self.text = text
        self.keys = keys
        self.separators = separators
        self.shape = Shape(text, columns, lines)
        self.search: Search | None = None
        self.out: list[Outcome] = []
        self.leaves_at_bottom = False
        cursor = self.held(cursor)
        top = self.shape.showing(self.shape.bottom(), cursor)
        self.state = State(cursor=cursor, top=top, column=self.shape.column_of(cursor))

    @property
    def cursor(self) -> Place:
        """Where one is."""
        return self.state.cursor

    # ---- moving

    def held(self, place: Place) -> Place:
        """A place where the cursor may be: in vi not behind the text of a line."""
        place = self.text.clamped(place)
        if self.keys == "vi":
            last = max(0, len(self.text.line(place.line)) - 1)
            return Place(place.line, min(place.cell, last))
        return place

    def go(self, place: Place, *, column: int | None = None, far: bool = False) -> None:
        """Put the cursor somewhere, and show it.

        Args:
            place: Where.
            column: The column it wants to be in; by default where it is.
            far: Whether to show what is around if the place was not shown.
        """
        place = self.held(place)
        shape, top = self.shape, self.state.top
        top = shape.around(top, place) if far else shape.showing(top, place)
        wanted = shape.column_of(place) if column is None else column
        self.state = attrs.evolve(self.state, cursor=place, top=top, column=wanted)

    def scroll(self, count: int, *, with_cursor: bool = False) -> None:
        """Move the window so many rows down, or up if negative.

        The cursor keeps its place if that is still shown, or with `with_cursor` its row
        on the screen.
        """
        shape, state = self.shape, self.state
        top = shape.lowered(state.top, count)
        row = shape.row_of(state.cursor)
        at = max(0, shape.between(shape.row_of(state.top), row, shape.lines))
        first = shape.row_of(top)
        if with_cursor:
            row = shape.down(first, at)
            if top == state.top:
                row = shape.down(row, count) if count > 0 else shape.up(row, -count)
        elif row < first:
            row = first
        elif shape.between(first, row, shape.lines) >= shape.lines:
            row = shape.down(first, shape.lines - 1)
        cursor = state.cursor
        if row != shape.row_of(cursor):
            cursor = self.held(shape.at(row, state.column))
        self.state = attrs.evolve(state, top=top, cursor=cursor)

    @property
    def is_at_bottom(self) -> bool:
        """Whether the lowest row is shown; its lines are always known."""
        return self.state.top >= self.shape.bottom()

    def resize(self, columns: int, lines: int) -> None:
        """Have another size; what is at the cursor stays in sight.

        A line that is not known leaves the window where it was.
        """
        if (columns, lines) == (self.shape.columns, self.shape.lines):
            return
        was_at_bottom = self.is_at_bottom
        self.shape = shape = Shape(self.text, columns, lines)
        bottom = shape.bottom()
        cursor = self.held(self.state.cursor)
        top = bottom if was_at_bottom else min(self.state.top, bottom)
        top = shape.showing(top, cursor)
        self.state = attrs.evolve(
            self.state, cursor=cursor, top=top, column=shape.column_of(cursor)
        )
