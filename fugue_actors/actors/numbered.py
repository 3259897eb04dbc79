"""Lines of a pane by their numbers, from hosts of any age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import LinesRead
from fugue_actors.protocol.hostwire import to_json
from fugue_actors.terminal import rowtext

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import ScreenSnapshot
    from fugue_actors.terminal.link import PaneLink

MOST_OLD_ROWS: Final = 10_000


async def read(
    link: PaneLink, *, first: int | None, count: int, styled: bool
) -> LinesRead:
    """Lines, as `panes.read_lines` gives them.

    Raises:
        Unavailable: The link is lost.
    """
    try:
        return await link.lines(first, count=count, styled=styled)
    except Refused as error:
        if error.code != "InvalidArgument":
            raise
    return from_screen(await link.screen(MOST_OLD_ROWS, styled=styled))


def from_screen(screen: ScreenSnapshot) -> LinesRead:
    """What a host told that knows no numbers: each row is a line of its own."""
    above = len(screen.history)
    texts = (*screen.history, *screen.text)
    if screen.rows is not None:
        rows = (*(screen.history_rows or ()), *screen.rows)
        texts = tuple(rowtext.compact([to_json(run) for run in row]) for row in rows)
    return LinesRead(
        columns=screen.columns,
        lines=screen.lines,
        oldest=0,
        screen=above,
        end=above + len(screen.text),
        first=0,
        texts=texts,
        cursor_line=above + screen.cursor.y,
        cursor_column=screen.cursor.x,
        alternate=screen.alternate,
        next=screen.next,
    )
