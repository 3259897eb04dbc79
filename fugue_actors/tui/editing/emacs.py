"""What keys do to a text that is being written, as in emacs and shells. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.editing import motions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.tui.editing.buffer import Buffer


def backspace(buffer: Buffer) -> None:
    """Take out the character before the cursor."""
    buffer.cut(buffer.at - 1, buffer.at, is_kept=False)


def delete(buffer: Buffer) -> None:
    """Take out the character after the cursor."""
    buffer.cut(buffer.at, buffer.at + 1, is_kept=False)


def kill_line(buffer: Buffer) -> None:
    """Cut to the end of the line, or the line end if it is there."""
    end = motions.line_end(buffer.characters, buffer.at)
    buffer.cut(buffer.at, end if end > buffer.at else end + 1)


def kill_to_start(buffer: Buffer) -> None:
    """Cut to the beginning of the line."""
    buffer.cut(motions.line_start(buffer.characters, buffer.at), buffer.at)


def kill_word(buffer: Buffer) -> None:
    """Cut to the end of the word."""
    buffer.cut(buffer.at, motions.word_right(buffer.characters, buffer.at))


def kill_word_left(buffer: Buffer) -> None:
    """Cut to the beginning of the word."""
    buffer.cut(motions.word_left(buffer.characters, buffer.at), buffer.at)


def kill_blank_left(buffer: Buffer) -> None:
    """Cut to the blank before."""
    buffer.cut(motions.blank_left(buffer.characters, buffer.at), buffer.at)


def transpose(buffer: Buffer) -> None:
    """Exchange the two characters around the cursor."""
    if len(buffer.characters) < 2 or buffer.at == 0:
        return
    at = min(buffer.at, len(buffer.characters) - 1)
    one, other = buffer.characters[at - 1 : at + 1]
    buffer.exchange(at - 1, [other, one])
    buffer.go(at + 1)


def up(buffer: Buffer) -> None:
    """To the line above."""
    place = motions.line_above(buffer.characters, buffer.at)
    buffer.go(buffer.at if place is None else place)


def down(buffer: Buffer) -> None:
    """To the line below."""
    place = motions.line_below(buffer.characters, buffer.at)
    buffer.go(buffer.at if place is None else place)


def going(motion: Callable[[list[str], int], int]) -> Callable[[Buffer], None]:
    """A key that moves the cursor."""
    return lambda buffer: buffer.go(motion(buffer.characters, buffer.at))


KEYS: Final[dict[str, Callable[[Buffer], None]]] = {
    **dict.fromkeys(("C-a", "Home"), going(motions.line_start)),
    **dict.fromkeys(("C-e", "End"), going(motions.line_end)),
    **dict.fromkeys(("C-b", "Left"), going(lambda _, at: at - 1)),
    **dict.fromkeys(("C-f", "Right"), going(lambda _, at: at + 1)),
    **dict.fromkeys(("M-b", "C-Left", "M-Left"), going(motions.word_left)),
    **dict.fromkeys(("M-f", "C-Right", "M-Right"), going(motions.word_right)),
    **dict.fromkeys(("M-<", "C-Home"), going(lambda *_: 0)),
    **dict.fromkeys(("M->", "C-End"), going(lambda text, _: len(text))),
    **dict.fromkeys(("Backspace", "C-h", "S-Backspace"), backspace),
    **dict.fromkeys(("Delete", "C-d"), delete),
    "C-k": kill_line,
    "C-u": kill_to_start,
    **dict.fromkeys(("M-d", "M-Delete", "C-Delete"), kill_word),
    **dict.fromkeys(("M-Backspace", "C-M-h", "C-Backspace"), kill_word_left),
    "C-w": kill_blank_left,
    "C-y": lambda buffer: buffer.insert(buffer.killed),
    "C-t": transpose,
    "C-_": lambda buffer: buffer.undo(),
    "C-/": lambda buffer: buffer.undo(),
    "Up": up,
    "Down": down,
}
"""By the name of a key, as `terminal.keys` has them."""
