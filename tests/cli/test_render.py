"""How data is shown in a pipe."""

from __future__ import annotations

import pytest

from fugue_actors.cli import render


def test_columns_line_up_and_nothing_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a row: what is piped is read by programs."""
    render.show_table(("name", "tags"), [("a" * 90, ["x", "y"]), ("b", None)])
    assert capsys.readouterr().out.splitlines() == [
        "name" + " " * 88 + "tags",
        "a" * 90 + "  x, y",
        "b",
    ]


def test_text_of_agents_cannot_draw(capsys: pytest.CaptureFixture[str]) -> None:
    """A title with escapes or line breaks stays one line of printable text."""
    render.show_table(("title",), [("\x1b]0;owned\x07\nsecond line",)])
    _, shown = capsys.readouterr().out.splitlines()
    assert shown == r"\x1b]0;owned\x07 second line"


def test_emoji_of_several_parts_stay_whole() -> None:
    """Their joiner draws nothing by itself; what reverses text is shown as an escape."""
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    assert render.cell(family) == family
    assert render.cell("a\u202eb") == r"a\x202eb"


def test_a_tree_is_indented_by_depth(capsys: pytest.CaptureFixture[str]) -> None:
    """Parents stand above their children, two blanks further out."""
    render.show_tree("fugue", [(0, "root", "running"), (1, "router", ""), (0, "x", "")])
    assert capsys.readouterr().out == "fugue\n  root  running\n    router\n  x\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (86399, "23 h 59 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    """Two units at most."""
    assert render.duration(seconds) == text


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (None, ""),
        ({"code": 3, "signal": None}, "exit 3"),
        ({"code": None, "signal": 9}, "signal 9"),
        ({"code": 0, "signal": None}, "exit 0"),
    ],
)
def test_an_exit_is_a_code_or_a_signal(
    shape: dict[str, int | None] | None, text: str
) -> None:
    """Signal 9 and exit 9 are different ends."""
    assert render.program_exit(shape) == text


def test_things_are_counted_in_their_own_plural() -> None:
    """One of them is not several."""
    assert render.counted(1, "program") == "1 program"
    assert render.counted(0, "program") == "0 programs"
    assert render.counted(2, "process", "processes") == "2 processes"


def test_what_had_to_be_killed_is_named_up_to_a_line_of_it() -> None:
    """Nothing is said when nobody resisted."""
    assert render.by_force([], []) == ""
    stubborn = [{"pid": n, "command": "sl\x1beep"} for n in range(1, 8)]
    assert render.by_force(stubborn[:1], [9]) == (
        "1 by SIGKILL: sl\\x1beep (1); 1 process could not be ended: 9"
    )
    assert render.by_force(stubborn, []).endswith(", sl\\x1beep (5), 2 more")
