"""Words, brackets and jumps, against a text that is one plain string."""

from __future__ import annotations

import pytest
from copytexts import Flat, lines, machine
from hypothesis import given, strategies as st

from fugue_actors.tui.copying import words
from fugue_actors.tui.copying.commands import give
from fugue_actors.tui.copying.lines import Place
from fugue_actors.tui.copying.text import Text

separators = st.sampled_from(["", words.SEPARATORS])


@given(lines, separators, st.data())
def test_word_motions_lead_where_words_begin_and_end_in_the_plain_string(
    given_lines, between, data
):
    """The four motions over a list of lines are those over one string with line ends."""
    text = Text.of(given_lines)
    flat = Flat(text)
    at = data.draw(st.integers(0, len(flat.cells) - 1))
    place, end = flat.places[at], len(flat.cells) - 1
    starts, ends = flat.starts(between), flat.ends(between)

    following = [each for each in starts if each > at]
    there = flat.at(words.next_word(text, place, between))
    assert there == (following[0] if following else end)

    before = [each for each in starts if each < at]
    there = flat.at(words.previous_word(text, place, between))
    assert there == (before[-1] if before else 0)

    closing = [each for each in ends if each > at]
    there = flat.at(words.end_of_word(text, place, between))
    assert there == (closing[0] if closing else end)

    behind = [each + 1 for each in ends if each >= at]
    there = flat.at(words.behind_word(text, place, between))
    assert there == (behind[0] if behind else end)


@given(lines, st.data())
def test_a_bracket_leads_to_its_partner_and_back(given_lines, data):
    """Whoever goes from a bracket to the one that belongs to it comes back."""
    text = Text.of(given_lines)
    flat = Flat(text)
    brackets = [at for at, cell in enumerate(flat.cells) if cell in "({)}"]
    if not brackets:
        return
    place = flat.places[data.draw(st.sampled_from(brackets))]
    there = words.matching_bracket(text, place)
    assert words.matching_bracket(text, there) == place
    inside = flat.cells[slice(*sorted((flat.at(place), flat.at(there))))]
    if there != place:
        opening, close = sorted((flat.at(place), flat.at(there)))
        pair = flat.cells[opening], flat.cells[close]
        assert pair in (("(", ")"), ("{", "}"))
        assert inside[1:].count(pair[0]) == inside[1:].count(pair[1])


@pytest.mark.parametrize(
    ("commands", "cell"),
    [
        ([("jump-forward", "b")], 3),
        ([("jump-forward", "b"), ("jump-again",)], 7),
        ([("jump-forward", "b"), ("jump-again",), ("jump-again",)], 7),
        ([("jump-to-forward", "b")], 2),
        ([("jump-to-forward", "b"), ("jump-again",)], 6),
        ([("end-of-line",), ("jump-backward", "b")], 7),
        ([("end-of-line",), ("jump-to-backward", "b")], 8),
        ([("end-of-line",), ("jump-to-backward", "b"), ("jump-again",)], 4),
        ([("jump-forward", "b"), ("jump-again",), ("jump-reverse",)], 3),
        ([("jump-forward", "z")], 0),
    ],
)
def test_a_jump_ends_on_its_character_or_beside_it_and_goes_on_from_there(
    commands, cell
):
    """As in vi: `;` after `t` does not stay beside the same character."""
    walker = machine(["aaabaaabaa", "b"], columns=20)
    for name, *arguments in commands:
        give(walker, name, arguments)
    assert walker.cursor == Place(0, cell)


def test_paragraphs_end_at_blank_lines():
    """`}` goes to the next blank line below text, `{` to the one above it."""
    text = Text.of(["one", "two", "  ", "", "three", "four"])
    assert words.next_paragraph(text, Place(0, 1)) == Place(2, 0)
    assert words.next_paragraph(text, Place(2, 0)) == Place(5, 4)
    assert words.previous_paragraph(text, Place(5, 2)) == Place(3, 0)
    assert words.previous_paragraph(text, Place(3, 0)) == Place(0, 0)
