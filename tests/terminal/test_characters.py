"""How wide characters are, and that the quick ways to tell agree with the table."""

from __future__ import annotations

import sys

import pytest

from fugue_actors.terminal.characters import (
    NARROW,
    WIDE,
    is_indicator,
    is_modifier,
    joins,
    widens,
    width,
)

EVERY = [chr(code) for code in range(32, sys.maxunicode + 1)]


def test_runs_are_as_wide_as_their_characters() -> None:
    """One expression decides for whole runs; each character of them must have that width."""
    narrow = NARROW.findall("".join(EVERY))
    wide = WIDE.findall("".join(EVERY))
    assert sum(map(len, narrow)) > 1500
    assert sum(map(len, wide)) > 30_000
    assert {width(each) for run in narrow for each in run} == {1}
    assert {width(each) for run in wide for each in run} == {2}


def test_characters_of_runs_never_join() -> None:
    """They are drawn without a look at what stands before them."""
    for run in NARROW.findall("".join(EVERY)) + WIDE.findall("".join(EVERY)):
        assert not any(is_indicator(each) or is_modifier(each) for each in run)


@pytest.mark.parametrize(
    ("character", "base", "marks", "expected"),
    [
        ("\U0001f4bb", "\U0001f469", "\u200d", True),
        ("\U0001f4bb", "\U0001f469", "", False),
        ("b", "a", "\u200d", False),
        ("\U0001f3fd", "\U0001f44d", "", True),
        ("\U0001f3fd", "a", "", False),
        ("\U0001f1ea", "\U0001f1e9", "", True),
        ("\U0001f1ea", "\U0001f1e9", "\U0001f1ea", False),
        ("\U0001f1ea", "a", "", False),
    ],
)
def test_what_joins_what(character: str, base: str, marks: str, expected: bool) -> None:
    """One emoji is one cell, whatever it is made of."""
    assert joins(character, base, marks) == expected


def test_signs_that_have_an_emoji_become_wide() -> None:
    """A heart drawn as an emoji takes two columns, a letter with the same selector one."""
    assert widens("\u2764")
    assert not widens("a")
