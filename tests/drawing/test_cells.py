"""Cells: as wide as the emulator has them, whole, and harmless."""

from __future__ import annotations

import pytest
from drawingkit import PIECES, draw, rows, scenes, sizes, texts
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.drawing import Canvas, Style, columns_of, style_of
from fugue_actors.drawing.cells import (
    ROWS_LIMIT,
    RowCache,
    part_of,
    row_cells,
    shortened,
    spell,
)
from fugue_actors.drawing.pencil import WIDE_SIGNS
from fugue_actors.terminal.characters import width
from fugue_actors.terminal.emulator import Emulator
from fugue_actors.terminal.styles import PLAIN

HARMLESS = [
    each
    for each in PIECES
    if not set(each) & set("\u202e\x1b\n\x9b\ud800\u200d\U0001f3fd\U0001f1e9\u0301")
    or each in ("👍🏽", "👩\u200d💻", "🇩🇪", "e\u0301")
]


@given(st.lists(st.sampled_from(HARMLESS), max_size=12).map("".join))
def test_a_text_has_the_cells_that_the_emulator_gives_it(text: str) -> None:
    """Else whatever stands behind it in a row would be drawn in another column."""
    if text[:1] in ("\ufe0f", "\u200d"):
        text = "a" + text
    emulator = Emulator(120, 1)
    emulator.feed(text.encode())
    cells = [cell.data for cell in emulator.rows[0].cells()]
    assert spell(text) == cells
    assert columns_of(text) == len(cells)


def test_signs_that_count_as_wide_are() -> None:
    """They are drawn without a look at each."""
    signs = [
        chr(code) for code in range(0x3000, 0x10000) if WIDE_SIGNS.match(chr(code))
    ]
    assert len(signs) > 100
    assert {width(each) for each in signs} == {2}


@given(texts)
def test_no_text_reaches_the_terminal_with_what_it_obeys(text: str) -> None:
    """Names, titles and messages are strangers' words."""
    shown = "".join(spell(text))
    assert not any(
        ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or each in "\u202e\ud800"
        for each in shown
    )
    shown.encode()


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("\x1b[31m", ["␛", "[", "3", "1", "m"]),
        ("a\tb\nc", ["a", " ", "b", " ", "c"]),
        ("\x7f\x9b", ["␡", "\ufffd"]),
        ("\u202eabc", ["a", "b", "c"]),
        ("\ud800", ["\ufffd"]),
        ("\u0301a", ["a"]),
        ("🇩", ["D"]),
        ("🇩\u200d", ["D"]),
        ("🇩\ufe0f", ["D", " "]),
        ("🏽", ["▒", "▒"]),
        ("a\u200d", ["a"]),
        ("漢", ["漢", ""]),
        ("❤\ufe0f", ["❤\ufe0f", ""]),
        ("a" + "\u0301" * 99, ["a" + "\u0301" * 15]),
    ],
)
def test_what_is_shown_for_what_cannot_be(text: str, cells: list[str]) -> None:
    """Whoever looks sees that there was something, where that had a place of its own."""
    assert spell(text) == cells


@settings(untimed)
@given(sizes, scenes)
def test_every_character_of_a_canvas_is_whole(size, scene) -> None:
    """Cut at an edge, covered or split: half a wide character would shift what follows."""
    canvas = draw(Canvas(*size), scene)
    assert len(canvas.glyphs) == len(canvas.styles) == size[1]
    for glyphs, styles in zip(canvas.glyphs, canvas.styles, strict=True):
        assert len(glyphs) == len(styles) == size[0]
        x = 0
        while x < len(glyphs):
            wide = x + 1 < len(glyphs) and glyphs[x + 1] == ""
            assert glyphs[x]
            assert wide or width(glyphs[x][0]) == 1
            assert not wide or styles[x] == styles[x + 1]
            x += 1 + wide


@given(texts, st.integers(0, 12))
def test_a_text_that_is_cut_says_so(text: str, columns: int) -> None:
    """Never wider than it may be, and with an ellipsis in the place of what is missing."""
    cells = spell(text)
    short = shortened(cells, columns)
    assert len(short) == min(len(cells), columns)
    if len(cells) > columns > 0:
        assert short[-1] == "…"
        assert spell("".join(short)) == short


def test_a_run_looks_as_it_says() -> None:
    """What it does not say is as usual, and what nobody knows is skipped."""
    said = {"text": "a", "fg": "red", "bold": True, "sparkling": True}
    assert style_of(said) == Style(fg="red", bold=True)
    assert style_of({"text": "a"}) is PLAIN


@given(rows)
def test_rows_are_remembered_while_they_are_drawn(drawn) -> None:
    """A row that stays the same object is looked at once, and forgotten when it is gone."""
    cache = RowCache()
    first = [cache.cut(row, 0, 80) for row in drawn]
    assert first == [part_of(row_cells(row), 0, 80) for row in drawn]
    cache.turn()
    assert all(
        cache.cut(row, 0, 80) is cells for row, cells in zip(drawn, first, strict=True)
    )
    cache.turn()
    cache.turn()
    assert not cache.recent
    assert not cache.older


def test_a_cache_has_an_end() -> None:
    """A canvas that nobody clears must not remember all that was ever drawn on it."""
    cache = RowCache()
    for _ in range(3 * ROWS_LIMIT):
        cache.cut([{"text": "a"}], 0, 1)
    assert len(cache.recent) + len(cache.older) <= 2 * ROWS_LIMIT
