"""The numbers of panes, and the clock."""

from __future__ import annotations

from modelkit import model_of

from fugue_actors.drawing import PLAIN, Canvas
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.bigdigits import Clock, PaneNumbers, draw_large
from fugue_actors.tui.events import Focus, Key
from fugue_actors.tui.modes import Close, Run
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


def client() -> State:
    """A client of a window with two panes."""
    return State(model_of(("ann", [["a", "b"]])), Settings(), columns=41, lines=7)


def test_each_pane_shows_its_number_and_size() -> None:
    """Large, in its middle; and it is gone by itself after a while."""
    state = client()
    canvas = Canvas(41, 7)
    mode = PaneNumbers(state=state)
    assert mode.draw(canvas, state.area) is None
    assert "20x6" in canvas.shown[0][:20]
    assert "███" in canvas.shown[0][:20]
    assert "██" in canvas.shown[1][21:]
    assert mode.expires is not None


def test_the_key_of_a_number_goes_there_and_any_other_ends_it() -> None:
    """What is no key does neither."""
    mode = PaneNumbers(state=client())
    assert list(mode.key(Key("1", "1"))) == [Close(), Run("select-pane -t :.1")]
    assert list(mode.key(Key("7", "7"))) == [Close()]
    assert list(mode.key(Key("x", "x"))) == [Close()]
    assert list(mode.key(Focus(is_in=True))) == []


def test_a_clock_is_there_until_a_key() -> None:
    """It hides what is below it."""
    state = client()
    state.clock = "12:34"
    mode = Clock(state=state)
    canvas = Canvas(20, 6)
    canvas.text(0, 5, "below")
    mode.draw(canvas, Rectangle(0, 0, 20, 6))
    assert "███" in canvas.shown[0]
    assert canvas.shown[5].strip() == ""
    assert list(mode.key(Key("x", "x"))) == [Close()]


def test_where_there_is_no_room_digits_are_as_usual() -> None:
    """And nothing is drawn beyond the area."""
    canvas = Canvas(20, 6)
    draw_large(canvas, Rectangle(2, 2, 4, 3), "12:34", PLAIN)
    assert canvas.shown[3].strip() == "12:…"
