"""The commands of vi that are neither motions nor operators. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.editing import motions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.tui.editing.buffer import Buffer
    from fugue_actors.tui.editing.vi import Vi


def insert(vi: Vi, buffer: Buffer, _: int) -> None:
    """Write before the cursor."""
    vi.is_commanding = False


def append(vi: Vi, buffer: Buffer, _: int) -> None:
    """Write after the cursor."""
    vi.is_commanding = False
    buffer.go(min(buffer.at + 1, motions.line_end(buffer.characters, buffer.at)))


def insert_at_start(vi: Vi, buffer: Buffer, _: int) -> None:
    """Write at the first letter of the line."""
    vi.is_commanding = False
    buffer.go(motions.first_letter(buffer.characters, buffer.at))


def append_at_end(vi: Vi, buffer: Buffer, _: int) -> None:
    """Write at the end of the line."""
    vi.is_commanding = False
    buffer.go(motions.line_end(buffer.characters, buffer.at))


def put_after(vi: Vi, buffer: Buffer, times: int) -> None:
    """What was cut, after the cursor."""
    end = motions.line_end(buffer.characters, buffer.at)
    buffer.go(min(buffer.at + 1, end))
    put_before(vi, buffer, times)


def put_before(vi: Vi, buffer: Buffer, times: int) -> None:
    """What was cut, before the cursor, which then is on its last character."""
    buffer.insert(buffer.killed * times)
    buffer.go(buffer.at - 1)


def change_case(vi: Vi, buffer: Buffer, times: int) -> None:
    """Small for capital and the other way round, and on."""
    end = min(buffer.at + times, motions.line_end(buffer.characters, buffer.at))
    turned = [
        turned if len(turned := one.swapcase()) == len(one) else one
        for one in buffer.characters[buffer.at : end]
    ]
    buffer.exchange(buffer.at, turned)
    buffer.go(end)


def undo(vi: Vi, buffer: Buffer, times: int) -> None:
    """As before the last change."""
    for _ in range(min(times, len(buffer.undone))):
        buffer.undo()


def above(vi: Vi, buffer: Buffer, times: int) -> None:
    """To a line above."""
    for _ in range(times):
        place = motions.line_above(buffer.characters, buffer.at)
        if place is None:
            return
        buffer.go(place)


def below(vi: Vi, buffer: Buffer, times: int) -> None:
    """To a line below."""
    for _ in range(times):
        place = motions.line_below(buffer.characters, buffer.at)
        if place is None:
            return
        buffer.go(place)


COMMANDS: Final[dict[str, Callable[[Vi, Buffer, int], None]]] = {
    "i": insert,
    "a": append,
    "I": insert_at_start,
    "A": append_at_end,
    "p": put_after,
    "P": put_before,
    "~": change_case,
    "u": undo,
    **dict.fromkeys(("k", "Up"), above),
    **dict.fromkeys(("j", "Down"), below),
}
"""Those that are neither motions nor operators."""
