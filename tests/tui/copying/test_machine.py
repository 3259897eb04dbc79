"""The machine of copy mode: what is shown, selected, copied and found."""

from __future__ import annotations

import re

import attrs
import pytest
from copytexts import Flat, lines, machine, patiently
from hypothesis import given, settings, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.tui.copying.commands import SOURCES, give
from fugue_actors.tui.copying.lines import Line, Place
from fugue_actors.tui.copying.machine import Asked, Copied, Left, Machine, Said
from fugue_actors.tui.copying.registry import COMMANDS
from fugue_actors.tui.copying.selection import columns_in, selected, selected_text
from fugue_actors.tui.copying.tables import EMACS_KEYS, VI_KEYS
from fugue_actors.tui.copying.text import Missing, Text

ARGUMENTS = {
    "cursor-to": ["3", "-1"],
    "goto-line": ["3"],
    "search-forward": ["a+"],
    "search-backward": ["[b ]"],
    "search-forward-text": ["a"],
    "search-backward-text": ["漢"],
    "jump-forward": ["a"],
    "jump-backward": ["b"],
    "jump-to-forward": ["a"],
    "jump-to-backward": ["b"],
}
steps = st.lists(
    st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(1, 4)), max_size=12
)
both_keys = st.sampled_from(["vi", "emacs"])


def walk(walker: Machine, whole, story) -> list[object]:
    """Do some commands; all that they wanted done."""
    wanted: list[object] = []
    for name, count in story:
        wanted += patiently(walker, whole, name, *ARGUMENTS.get(name, ()), count=count)
    return wanted


@settings(max_examples=300)
@given(lines, steps, both_keys, st.integers(2, 12), st.integers(1, 5))
def test_whatever_is_done_the_cursor_is_on_the_screen_and_on_text(
    given_lines, story, keys, columns, rows
):
    """No sequence of commands leaves the text, or loses the cursor from sight."""
    walker = machine(given_lines, columns=columns, rows=rows, keys=keys)
    for name, count in story:
        give(walker, name, ARGUMENTS.get(name, ()), count=count)
        state, shape = walker.state, walker.shape
        assert walker.held(state.cursor) == state.cursor
        top, row = shape.row_of(state.top), shape.row_of(state.cursor)
        assert 0 <= shape.between(top, row, 1000) < rows
        assert state.top <= shape.bottom()
        assert state.top == shape.start_of(top)


@settings(max_examples=300)
@given(lines, steps, both_keys, st.data())
def test_lines_that_come_late_make_no_difference(given_lines, story, keys, data):
    """A command that has to wait for lines does, in the end, just what it would have."""
    number = data.draw(st.integers(0, len(given_lines) - 1))
    whole = machine(given_lines, (number, 0), keys=keys)
    text = Text(end=len(given_lines))
    for known in range(max(0, min(number, len(given_lines) - 4)), len(given_lines)):
        text.lines[known] = Line(given_lines[known])
    late = Machine(text, Place(number, 0), columns=10, lines=4, keys=keys)
    assert late.state == whole.state
    told = walk(whole, given_lines, story)
    assert walk(late, given_lines, story) == told
    assert late.state == whole.state


@given(lines, steps, both_keys, st.integers(2, 12), st.integers(1, 5))
def test_another_size_leaves_the_cursor_at_its_character(
    given_lines, story, keys, columns, rows
):
    """However the lines are broken anew, one looks at the same text."""
    walker = machine(given_lines, keys=keys)
    walk(walker, given_lines, story)
    before = walker.cursor
    was_at_bottom = walker.is_at_bottom
    walker.resize(columns, rows)
    assert walker.cursor == before
    shape = walker.shape
    top, row = shape.row_of(walker.state.top), shape.row_of(before)
    assert 0 <= shape.between(top, row, 1000) < rows
    if was_at_bottom and shape.between(shape.row_of(shape.bottom()), row, 99) >= 0:
        assert walker.is_at_bottom or row < shape.row_of(shape.bottom())


@given(lines, st.data(), both_keys)
def test_what_is_selected_is_what_lies_between_in_the_plain_string(
    given_lines, data, keys
):
    """In vi with the cell of the cursor, in emacs without; blanks at line ends go."""
    flat = Flat(Text.of(given_lines))
    walker = machine(given_lines, keys=keys)
    ends = []
    for name in ("begin-selection", "copy-selection"):
        place = flat.places[data.draw(st.integers(0, len(flat.cells) - 1))]
        walker.go(place)
        ends.append(flat.at(walker.cursor))
        told = give(walker, name)
    first, last = sorted(ends)
    # A line end counts if what follows it is selected, too.
    inside = flat.cells[first : last + (keys == "vi")]
    if keys == "vi" and inside[-1] == "\n":
        inside.pop()
    wanted = re.sub(r" +(?=\n)", "", "".join(inside))
    if flat.cells[first + len(inside)] == "\n":
        wanted = wanted.rstrip(" ")
    assert told == ([Copied(wanted)] if wanted else [])
    assert walker.state.selection is None


@given(lines, st.data())
def test_the_other_end_selects_the_same(given_lines, data):
    """`o` moves the cursor, and not what is selected; twice leads back."""
    flat = Flat(Text.of(given_lines))
    walker = machine(given_lines)
    kind = data.draw(st.sampled_from(["begin-selection", "select-line", "select-word"]))
    walker.go(flat.places[data.draw(st.integers(0, len(flat.cells) - 1))])
    give(walker, kind)
    walker.go(flat.places[data.draw(st.integers(0, len(flat.cells) - 1))])
    before = selected_text(walker)
    give(walker, "other-end")
    assert selected_text(walker) == before
    place = walker.cursor
    give(walker, "other-end")
    give(walker, "other-end")
    assert (selected_text(walker), walker.cursor) == (before, place)


@given(lines, steps, both_keys, st.integers(2, 12))
def test_what_is_shown_as_selected_is_what_is_copied(given_lines, story, keys, columns):
    """The columns that are drawn as selected hold the text that is copied."""
    walker = machine(given_lines, columns=columns, rows=40, keys=keys)
    walk(walker, given_lines, story)
    what = selected(walker)
    if what is None or walker.state.is_rectangle:
        return
    shown = ""
    shape = walker.shape
    for at, row in shape.shown(Place(0, 0)):
        line = walker.text.line(at.line)
        base = line.columns[row.start]
        held = columns_in(walker, at, what)
        for cell in range(row.start, row.end):
            if line.columns[cell] - base in held:
                shown += line.cells[cell]
        if row.end == len(line) and line.columns[-1] - base in held:
            shown += "\n"
    assert re.sub(r" +(?=\n)|\s+$", "", shown) == selected_text(walker).rstrip()


@pytest.mark.parametrize(
    ("keys", "story", "text"),
    [
        ("vi", "v l l y", "one"),
        ("emacs", "v l l y", "on"),
        ("vi", "V y", "one two\n"),
        ("vi", "V j y", "one two\nthree, four\n"),
        ("emacs", "V j y", "one two\nthree, four"),
        ("vi", "w v e j y", "two\nthree, "),
        ("vi", "w w D", "three, four"),
        ("vi", "l C-v j l l y", "ne \nhre"),
        ("emacs", "l C-v j l l y", "ne\nhr"),
        ("vi", "C-v $ j y", "one two\nthree, four"),
        ("vi", "Y", "one two"),
    ],
)
def test_selections_copy_what_tmux_copies(keys, story, text):
    """Cells, lines and rectangles, with the cell of the cursor in vi only."""
    walker = machine(["one two", "three, four", "5"], columns=20, keys=keys)
    told = []
    for key in story.split():
        told += give(walker, VI_KEYS[key])
    assert told == [Copied(text), Left()]


def test_words_are_selected_whole_in_both_directions():
    """A double click and a drag take the words at both ends, whichever is first."""
    walker = machine(["one two three four"], (0, 9), columns=30)
    give(walker, "select-word")
    assert selected_text(walker) == "three"
    walker.go(Place(0, 15))
    assert selected_text(walker) == "three four"
    walker.go(Place(0, 1))
    assert selected_text(walker) == "one two three"


def test_a_line_that_fills_several_rows_is_copied_as_one():
    """Where a terminal broke a line there is no line end in what is copied."""
    walker = machine(["abcdefghijklmnopq   ", "漢漢漢漢漢漢"], columns=5, rows=9)
    give(walker, "select-line")
    give(walker, "history-bottom")
    assert selected_text(walker) == "abcdefghijklmnopq\n漢漢漢漢漢漢\n"


@given(lines, st.data(), st.booleans())
def test_searching_goes_through_every_match_and_around(given_lines, data, is_forward):
    """`n` meets the matches one after the other, in the order of the text."""
    walker = machine(given_lines, columns=30)
    flat = Flat(walker.text)
    walker.go(flat.places[data.draw(st.integers(0, len(flat.cells) - 1))])
    wanted = [
        Place(number, line.cells_between(*match.span()).start)
        for number in range(walker.text.end)
        for line in [walker.text.line(number)]
        for match in re.finditer("a+|漢", line.text)
    ]
    name = "search-forward" if is_forward else "search-backward"
    begun = walker.cursor
    found = []
    told = give(walker, name, ["a+|漢"])
    assert walker.search.count(walker.text) == len(wanted)
    if not wanted:
        assert told == [Said("not found: a+|漢")]
        assert walker.cursor == begun
        return
    for _ in wanted:
        found.append(walker.cursor)
        number = wanted.index(walker.cursor) + 1
        assert walker.search.position(walker.text, walker.cursor) == number
        give(walker, "search-again")
    assert walker.cursor == found[0]
    assert sorted(found) == wanted
    beyond = [at for at in wanted if (at > begun if is_forward else at < begun)]
    if beyond:
        assert found[0] == (beyond[0] if is_forward else beyond[-1])
    give(walker, "search-reverse")
    assert walker.cursor == found[-1]


def test_case_counts_only_if_there_is_a_capital_letter():
    """As in many editors; and what is no regular expression is searched as it is."""
    walker = machine(["x Error", "x error", r"x a(b \Sb"], columns=30)
    give(walker, "search-forward", ["error"])
    assert walker.search.count(walker.text) == 2
    give(walker, "search-forward", ["Error"])
    assert walker.search.count(walker.text) == 1
    give(walker, "search-forward", [r"\Srror"])
    assert walker.search.count(walker.text) == 2
    told = give(walker, "search-forward", ["a(B"])
    assert Said("searched as text: this is no regular expression") in told
    assert walker.cursor == Place(2, 2)
    give(walker, "search-forward-text", [r"\Sb"])
    assert walker.cursor == Place(2, 6)


def test_a_search_that_needs_other_lines_says_which_way_it_goes():
    """So that a page can be loaded in the direction in which more will be needed."""
    text = Text(oldest=100, bottom=5_000, end=5_010)
    for number in range(5_000, 5_010):
        text.lines[number] = Line("x")
    walker = Machine(text, Place(5_005, 0), columns=10, lines=10)
    with pytest.raises(Missing) as up:
        give(walker, "search-backward", ["y"])
    assert (up.value.number, up.value.towards) == (4_999, -1)
    with pytest.raises(Missing) as down:
        give(walker, "search-forward", ["y"])
    assert (down.value.number, down.value.towards) == (100, 1)
    assert text.gap(0, 5_000, 1_000, upwards=True) == range(4_000, 5_000)
    assert text.gap(100, 5_010, 1_000) == range(100, 1_100)
    assert walker.search.count(text) is None


def test_scrolling_down_to_the_bottom_leaves_if_the_wheel_has_begun_it():
    """One who only looked up is back by scrolling, but not with something selected."""
    walker = machine([str(n) for n in range(20)], (18, 0), rows=4)
    assert give(walker, "scroll-down") == []
    walker.leaves_at_bottom = True
    give(walker, "scroll-up", count=5)
    assert give(walker, "scroll-down", count=4) == []
    give(walker, "begin-selection")
    assert give(walker, "scroll-down") == []
    give(walker, "clear-selection")
    assert give(walker, "scroll-down") == [Left()]


def test_goto_counts_lines_above_the_end():
    """The number is the one that stands at the top right."""
    walker = machine([str(n) for n in range(20)], (19, 0), rows=4)
    give(walker, "goto-line", ["10"])
    assert walker.state.top == Place(6, 0)
    assert walker.cursor == Place(9, 0)
    give(walker, "goto-line", ["1000"])
    assert walker.state.top == Place(0, 0)
    give(walker, "goto-line", ["0"])
    assert walker.is_at_bottom
    assert give(walker, "goto-line", ["x"]) == [Said("this is no number: x")]


def test_every_key_of_both_tables_does_something():
    """No key is bound to a command that there is not, and none is without effect."""
    for keys, table in (("vi", VI_KEYS), ("emacs", EMACS_KEYS)):
        for key, name in table.items():
            moved = False
            for before in (
                (),
                ("begin-selection", "cursor-right"),
                ("search-forward",),
            ):
                for line, cell in ((0, 0), (0, 3), (14, 4), (29, 5)):
                    walker = machine(
                        ["a (bb) aa, c"] * 15 + [""] + ["", " a (bb) aa, c"] * 7,
                        (line, cell),
                        columns=20,
                        keys=keys,
                    )
                    give(walker, "jump-forward", ["a"])
                    for each in before:
                        give(walker, each, ["bb"])
                    state = walker.state
                    moved |= bool(give(walker, name)) or walker.state != state
            assert moved, (keys, key, name)


def test_commands_have_the_names_and_the_homes_that_the_reference_lists():
    """Each is described, once, and no module of commands is left out."""
    assert len({each.does for each in COMMANDS.values()}) == len(COMMANDS)
    assert all(
        each.does[0].islower() or each.does[0] == "a" for each in COMMANDS.values()
    )
    assert {*VI_KEYS.values(), *EMACS_KEYS.values()} <= COMMANDS.keys()
    assert len(SOURCES) == 4
    with pytest.raises(Refused, match="has no 'cursor-upp'"):
        give(machine(["a"]), "cursor-upp")


def test_a_character_or_a_line_that_is_missing_is_asked_for():
    """`f` waits for one key, `/` for a line and searches while that is typed."""
    walker = machine(["a"])
    assert give(walker, "jump-forward") == [
        Asked("jump-forward", "to character:", is_character=True)
    ]
    [asked] = give(walker, "search-forward")
    assert isinstance(asked, Asked)
    assert asked.is_live


def test_what_is_found_far_away_is_shown_with_what_is_around_it():
    """In the middle of the screen, but never with less than a screen below it."""
    walker = machine([f"line {number}" for number in range(100)], rows=11)
    give(walker, "search-forward", ["50"])
    assert walker.state.top == Place(45, 0)
    give(walker, "search-forward", ["99"])
    assert walker.state.top == Place(89, 0)
    give(walker, "search-backward", ["2$"])
    assert walker.cursor == Place(92, 6)
    assert walker.state.top == Place(89, 0)


def test_a_command_that_has_to_wait_has_not_begun():
    """Done again once the line is known, it does not do half of it twice."""
    text = Text(bottom=50, end=60)
    for number in (*range(10, 15), *range(16, 30), *range(50, 60)):
        text.lines[number] = Line("a")
    walker = Machine(text, Place(55, 0), columns=10, lines=10)
    before = attrs.evolve(walker.state, top=Place(10, 0), cursor=Place(10, 0))
    walker.state = before
    with pytest.raises(Missing):
        give(walker, "cursor-to", ["0", "99"])
    assert walker.state == before
    text.lines[15] = Line("b")
    give(walker, "cursor-to", ["0", "99"])
    assert walker.state.top == Place(11, 0)
    assert walker.cursor == Place(20, 0)


def test_a_line_that_is_known_with_its_looks_stays_as_it_is():
    """What the screen showed at first may be something else by now."""
    text = Text()
    screen = {"rows": [[{"text": "10%"}]], "oldest": 0, "screen": 1, "end": 2}
    text.begin({**screen, "first": 1})
    text.put(0, {"rows": [[{"text": "above"}], [{"text": "99%"}]], "oldest": 0})
    assert [text.line(number).text for number in range(2)] == ["above", "10%"]
    plain = Text(end=1)
    plain.put(0, {"text": ["x"], "oldest": 0})
    assert plain.line(0).runs is None
    plain.put(0, {"rows": [[{"text": "x", "fg": "red"}]], "oldest": 0})
    assert plain.line(0).runs == [{"text": "x", "fg": "red"}]
