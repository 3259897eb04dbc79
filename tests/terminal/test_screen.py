"""What each sequence does to the screen, as xterm and tmux do it."""

from __future__ import annotations

import pytest

from fugue_actors.protocol.hosting import Position, StyledRun
from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator


def feed(output: str, columns: int = 10, lines: int = 4) -> Emulator:
    emulator = Emulator(columns, lines)
    emulator.feed(output.encode())
    return emulator


def text(emulator: Emulator) -> list[str]:
    rows = [row.text for row in emulator.rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


FILLED = "aaaa\r\nbbbb\r\ncccc\r\ndddd"


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        # Text, wrapping and movement
        ("hello", ["hello"]),
        ("0123456789ab", ["0123456789", "ab"]),
        ("0123456789\rX", ["X123456789"]),
        ("0123456789\bX", ["01234567X9"]),
        ("\x1b[?7l0123456789abc", ["012345678c"]),
        ("ab\x1b[1;5Hc", ["ab  c"]),
        ("abc\x1b[2Dx", ["axc"]),
        ("abc\x1b[Cx", ["abc x"]),
        ("a\x1b[Bb\x1b[Ac", ["a c", " b"]),
        ("a\x1b[Eb\x1b[Fc", ["c", "b"]),
        ("abc\x1b[2Gx", ["axc"]),
        ("abc\x1b[3dx", ["abc", "", "   x"]),
        ("a\tb", ["a       b"]),
        ("\x1b[3g\ta", ["         a"]),
        ("abc\x1bH\r\x1b[g\r\tx", ["abcx"]),
        ("\x1b[1;10H\x1b[Zx", ["        x"]),
        ("\x1b[2Ix", ["         x"]),
        ("a\x1bEb", ["a", "b"]),
        ("a\x1b[20hb\nc", ["ab", "c"]),
        ("ab\x1b[3bc", ["abbbbc"]),
        ("ab\r\x1b[3bc", ["cb"]),
        ("ab\x1b[999bc", ["abbbbbbbbb", "c"]),
        ("0123456789\x1b[5bc", ["0123456789", "c"]),
        ("0123456789\x1b[Bx\x1b[Ay", ["012345678y", "         x"]),
        ("0123456789\x1b[2dx", ["0123456789", "         x"]),
        ("ab\x1b[L\x1b[Mx", ["abx"]),
        # Insert, delete, erase
        ("abcdef\x1b[1;3H\x1b[2@", ["ab  cdef"]),
        ("abcdef\x1b[1;3H\x1b[2P", ["abef"]),
        ("abcdef\x1b[1;3H\x1b[2X", ["ab  ef"]),
        ("abcdef\x1b[1;3H\x1b[4hXY\x1b[4lZ", ["abXYZdef"]),
        ("abcdef\x1b[1;3H\x1b[K", ["ab"]),
        ("abcdef\x1b[1;3H\x1b[1K", ["   def"]),
        ("abcdef\x1b[2K", []),
        ("0123456789\x1b[K\x1b[X\x1b[P\x1b[@\x1b[J", ["0123456789"]),
        ("0123456789\x1b[1K", []),
        (FILLED + "\x1b[2;3H\x1b[J", ["aaaa", "bb"]),
        (FILLED + "\x1b[2;3H\x1b[1J", ["", "   b", "cccc", "dddd"]),
        (FILLED + "\x1b[2J", []),
        (FILLED + "\x1b[2;1H\x1b[L", ["aaaa", "", "bbbb", "cccc"]),
        (FILLED + "\x1b[2;1H\x1b[2M", ["aaaa", "dddd"]),
        (FILLED + "\x1b[2;1H\x1b[99M", ["aaaa"]),
        # Scrolling
        (FILLED + "\nx", ["bbbb", "cccc", "dddd", "    x"]),
        (FILLED + "\x1b[H\x1bMx", ["x", "aaaa", "bbbb", "cccc"]),
        (FILLED + "\x1b[S", ["bbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[T", ["", "aaaa", "bbbb", "cccc"]),
        (FILLED + "\x1b[1;2;3;4;5T", ["aaaa", "bbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[3;1H\nx", ["aaaa", "cccc", "x", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[2;1H\x1bMx", ["aaaa", "x", "bbbb", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[4;1H\nx", ["aaaa", "bbbb", "cccc", "xddd"]),
        (FILLED + "\x1b[2;3r\x1b[1;1H\x1b[Lx", ["xaaa", "bbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3rx", ["xaaa", "bbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[rx", ["xaaa", "bbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[4;1H\x1b[9Ax", ["aaaa", "xbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[1;1H\x1b[9Bx", ["aaaa", "bbbb", "xccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[?6hx", ["aaaa", "xbbb", "cccc", "dddd"]),
        (FILLED + "\x1b[2;3r\x1b[?6h\x1b[9dx", ["aaaa", "bbbb", "xccc", "dddd"]),
        # Saved cursor and alternate screen
        ("ab\x1b7cd\x1b8x", ["abxd"]),
        ("ab\x1b[scd\x1b[ux", ["abxd"]),
        ("ab\x1b8x", ["xb"]),
        ("ab\x1b[?1049h\x1b[Hfull", ["full"]),
        ("ab\x1b[?1049h\x1b[Hfull\x1b[?1049lx", ["abx"]),
        ("ab\x1b[?1049h\x1b[?1049h\x1b[Hfull\x1b[?1049lx", ["abx"]),
        ("ab\x1b[?47h\x1b[Hfull\x1b[?47lx", ["ab  x"]),
        ("ab\x1b[?1047hfull\x1b[?1047lx", ["ab    x"]),
        ("ab\x1b[?1048hcd\x1b[?1048lx", ["abxd"]),
        ("ab\x1b[?1049l", ["ab"]),
        # Characters
        ("漢字", ["漢字"]),
        ("漢\x1b[2Gx", [" x"]),
        ("漢\rx", ["x"]),
        ("012345678漢", ["012345678", "漢"]),
        ("漢字\x1b[1;2H\x1b[P", [" 字"]),
        ("漢字\x1b[1;2Hx\x1b[m", [" x字"]),
        ("e\u0301\x1b[1;1Ha\x1b[m", ["a"]),
        ("e\u0301\x1b[1;1H─\x1b[m", ["─"]),
        ("e\u0301x", ["e\u0301x"]),
        ("漢\u0301x", ["漢\u0301x"]),
        ("\u0301x", ["x"]),
        ("a" + "\u0301" * 50 + "x", ["a" + "\u0301" * 15 + "x"]),
        ("\x1b(0lqk\x1b(Bq", ["┌─┐q"]),
        ("\x1b)0a\x0eq\x0fq", ["a─q"]),
        ("\x1b[!p\x1b#8", ["E" * 10] * 4),
        ("a\x00\x07\x7fb", ["ab"]),
        # Modern sequences of which nothing may be shown
        ("a\x1b[<u\x1b[>1u\x1b[=1;1u\x1b[?u\x1b[>4;2mb", ["ab"]),
        ("a\x1b[4:3m\x1b[58:2::1:2:3mb\x1b[0;4:0m", ["ab"]),
        ("a\x1b[?2026h\x1b[?1004;2004hb\x1b[?2026l", ["ab"]),
        ("a\x1b]8;;https://e.org\x1b\\link\x1b]8;;\x1b\\b", ["alinkb"]),
        ("a\x1b]52;c;aGk=\x07\x1b]9;4;1;50\x07\x1b]133;A\x07b", ["ab"]),
        ("a\x1bPq#0;2;0;0;0~-\x1b\\\x1b_Ga=T;AAAA\x1b\\b", ["ab"]),
        ("a\x1b[2 q\x1b[?12$pb", ["ab"]),
        ("\x1b[?3hab", ["ab"]),
    ],
)
def test_rows_after_output(output: str, rows: list[str]) -> None:
    """A table of small cases on a screen of 10 by 4."""
    emulator = feed(output)
    assert text(emulator) == rows
    assert (emulator.columns, emulator.lines) == (10, 4)


@pytest.mark.parametrize(
    ("output", "x", "y"),
    [
        ("", 0, 0),
        ("0123456789", 9, 0),
        ("0123456789a", 1, 1),
        ("\x1b[99;99H", 9, 3),
        ("\x1b[0;0H", 0, 0),
        ("ab\x1b[?1049h", 2, 0),
        ("ab\x1b[?1049l", 2, 0),
        ("\U0001f1e9", 1, 0),
        ("\U0001f1e9\U0001f1ea", 2, 0),
        ("\U0001f1e9\U0001f1ea\U0001f1e9", 3, 0),
        ("\U0001f469\u200d\U0001f4bb", 2, 0),
        ("\U0001f44d\U0001f3fd", 2, 0),
        ("\u2764\ufe0f", 2, 0),
        ("1\ufe0f\u20e3", 2, 0),
        ("a\u200db", 2, 0),
        ("\x1b[2;3r", 0, 0),
        ("\x1b[3;3Hab\x1b[3;2r", 4, 2),
    ],
)
def test_cursor_after_output(output: str, x: int, y: int) -> None:
    """A cursor about to wrap is shown in the last column."""
    assert feed(output).cursor == Position(x=x, y=y)


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("\x1b[c", "\x1b[?62;22c"),
        ("\x1b[0c", "\x1b[?62;22c"),
        ("\x1b[1c", ""),
        ("\x1bZ", "\x1b[?62;22c"),
        ("\x1b[>c", "\x1b[>1;10;0c"),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\r\nc\x1b[6n", "\x1b[2;2R"),
        ("0123456789\x1b[6n", "\x1b[1;10R"),
        ("\x1b[2;3r\x1b[?6h\x1b[6n", "\x1b[1;1R"),
        ("\x1b[?6n", "\x1b[?1;1R"),
        ("\x1b[?25$p", "\x1b[?25;1$y"),
        ("\x1b[?2004$p", "\x1b[?2004;2$y"),
        ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
        ("\x1b[?4711$p", "\x1b[?4711;0$y"),
        ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        ("\x1b]10;?\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
        ("\x1b]11;#123456\x07", ""),
        ("\x1b[18t", "\x1b[8;4;10t"),
        ("\x1b[>q", None),
        ("\x1b[?u", "\x1b[?0u"),
        ("\x1b[?2026h\x1b[?2026$p", "\x1b[?2026;1$y"),
    ],
)
def test_queries_are_answered(output: str, answer: str | None) -> None:
    """Programs wait for these at their start; what is not supported is not claimed."""
    emulator = feed(output)
    replies = emulator.take_replies().decode()
    if answer is None:
        assert replies.startswith("\x1bP>|fugue(")
    else:
        assert replies == answer
    assert emulator.take_replies() == b""


def test_answers_that_nobody_fetches_are_bounded() -> None:
    """A program that asks in a loop must not fill the host's memory."""
    assert len(feed("\x1b[c" * 100_000).take_replies()) < 5000


def test_titles_are_set_stacked_and_cleaned() -> None:
    """vim puts the old title back at its end; a title must not carry controls to a reader."""
    assert feed("\x1b]0;one\x07").title == "one"
    assert feed("\x1b]2;two\x1b\\").title == "two"
    assert feed("\x1b]1;icon\x07").title == ""
    assert feed("\x1b]0;a\x07\x1b[22;0t\x1b]0;b\x07\x1b[23;0t").title == "a"
    assert feed("\x1b]0;a\x07\x1b[23t").title == "a"
    assert feed("\x1b]0;a\tb\u202ec\x07").title == "abc"
    assert len(feed(f"\x1b]0;{'x' * 5000}\x07").title) == 1024
    deep = "".join(f"\x1b]0;{number}\x07\x1b[22t" for number in range(50))
    assert feed(deep + "\x1b[23t" * 9).title == "41"
    assert feed(deep + "\x1b[23t" * 60).title == "40"
    assert feed("\x1b]0;\u2733 busy; really\x07").title == "\u2733 busy; really"


def runs(output: str) -> list[StyledRun]:
    (row, *_) = snapshot.styled_rows(feed(output, columns=40).rows)
    return list(row)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("a", [StyledRun(text="a")]),
        ("\x1b[1ma\x1b[22mb", [StyledRun(text="a", bold=True), StyledRun(text="b")]),
        ("\x1b[2ma", [StyledRun(text="a", dim=True)]),
        (
            "\x1b[3;4;5;7;8;9ma",
            [
                StyledRun(
                    text="a",
                    italic=True,
                    underline=True,
                    blink=True,
                    reverse=True,
                    invisible=True,
                    strike=True,
                )
            ],
        ),
        (
            "\x1b[31;42ma\x1b[39;49mb",
            [StyledRun(text="a", fg="red", bg="green"), StyledRun(text="b")],
        ),
        ("\x1b[91;102ma", [StyledRun(text="a", fg="brightred", bg="brightgreen")]),
        (
            "\x1b[38;5;1ma\x1b[38;5;9mb",
            [StyledRun(text="a", fg="red"), StyledRun(text="b", fg="brightred")],
        ),
        ("\x1b[38;5;196ma", [StyledRun(text="a", fg="ff0000")]),
        ("\x1b[38;2;1;2;3ma", [StyledRun(text="a", fg="010203")]),
        ("\x1b[38:2::1:2:3ma", [StyledRun(text="a", fg="010203")]),
        ("\x1b[38:2:1:2:3ma", [StyledRun(text="a", fg="010203")]),
        ("\x1b[48:5:196;1ma", [StyledRun(text="a", bg="ff0000", bold=True)]),
        (
            "\x1b[58;5;1;1ma\x1b[59mb",
            [
                StyledRun(text="a", bold=True, underline_colour="red"),
                StyledRun(text="b", bold=True),
            ],
        ),
        (
            "\x1b[58:2::1:2:3;1ma",
            [StyledRun(text="a", bold=True, underline_colour="010203")],
        ),
        ("\x1b[38;5ma", [StyledRun(text="a")]),
        ("\x1b[38;5;999ma", [StyledRun(text="a")]),
        ("\x1b[38;2;300;0;0ma", [StyledRun(text="a")]),
        ("\x1b[38ma", [StyledRun(text="a")]),
        (
            "\x1b[4:3ma\x1b[4:0mb",
            [
                StyledRun(text="a", underline=True, underline_style="curly"),
                StyledRun(text="b"),
            ],
        ),
        ("\x1b[21ma", [StyledRun(text="a", underline=True, underline_style="double")]),
        (
            "\x1b[4:3;4ma\x1b[24mb",
            [StyledRun(text="a", underline=True), StyledRun(text="b")],
        ),
        ("\x1b[4:9m\x1b[1:2ma", [StyledRun(text="a")]),
        (
            "\x1b[53ma\x1b[55mb",
            [StyledRun(text="a", overline=True), StyledRun(text="b")],
        ),
        ("\x1b[1;31m\x1b[ma", [StyledRun(text="a")]),
        ("\x1b[1;;31ma", [StyledRun(text="a", fg="red")]),
        ("\x1b[777;1ma", [StyledRun(text="a", bold=True)]),
        ("\x1b[>4;1ma", [StyledRun(text="a")]),
        ("\x1b[31m\x1b7\x1b[32m\x1b8a", [StyledRun(text="a", fg="red")]),
        ("\x1b[44mab\x1b[3X", [StyledRun(text="ab   ", bg="blue")]),
        ("\x1b[4ma\x1b[3X", [StyledRun(text="a", underline=True)]),
        (
            "\x1b[44m\x1b[2K\x1b[mx",
            [StyledRun(text="x"), StyledRun(text=" " * 39, bg="blue")],
        ),
    ],
)
def test_styles_of_the_first_row(output: str, expected: list[StyledRun]) -> None:
    """Erased cells take the background and nothing else of the present style."""
    assert runs(output) == expected


def test_what_scrolls_off_the_primary_screen_goes_to_history() -> None:
    """Its style too, kept compactly."""
    emulator = feed("a\r\n\x1b[31mb\x1b[mc\r\n\r\nd\r\ne\r\nf")
    assert [line.text for line in emulator.history.lines] == ["a", "bc"]
    assert emulator.history.lines[0].styles is None
    styles = emulator.history.lines[1].styles
    assert styles is not None
    assert [(count, style.fg) for count, style in styles] == [
        (1, "red"),
        (1, "default"),
    ]


def test_the_alternate_screen_has_no_history() -> None:
    """A pager's pages are not what the program said."""
    emulator = feed("a\x1b[?1049h" + "x\r\n" * 50 + "\x1b[?1049l")
    assert not emulator.history.lines
    assert text(emulator) == ["a"]


@pytest.mark.parametrize("margins", ["\x1b[1;2r", "\x1b[2;3r"])
def test_what_scrolls_off_inside_margins_goes_to_history(margins: str) -> None:
    """Some agents keep a composer below such a region and print their transcript above it."""
    emulator = feed(f"a\r\nb\r\nc{margins}\x1b[3;1H\x1b[S\x1b[S")
    rows = ["a", "b"] if margins == "\x1b[1;2r" else ["b", "c"]
    assert [line.text for line in emulator.history.lines] == rows


def test_a_cleared_screen_goes_to_history_and_a_cleared_history_is_gone() -> None:
    """What a program said before `clear` can still be read, unless it clears that too."""
    emulator = feed("a\r\n\r\nb\x1b[H\x1b[2J")
    assert [line.text for line in emulator.history.lines] == ["a", "", "b"]
    emulator.feed(b"\x1b[3J")
    assert not emulator.history.lines


def test_history_is_read_in_parts() -> None:
    """Whoever scrolls up through thousands of lines must not fetch them all each time."""
    emulator = Emulator(10, 2)
    for number in range(20):
        emulator.feed(b"%d\r\n" % number)
    whole = snapshot.take(emulator, history=1000).history
    parts = [
        snapshot.take(emulator, history=7, skip=skip).history for skip in (14, 7, 0)
    ]
    assert sum(parts, ()) == whole
    assert snapshot.take(emulator, history=0, skip=3).history == ()
    assert snapshot.take(emulator, history=3, skip=1000).history == ()


def test_history_is_bounded_and_a_reader_learns_what_it_missed() -> None:
    """A reader that comes too late must not believe it has seen all."""
    emulator = Emulator(10, 2, history_lines=5)
    emulator.feed(b"first\r\n")
    cursor = emulator.output
    for number in range(20):
        emulator.feed(b"%d\r\n" % number)
    assert len(emulator.history.lines) == 5
    assert snapshot.take(emulator, since=cursor).lost
    assert not snapshot.take(emulator, since=emulator.output).lost
    assert snapshot.take(emulator, history=3).history == ("16", "17", "18")
    assert snapshot.take(emulator, history=-3).history == ()


def test_since_gives_lines_that_grew_again_and_unchanged_ones_not() -> None:
    """A line read half-finished would otherwise stay so for the reader."""
    emulator = feed("done\r\nhal")
    cursor = snapshot.take(emulator, since=0)
    assert cursor.new == ("done", "hal")
    emulator.feed(b"f\r\nmore")
    later = snapshot.take(emulator, since=cursor.next)
    assert later.new == ("half", "more")
    assert snapshot.take(emulator, since=later.next).new == ()
    assert snapshot.take(emulator, since=10**9).new == ()


def test_blank_lines_between_are_new_lines_too() -> None:
    """Paragraphs stay paragraphs; blank rows below the text are nothing."""
    emulator = feed("a\r\n\r\nb\r\n")
    assert snapshot.take(emulator, since=0).new == ("a", "", "b")


def test_a_cleared_history_is_lost_for_those_who_had_not_read_it() -> None:
    """They must not believe that nothing was said."""
    emulator = feed("a\r\nb\r\nc\r\nd\r\ne\x1b[3J")
    assert snapshot.take(emulator, since=0).lost


def test_rows_that_continue_are_marked() -> None:
    """Somebody who wants lines rather than rows joins them; erasing the end undoes it."""
    emulator = feed("0123456789ab\r\nc")
    assert [row.wrapped for row in emulator.rows] == [True, False, False, False]
    emulator.feed(b"\x1b[1;3H\x1b[K")
    assert not emulator.rows[0].wrapped


def test_rows_that_only_moved_are_not_new() -> None:
    """Inserting a line above does not make a reader read the rest again."""
    emulator = feed(FILLED)
    cursor = snapshot.take(emulator).next
    emulator.feed(b"\x1b[2;1H\x1b[Lnew")
    assert snapshot.take(emulator, since=cursor).new == ("new",)


def resized(output: str, *sizes: tuple[int, int]) -> Emulator:
    emulator = feed(output)
    for columns, lines in sizes:
        emulator.resize(columns, lines)
    return emulator


@pytest.mark.parametrize(
    ("output", "sizes", "history", "rows", "x", "y"),
    [
        # Fewer lines: first what is below the cursor, then the top into history.
        ("a\r\nb", [(10, 2)], [], ["a", "b"], 1, 1),
        ("a\r\nb", [(10, 1)], ["a"], ["b"], 1, 0),
        (FILLED + "\x1b[2;2H", [(10, 2)], [], ["aaaa", "bbbb"], 1, 1),
        (FILLED, [(10, 2)], ["aaaa", "bbbb"], ["cccc", "dddd"], 4, 1),
        # More lines: history comes back, unless it was cleared from the screen.
        (FILLED, [(10, 2), (10, 3)], ["aaaa"], ["bbbb", "cccc", "dddd"], 4, 2),
        ("a\r\nb", [(10, 1), (10, 4)], [], ["a", "b"], 1, 1),
        ("a\x1b[H\x1b[2Jb", [(10, 5)], ["a"], ["b"], 1, 0),
        # Narrower and wider: lines are wrapped anew, the cursor stays at its character.
        ("abcdef", [(4, 4)], ["abcd"], ["ef"], 2, 0),
        ("abcdef", [(4, 4), (10, 4)], [], ["abcdef"], 6, 0),
        # Blank rows at the bottom are content, too.
        ("abcdef\x1b[1;3H", [(2, 4)], ["ab", "cd"], ["ef"], 0, 0),
        ("0123456789ab\r\nc", [(12, 4)], [], ["0123456789ab", "c"], 1, 1),
        ("0123456789ab\r\nc", [(20, 4)], [], ["0123456789ab", "c"], 1, 1),
        (FILLED, [(2, 4)], ["aa", "aa", "bb", "bb"], ["cc", "cc", "dd", "dd"], 2, 3),
        (FILLED, [(2, 4), (10, 4)], [], ["aaaa", "bbbb", "cccc", "dddd"], 4, 3),
        ("abc漢字", [(4, 4)], ["abc"], ["漢字"], 4, 0),
        ("abc漢字", [(4, 4), (10, 4)], [], ["abc漢字"], 7, 0),
        ("abcde\u0301f", [(4, 4)], ["abcd"], ["e\u0301f"], 2, 0),
        # Both at once.
        ("abcdef\r\ng", [(3, 2)], ["abc"], ["def", "g"], 1, 1),
    ],
)
def test_content_after_resizing(
    output: str,
    sizes: list[tuple[int, int]],
    history: list[str],
    rows: list[str],
    x: int,
    y: int,
) -> None:
    """As tmux does it, from a screen of 10 by 4."""
    emulator = resized(output, *sizes)
    assert [line.text for line in emulator.history.lines] == history
    assert text(emulator) == rows
    assert emulator.cursor == Position(x=min(x, emulator.columns - 1), y=y)
    assert len(emulator.rows) == emulator.lines


def test_the_primary_screen_comes_back_in_the_new_size() -> None:
    """A full-screen program draws anew; what was there before it is wrapped anew."""
    emulator = resized("a\r\nb\r\nabcdef\x1b[?1049h\x1b[Hfull-screen", (4, 3))
    assert text(emulator) == ["full", "n"]
    emulator.feed(b"\x1b[?1049lx")
    assert text(emulator) == ["b", "abcd", "efx"]
    assert [line.text for line in emulator.history.lines] == ["a"]


@pytest.mark.parametrize("end", ["\r\n", "\x1b7\x1b8\r\n"])
def test_lines_of_history_are_wrapped_anew_for_who_reads_them(end: str) -> None:
    """However they were kept: as they came, or drawn."""
    emulator = feed("".join(f"{number:08d}{end}" for number in range(100)))
    assert [line.text for line in emulator.history.last(2)] == ["00000095", "00000096"]
    emulator.resize(5, 4)
    assert [line.text for line in emulator.history.last(3)] == ["00000", "097", "00000"]
    assert len(emulator.history.lines) == 197
    emulator.resize(10, 4)
    assert [line.text for line in emulator.history.lines] == [
        f"{number:08d}" for number in range(97)
    ]


def test_cursor_visibility_is_known() -> None:
    """A reader that draws the screen needs it."""
    assert feed("").is_cursor_visible
    assert not feed("\x1b[?25l").is_cursor_visible
    assert feed("\x1b[?25l\x1b[?25h").is_cursor_visible
    assert not feed("\x1b7\x1b[?25l\x1b8").is_cursor_visible
    assert feed("\x1b[?25l\x1b[!p").is_cursor_visible
