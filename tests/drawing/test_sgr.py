"""Styles as SGR: read by the emulator they are the same styles, in as few bytes as may be."""

from __future__ import annotations

import pytest
from drawingkit import normal, styles
from hypothesis import given

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.drawing.colours import codes, reduced
from fugue_actors.drawing.sgr import CHANGES_LIMIT, Dialect, blank, is_erasable
from fugue_actors.terminal.emulator.pens import restyle


@given(styles, styles)
def test_one_style_becomes_another(before: Style, after: Style) -> None:
    """Whatever was on before, nothing of it stays."""
    dialect = Dialect()
    for given_before in (before, None):
        sequence = dialect.change(given_before, after)
        if sequence:
            assert sequence.startswith("\x1b[")
            found = restyle(normal(before), sequence[2:-1])
        else:
            found = normal(before)
        assert normal(found) == normal(after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (PLAIN, Style(fg="red"), "\x1b[31m"),
        (Style(fg="red"), PLAIN, "\x1b[m"),
        (Style(fg="red"), Style(fg="brightblue"), "\x1b[94m"),
        (Style(fg="red", bold=True), Style(fg="red"), "\x1b[22m"),
        (Style(bold=True, dim=True, fg="red"), Style(dim=True, fg="red"), "\x1b[22;2m"),
        (PLAIN, Style(fg="123456"), "\x1b[38;2;18;52;86m"),
        (PLAIN, Style(bg="ff8700"), "\x1b[48;5;208m"),
        (PLAIN, Style(underline=True, underline_style="curly"), "\x1b[4:3m"),
        (
            PLAIN,
            Style(underline=True, underline_colour="red"),
            "\x1b[4;58:5:1m",
        ),
        (PLAIN, Style(underline_colour="red"), ""),
        (PLAIN, Style(fg="\x1b[31m"), ""),
        (PLAIN, PLAIN, ""),
    ],
)
def test_what_is_sent(before: Style, after: Style, expected: str) -> None:
    """The shorter of all anew and what differs; what is no colour is none."""
    assert Dialect().change(before, after) == expected


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (1 << 24, "\x1b[38;2;250;10;10;44m"),
        (256, "\x1b[38;5;196;44m"),
        (16, "\x1b[91;44m"),
        (8, "\x1b[31;44m"),
        (0, ""),
    ],
)
def test_a_terminal_with_fewer_colours_gets_the_nearest(
    depth: int, expected: str
) -> None:
    """Better a red that is not quite right than a sequence it does not know."""
    style = Style(fg="fa0a0a", bg="blue")
    assert Dialect(depth).change(PLAIN, style) == expected


def test_text_does_not_vanish_where_colours_are_few() -> None:
    """Two colours that have become one would make text invisible."""
    dialect = Dialect(8)
    assert dialect.change(PLAIN, Style(fg="200000", bg="000010")) == "\x1b[37;40m"
    assert dialect.change(PLAIN, Style(fg="brightred", bg="red")) == "\x1b[30;41m"
    assert dialect.change(PLAIN, Style(fg="red", bg="red")) == "\x1b[31;41m"


def test_a_terminal_without_underline_styles_gets_plain_ones() -> None:
    """Some would take what they do not know for something else."""
    style = Style(underline=True, underline_style="curly", underline_colour="ff0000")
    assert Dialect(has_underlines=False).change(PLAIN, style) == "\x1b[4m"


def test_the_palette_is_that_of_the_emulator() -> None:
    """What a program chose by its number is sent by that number again."""
    for number in range(16, 256):
        seen = restyle(PLAIN, f"38;5;{number}")
        assert restyle(PLAIN, codes(seen.fg, 30, 1 << 24)) == seen
        assert isinstance(reduced(seen.fg, 256), int)


@given(styles)
def test_a_blank_is_erased_only_if_that_looks_the_same(style: Style) -> None:
    """Lines through a blank are drawn, and so are swapped colours."""
    assert is_erasable(style) == (
        not (style.reverse or style.underline or style.strike or style.overline)
    )
    assert not is_erasable(style, in_colour=False) or style.bg == "default"
    assert blank(blank(style)) == blank(style)


def test_a_dialect_does_not_grow_without_end() -> None:
    """A program may show every colour there is."""
    dialect, before = Dialect(), PLAIN
    for number in range(CHANGES_LIMIT + 10):
        style = Style(fg=f"{number:06x}")
        assert dialect.change(before, style)
        before = style
    assert len(dialect.known) <= CHANGES_LIMIT
    assert len(dialect.said) <= 2 * CHANGES_LIMIT
