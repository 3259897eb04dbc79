"""The film: screens as viewers are told them become output that any terminal can show."""

from __future__ import annotations

import json
from typing import Any

from castkit import file_of, reel_of, tape_of
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.recording import cast, film as filming
from fugue_actors.recording.film import Film, Scene
from fugue_actors.recording.rows import text_of

COLUMNS, LINES = 12, 4
chars = st.sampled_from("ab 漢é│\u0301👍🏽\t\x1b")
colours = st.sampled_from(["default", "red", "ff8800"])
run = st.builds(
    lambda text, fg, bold: {"text": text, "fg": fg, "bold": bold},
    st.text(chars, max_size=5),
    colours,
    st.booleans(),
)
rows = st.dictionaries(st.integers(0, LINES - 1), st.lists(run, max_size=2), max_size=3)


def screen(
    changed: dict[int, Any], *, full: bool = False, columns: int = COLUMNS
) -> bytes:
    """What a viewer is told of a screen."""
    told: dict[str, Any] = {"rows": {str(y): row for y, row in changed.items()}}
    cursor = {"x": 0, "y": 0, "visible": True, "shape": "default"}
    if full:
        told |= {"full": True, "columns": columns, "lines": LINES, "cursor": cursor}
        told |= {"alternate": False, "modes": {}}
        told["rows"] = {str(y): [] for y in range(LINES)} | told["rows"]
    return json.dumps({**told, "next": 1}).encode()


def shown(events: list[cast.Event]) -> list[str]:
    """What a terminal shows that is sent the output."""
    reel = reel_of(events, COLUMNS, LINES)
    return [text_of(reel.rows[n]).rstrip(" ") for n in reel.frames[-1].rows]


def picture(film: Film) -> list[str]:
    """What the film has drawn last."""
    return [row.rstrip(" ") for row in film.canvas.shown]


@settings(untimed, max_examples=80)
@given(st.lists(rows, min_size=1, max_size=6))
def test_the_output_shows_what_the_screens_showed(
    changes: list[dict[int, Any]],
) -> None:
    """After every picture, and from every keyframe on."""
    film, events = Film(), []
    film.see("p1", screen({}, full=True))
    for number, change in enumerate(changes):
        film.see("p1", screen(change))
        events += film.shot(number * 6.0)
        assert shown(events) == picture(film)
    tape = tape_of(file_of(events, COLUMNS, LINES))
    for number in reversed(range(len(events))):
        at = events[number].at
        tape.show(at)
        expected = shown([event for event in events if event.at <= at])
        drawn = [text_of(runs).rstrip(" ") for runs in tape.projector.runs()]
        assert drawn == expected


def test_nothing_is_written_for_a_picture_that_is_the_same() -> None:
    """A program that draws the same again costs no disk."""
    film = Film()
    film.see("p1", screen({0: [{"text": "a"}]}, full=True))
    assert [event.code for event in film.shot(0.0)] == ["r", "o", "k"]
    film.see("p1", screen({0: [{"text": "a"}]}))
    assert film.shot(1.0) == []


def test_a_keyframe_comes_after_so_much_time_or_output() -> None:
    """Whoever seeks draws ten seconds, or a quarter of a megabyte, at most."""
    film = Film()
    film.see("p1", screen({}, full=True))
    film.shot(0.0)
    codes = []
    for number in range(1, 25):
        film.see("p1", screen({0: [{"text": str(number)}]}))
        codes.append([event.code for event in film.shot(float(number))])
    assert [n for n, found in enumerate(codes, 1) if "k" in found] == [10, 20]
    film.since_keyframe = filming.KEYFRAME_BYTES
    film.see("p1", screen({0: [{"text": "more"}]}))
    assert [event.code for event in film.shot(25.0)] == ["o", "k"]


def test_another_size_is_told_and_painted_whole() -> None:
    """What a terminal shows after a resize nobody can know."""
    film = Film()
    film.see("p1", screen({0: [{"text": "a"}]}, full=True))
    film.shot(0.0)
    film.see("p1", screen({0: [{"text": "b"}]}, full=True, columns=COLUMNS + 3))
    resize, output, keyframe = film.shot(1.0)
    assert (resize.code, resize.data) == ("r", f"{COLUMNS + 3}x{LINES}")
    assert (output.code, keyframe.code) == ("o", "k")


def scene(*panes: tuple[str, Rectangle], active: str = "p1") -> Scene:
    """Panes in a picture of the usual size."""
    return Scene(columns=COLUMNS, lines=LINES, panes=panes, active=active)


def test_panes_stand_beside_each_other_with_a_line_between() -> None:
    """As a person sees them who is attached."""
    film = Film()
    left, right = Rectangle(0, 0, 5, LINES), Rectangle(6, 0, 6, LINES)
    film.arrange(scene(("p1", left), ("p2", right)))
    assert film.shot(0.0) == []  # nobody has said yet what they show
    film.see("p1", screen({0: [{"text": "left"}]}, full=True))
    film.see("p2", screen({0: [{"text": "right and beyond"}]}, full=True))
    first, *_ = shown(film.shot(0.0))
    assert (first[:5], first[6:]) == ("left ", "right ".rstrip())
    assert first[5] in "│┃"


def test_a_pane_that_left_the_picture_is_seen_no_more() -> None:
    """The focus went to another window of the session."""
    film = Film()
    whole = Rectangle(0, 0, COLUMNS, LINES)
    film.arrange(scene(("p1", whole)))
    film.see("p1", screen({0: [{"text": "one"}]}, full=True))
    events = film.shot(0.0)
    film.arrange(scene(("p2", whole), active="p2"))
    film.see("p2", screen({1: [{"text": "two"}]}, full=True))
    events += film.shot(1.0)
    assert shown(events)[:2] == ["", "two"]
