"""Copy mode with its keys, its picture and the lines that it asks for."""

from __future__ import annotations

import pytest
from copykit import Desk

from fugue_actors.tui.copying.mode import MOST_WAITING
from fugue_actors.tui.copying.todo import Todo
from fugue_actors.tui.events import WHEEL_DOWN, WHEEL_UP, Paste
from fugue_actors.tui.modes import Copy

NUMBERS = "".join(f"line {number}\n" for number in range(5_000))


def numbers(count: int) -> str:
    """So many numbered lines."""
    return "".join(f"line {number}\n" for number in range(count))


def test_what_is_shown_first_is_what_the_pane_showed():
    """Nothing moves when copy mode begins; only the place at the top right is new."""
    desk = Desk(numbers(100) + "wide 漢字 \x1b[31mred\x1b[m\n$ ", is_slow=True)
    before = desk.shown
    assert desk.cursor is None
    desk.answer()
    desk.draw()
    assert desk.shown[1:] == before[1:]
    assert desk.shown[0] == "line 92" + " " * 27 + "[0/92]"
    assert desk.at == (2, 9)
    assert desk.coloured(fg="red") == ["red"]


def test_new_output_moves_nothing():
    """What one looks at stays, wherever it scrolls to meanwhile, and can be gone on from."""
    desk = Desk(numbers(2_000))
    desk.press("PageUp")
    before = desk.shown
    desk.write(numbers(3_000))
    desk.press("C-p", "C-n")
    assert desk.shown == before
    desk.press("PageDown", "M->")
    assert desk.shown[-2:] == ["line 1999", ""]
    desk.press("M-<")
    assert desk.shown[1] == "line 1"
    desk.press("r", "M->")
    assert desk.shown[-2] == "line 2999"


def test_pages_are_loaded_when_somebody_looks_at_them():
    """Entering asks for one page; going to the top for those around it, not for all."""
    desk = Desk(NUMBERS)
    assert desk.pages == 1
    desk.press("M-<")
    assert desk.shown[0].startswith("line 0 ")
    assert desk.pages <= 4
    assert len(desk.mode.machine.text.lines) < 1_000


def test_keys_wait_for_the_lines_that_those_before_them_need():
    """A slow daemon does not make a fast typist end elsewhere."""
    slow, fast = (Desk(NUMBERS, keys="vi", is_slow=each) for each in (True, False))
    for desk in (slow, fast):
        desk.press("g", "5", "j", "v", "3", "j", "l", "y")
    assert slow.copied == []
    while slow.asked:
        slow.answer()
    assert slow.copied == fast.copied == [Copy("line 5\nline 6\nline 7\nline 8"[:-4])]
    assert not slow.is_open


def test_escape_ends_waiting_and_not_copy_mode():
    """Who does not want to wait for a search gets the keyboard back."""
    desk = Desk(NUMBERS, keys="vi")
    desk.is_slow = True
    desk.press("/", *"nowhere", "Enter", "j")
    assert desk.shown[0].endswith("searching 6% [0/4991]")
    desk.press("Escape")
    assert desk.said[-1] == "given up"
    assert desk.is_open
    at = desk.at
    while desk.asked:
        desk.answer()
    desk.draw()
    assert desk.at == at
    desk.press("g", "C-c")
    assert not desk.is_open


def test_a_search_goes_through_all_of_history_and_says_where_it_is():
    """Counts come once everything is read; the first match does not wait for that."""
    desk = Desk(NUMBERS, keys="vi")
    desk.is_slow = True
    desk.press("?", *"line 2.99$")
    while "line 2999" not in desk.shown:
        desk.answer()
        desk.draw()
    assert desk.pages < 6
    assert "counting" in desk.shown[0]
    desk.is_slow = False
    desk.answer()
    desk.press("Enter")
    assert desk.shown[0].endswith("(10/10) [1997/4991]")
    assert desk.remembered == ["line 2.99$"]
    assert desk.coloured(bg="magenta") == ["line 2999"]
    desk.press("n")
    assert "(9/10)" in desk.shown[0]
    desk.press("N", "N")
    assert "(1/10)" in desk.shown[0]
    assert "the search has gone around the end" in desk.said
    desk.press("2", "n")
    assert "(9/10)" in desk.shown[0]


def test_matches_are_shown_while_one_types_and_all_is_as_before_when_one_gives_up():
    """Searching as one types moves nothing for good."""
    desk = Desk("one two\nthree two\nfour\n", keys="vi")
    desk.press("g")
    before = desk.at
    desk.press("/", "t")
    assert desk.shown[-1] == "search: t"
    assert desk.at == (9, 9)
    assert desk.coloured(bg="magenta") == ["t"]
    assert desk.coloured(bg="cyan") == ["tt"]
    desk.press("w")
    assert desk.coloured(bg="cyan") == ["tw"]
    desk.press("x")
    assert "not found" in desk.shown[0]
    desk.press("Escape")
    assert desk.at == before
    assert desk.coloured(bg="cyan") == []
    desk.press("/", "t", "C-c")
    assert desk.at == before
    desk.press("/", *"two", "Enter", "/", "Enter")
    assert desk.at == (6, 1)
    desk.press("/", "Up")
    assert desk.shown[-1] == "search: two"
    desk.press("M-r", "C-u", *"t.o")
    assert desk.shown[-1] == "search (text): t.o"
    assert "not found" in desk.shown[0]


def test_emacs_searches_on_with_the_same_keys():
    """C-s within a search goes to the next match, C-r to the one before."""
    desk = Desk("a1 a2\na3\n")
    desk.press("M-<", "C-s", "a")
    assert desk.coloured(bg="magenta") == ["a"]
    desk.press("C-s", "C-s", "C-r", "Enter")
    assert desk.at == (0, 1)
    desk.press("C-r", "a", "Enter")
    assert desk.at == (3, 0)


def test_an_expression_without_end_is_given_up():
    """A search that would hang the client is cut short, and says so."""
    desk = Desk("\n" + "a" * 30 + "b\n", keys="vi")
    desk.press("/", *"(a|a)*$")
    assert "this takes too long to search for" in desk.shown[0]
    desk.press("Enter")
    assert desk.mode.machine.search is None
    desk.press("g")
    assert desk.at == (0, 0)
    assert "too long" not in desk.shown[0]


@pytest.mark.parametrize(
    ("keys", "typed", "at"),
    [
        ("vi", ["1", "2", "l"], 12),
        ("vi", ["1", "0", "l"], 10),
        ("vi", ["0"], 0),
        ("vi", ["2", "Escape", "l"], 1),
        ("vi", ["3", "f", "a"], 3),
        ("emacs", ["M-1", "2", "C-f"], 12),
        ("emacs", ["M-1", "M-0", "C-f"], 10),
        ("emacs", ["2", "C-f"], 1),
    ],
)
def test_digits_say_how_often(keys, typed, at):
    """In emacs the first one with alt; 0 alone is a command of vi."""
    desk = Desk("a" * 30, keys=keys)
    desk.press("Home", *typed)
    assert desk.at == (at, 0)


def test_a_selection_is_drawn_as_it_will_be_copied():
    """Cells, the ends of lines, and rectangles beyond their text."""
    desk = Desk("one\ntwo three\nx\n", keys="vi")
    desk.press("g", "l", "v", "j")
    assert desk.coloured(bg="yellow") == ["ne [0/0]", "tw"]
    desk.press("C-v", "$", "o")
    desk.press("y")
    assert desk.copied[-1].text == "ne\nwo three"


def test_copying_says_how_much_and_appending_goes_behind_it():
    """`A` puts the text behind what was copied last."""
    desk = Desk("one\ntwo\n", keys="vi")
    desk.press("g", "V", "A")
    assert desk.copied == [Copy("one\n", append=True)]
    assert desk.said == ["copied a line"]


def test_the_mouse_selects_and_copies_and_then_it_is_over():
    """A drag takes what lies between, a double click the word, a triple one the line."""
    desk = Desk("one two three\nfour\n")
    desk.point("press", 4, 0)
    desk.point("move", 6, 0)
    desk.point("move", 2, 1)
    desk.point("release", 2, 1)
    assert [each.text for each in desk.copied] == ["two three\nfo"]
    assert not desk.is_open
    for clicks, text in ((2, "two"), (3, "one two three")):
        desk = Desk("one two three\nfour\n")
        desk.point("press", 5, 0, clicks=clicks)
        desk.point("release", 5, 0)
        assert [each.text for each in desk.copied] == [text]
        assert not desk.is_open


def test_a_drag_after_a_double_click_takes_whole_words():
    """As terminals do it."""
    desk = Desk("one two three\nfour five\n")
    desk.point("press", 5, 0, clicks=2)
    desk.point("move", 6, 0)
    desk.point("move", 1, 1)
    desk.point("release", 1, 1)
    assert [each.text for each in desk.copied] == ["two three\nfour"]


def test_what_the_screen_showed_at_first_stays_so():
    """Also lines that the program has drawn anew before they scrolled off."""
    desk = Desk(numbers(300) + "loading 10%")
    desk.write("\r\x1b[31mloading 99%\n" + numbers(600))
    desk.press("M-<", "M->")
    assert desk.shown[-1] == "loading 10%"
    desk.press("r", "M->", "C-r", *"loading", "Enter")
    assert "loading 99%" in desk.shown


def test_a_page_without_what_was_asked_for_is_taken_as_its_end():
    """Nobody asks for ever for what a host does not have."""
    desk = Desk(NUMBERS)
    desk.is_slow = True
    desk.press("M-<")
    request = desk.asked.pop(0)
    page = {"oldest": 0, "first": 0, "rows": []}
    desk.perform(desk.mode.answered(request, page))
    assert request.args["first"] not in [each.args["first"] for each in desk.asked]
    desk.draw()
    assert desk.shown[1:] == [""] * 9


def test_a_click_only_puts_the_cursor():
    """Nothing is selected or copied by it, and what was selected is not any more."""
    desk = Desk("one two three\nfour\n")
    desk.press("C-Space")
    desk.point("press", 5, 0)
    desk.point("release", 5, 0)
    assert desk.at == (5, 0)
    assert desk.mode.machine.state.selection is None
    assert desk.is_open
    assert desk.copied == []


def test_a_drag_beyond_the_edge_scrolls():
    """What is above or below the screen can be selected, too."""
    desk = Desk(numbers(50), keys="vi")
    desk.point("press", 0, 3)
    for _ in range(5):
        desk.point("move", 0, -1)
    desk.point("release", 0, -1)
    assert desk.copied[0].text.startswith("line 36\n")
    assert desk.copied[0].text.endswith("\nl")


def test_the_wheel_scrolls_and_leaves_at_the_bottom():
    """As in tmux: five rows a notch, and what began by scrolling ends by scrolling."""
    desk = Desk(numbers(100), leaves_at_bottom=True)
    desk.point("wheel", button=WHEEL_UP)
    desk.point("wheel", button=WHEEL_UP)
    assert "[10/91]" in desk.shown[0]
    desk.point("wheel", button=WHEEL_DOWN)
    assert desk.is_open
    desk.point("wheel", button=WHEEL_DOWN)
    assert not desk.is_open


def test_another_size_keeps_the_place():
    """Lines are broken anew, and the cursor stays at its character."""
    text = "".join(f"{number} " + "x" * 50 + "\n" for number in range(100))
    desk = Desk(text, keys="vi", columns=30)
    desk.press("g", "2", "0", "j", "w")
    number = desk.mode.machine.cursor
    for columns, lines in ((80, 20), (7, 3), (1, 1), (30, 10)):
        desk.resize(columns, lines)
        assert desk.mode.machine.cursor == number
        assert 0 <= desk.at[1] < lines


def test_commands_given_at_first_are_done_when_there_are_lines():
    """`prefix PageUp` begins a page up."""
    desk = Desk(numbers(100), first=[Todo("page-up")])
    assert desk.shown[0].startswith("line 83 ")


def test_a_pane_that_cannot_be_read_ends_copy_mode_and_a_refused_page_does_not():
    """Without any line there is nothing to look at; with some there is."""
    desk = Desk(NUMBERS, is_slow=True)
    desk.refuse()
    assert desk.said == ["the pane is closed"]
    assert not desk.is_open
    desk = Desk(NUMBERS)
    desk.is_slow = True
    desk.press("M-<")
    desk.refuse()
    assert desk.is_open
    assert desk.asked == []
    desk.press("C-p")
    assert desk.is_open


def test_a_program_that_is_started_again_ends_copy_mode():
    """Its lines have numbers of their own."""
    desk = Desk(NUMBERS)
    desk.start_again()
    assert not desk.is_open


def test_lines_that_are_forgotten_meanwhile_are_blank():
    """History is bounded: what nobody has read in time is gone, and no one waits for it."""
    desk = Desk(numbers(1_000), history_lines=900)
    desk.write(numbers(5_000))
    desk.press("M-<")
    assert desk.shown[1:] == [""] * 9
    assert (
        "line 999"
        in desk.mode.machine.text.line(desk.mode.machine.text.bottom + 8).text
    )


def test_no_more_waits_than_there_is_room_for():
    """A daemon that does not answer does not make this client grow."""
    desk = Desk(NUMBERS, is_slow=True)
    for _ in range(MOST_WAITING + 10):
        desk.press("C-p")
    assert len(desk.mode.todo) == MOST_WAITING


def test_pasted_text_goes_into_a_prompt():
    """One can search for what was copied."""
    desk = Desk("one two\n", keys="vi")
    desk.press("g", "/")
    desk.perform(desk.mode.key(Paste("two")))
    desk.press("Enter")
    assert desk.at == (4, 0)
