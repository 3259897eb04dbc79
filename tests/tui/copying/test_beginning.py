"""How copy mode begins: by a command, by the wheel, by a drag and by several clicks."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from modelkit import model_of

from fugue_actors.errors import Refused
from fugue_actors.tui import mouse
from fugue_actors.tui.commands import execute
from fugue_actors.tui.copying.mode import CopyMode
from fugue_actors.tui.events import LEFT, NO_BUTTON, WHEEL_DOWN, WHEEL_UP, Mouse
from fugue_actors.tui.modes import Close, Open, Request, Run
from fugue_actors.tui.mouse import CLICK_SECONDS, Clicks
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


class Client:
    """A client of a window with two panes next to each other, and its mouse."""

    def __init__(self, **settings: Any) -> None:
        self.state = State(model_of(("ann", [["a", "b"]])), Settings(**settings))
        self.requests: list[Request] = []

    def do(self, actions: Any) -> None:
        """What the loop of attach would do."""
        for action in actions:
            match action:
                case Run(text):
                    self.do(execute(self.state, text))
                case Open(mode, pane_id):
                    self.state.pane_modes[pane_id] = mode
                case Close(mode):
                    self.state.close(mode)
                case Request():
                    self.requests.append(action)

    def point(
        self, kind: Any, pane: str, x: int, y: int, button: int = LEFT, clicks: int = 1
    ) -> None:
        """The mouse, at a cell of a pane."""
        area = next(each for each in self.state.areas if each["pane_id"] == pane)
        event = Mouse(
            kind=kind,
            button=button,
            x=area["x"] + x,
            y=area["y"] + y + self.state.area.y,
            clicks=clicks,
        )
        self.do(mouse.handle(self.state, event))

    def mode(self, pane: str = "pa") -> CopyMode | None:
        """Copy mode of a pane."""
        mode = self.state.pane_modes.get(pane)
        assert mode is None or isinstance(mode, CopyMode)
        return mode

    def todo(self, pane: str = "pa") -> list[tuple[str, ...]]:
        """What is to be done there once there are lines."""
        mode = self.mode(pane)
        assert mode is not None
        return [(each.name, *each.arguments) for each in mode.todo]


def test_the_command_asks_for_the_lines_of_its_pane() -> None:
    """And gives the mode the keys that the user wants."""
    client = Client(mode_keys="vi")
    client.do(execute(client.state, "copy-mode -u"))
    mode = client.mode()
    assert mode is not None
    assert mode.table == "copy-mode-vi"
    [request] = client.requests
    assert (request.name, request.asker) == ("read_lines", mode)
    assert request.args["pane"] == "pa"
    assert client.todo() == [("page-up",)]
    client.do(execute(client.state, "copy-mode"))
    assert client.mode() is mode
    client.do(execute(client.state, "copy-mode -q"))
    assert client.mode() is None


def test_a_click_begins_nothing_and_a_drag_does_where_the_button_went_down() -> None:
    """A click only chooses a pane; what is dragged over is selected from its start."""
    client = Client()
    client.point("press", "pb", 3, 2)
    client.point("release", "pb", 3, 2)
    assert client.mode("pb") is None
    assert client.state.pane_id == "pb"
    client.point("press", "pb", 3, 2)
    client.point("move", "pb", 4, 2)
    assert client.todo("pb") == [
        ("cursor-to", "3", "2"),
        ("begin-selection",),
        ("cursor-to", "4", "2"),
    ]
    client.point("move", "pa", 0, 0)  # the button is held, so it is still its pane's
    assert client.mode("pa") is None
    name, x, _ = client.todo("pb")[-1]
    assert (name, int(x) < 0) == ("cursor-to", True)
    client.point("release", "pa", 0, 0)
    assert client.todo("pb")[-1] == ("copy-selection-and-cancel",)
    assert client.state.held is None


@pytest.mark.parametrize(("clicks", "name"), [(2, "select-word"), (3, "select-line")])
def test_several_clicks_select_a_word_or_a_line(clicks: int, name: str) -> None:
    """Without copy mode having been begun before."""
    client = Client()
    client.point("press", "pa", 3, 2, clicks=clicks)
    client.point("release", "pa", 3, 2)
    assert client.todo() == [
        ("cursor-to", "3", "2"),
        (name,),
        ("copy-selection-and-cancel",),
    ]


def test_the_wheel_begins_upwards_and_scrolls_at_once() -> None:
    """Downwards there is nothing to see."""
    client = Client()
    client.point("wheel", "pb", 3, 2, button=WHEEL_DOWN)
    assert client.mode("pb") is None
    client.point("wheel", "pb", 3, 2, button=WHEEL_UP)
    mode = client.mode("pb")
    assert mode is not None
    assert mode.leaves_at_bottom
    assert client.todo("pb") == [("scroll-up",)]
    assert client.state.held is None


def test_a_button_that_was_let_go_elsewhere_is_not_held_for_ever() -> None:
    """A terminal that did not tell must not lead to a selection much later."""
    client = Client()
    client.point("press", "pa", 3, 2)
    client.point("move", "pa", 9, 9, button=NO_BUTTON)
    client.point("move", "pa", 9, 8)
    assert client.mode() is None


def test_clicks_count_at_one_cell_shortly_after_each_other() -> None:
    """The fourth one is a first one again."""
    press = Mouse(kind="press", button=LEFT, x=3, y=4)
    clicks = Clicks()
    counts = [clicks.counted(press, at / 10).clicks for at in range(5)]
    assert counts == [1, 2, 3, 1, 2]
    assert clicks.counted(press, 0.5 + CLICK_SECONDS).clicks == 1
    assert clicks.counted(attrs.evolve(press, x=5), 0.95).clicks == 1
    release = attrs.evolve(press, kind="release")
    assert clicks.counted(release, 1.0) is release


def test_what_is_no_command_of_copy_mode_is_refused_with_what_was_meant() -> None:
    """Who binds keys is told of a mistake when the key is pressed."""
    client = Client()
    client.do(execute(client.state, "copy-mode"))
    mode = client.mode()
    assert mode is not None
    page = {
        "columns": 80,
        "lines": 2,
        "oldest": 0,
        "screen": 0,
        "end": 2,
        "first": 0,
        "cursor": {"line": 0, "column": 0},
        "rows": [[], []],
    }
    client.do(mode.answered(client.requests[0], page))
    with pytest.raises(Refused, match="no 'cursor-upp'") as refused:
        client.do(execute(client.state, "send-keys -X cursor-upp"))
    assert refused.value.hint == "is it cursor-up?"
    client.do(execute(client.state, "send-keys -X cursor-down"))
    assert mode.machine is not None
    assert mode.machine.cursor.line == 1
