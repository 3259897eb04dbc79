"""What programs copy reaches the outer terminal from the pane with the keyboard alone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import trio
from modelkit import model_of
from trio.testing import wait_all_tasks_blocked

from fugue_actors.client.model import Screen
from fugue_actors.errors import Refused
from fugue_actors.tui.clipboard import MOST_BYTES, Clipboard
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State


class Room:
    """A client with two panes, beside a daemon that says what their programs copied."""

    def __init__(
        self, setting: Literal["external", "on"], *, is_read_only: bool = False
    ) -> None:
        settings = Settings(set_clipboard=setting, is_read_only=is_read_only)
        self.state = State(model_of(("one", [["a", "b"]])), settings)
        self.state.go_to_pane("pa")
        self.texts: dict[str, str | None] = {}
        self.asked: list[str] = []
        self.copied: list[str] = []
        self.answers = trio.Event()
        self.answers.set()
        self.clipboard = Clipboard(self.state, self.request, self.copied.append)
        self.clipboard.look()

    async def request(self, name: str, **args: Any) -> dict[str, Any]:
        assert (name, args["clipboard"]) == ("read_pane", True)
        self.asked.append(args["pane"])
        await self.answers.wait()
        if args["pane"] not in self.texts:
            raise Refused("PaneNotFound", "it is gone")
        return {"clipboard": self.texts[args["pane"]]}

    def copy(self, pane_id: str, text: str | None) -> None:
        """A program copies something, and the client is told that it did."""
        self.texts[pane_id] = text
        head = self.state.model.screens[pane_id].head
        head["copies"] = head.get("copies", 0) + 1
        self.clipboard.look()

    def told_anew(self, pane_id: str, copies: int) -> None:
        """The screen comes whole."""
        old = self.state.model.screens[pane_id]
        head = {**old.head, "copies": copies}
        self.state.model.screens[pane_id] = Screen(head, old.rows)  # type: ignore[arg-type] # no key is lost
        self.clipboard.look()


async def settled(room: Room) -> list[str]:
    """What reached the outer terminal."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.clipboard.run)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel("settled")
    return room.copied


async def test_what_the_program_with_the_keyboard_copies_is_passed_on() -> None:
    """Each time, the newest if there were several."""
    room = Room("on")
    room.copy("pa", "first")
    assert await settled(room) == ["first"]
    room.copy("pa", "second")
    room.copy("pa", "third")
    assert await settled(room) == ["first", "third"]
    assert room.asked == ["pa", "pa"]


@pytest.mark.parametrize(
    ("setting", "is_read_only"), [("external", False), ("on", True)]
)
async def test_unless_it_is_wanted_nothing_is_even_asked_for(
    setting: Literal["external", "on"], is_read_only: bool
) -> None:
    """Nothing that merely runs may change what its user pastes elsewhere."""
    room = Room(setting, is_read_only=is_read_only)
    room.copy("pa", "mine")
    assert await settled(room) == []
    assert room.asked == []


async def test_a_program_without_the_keyboard_copies_for_nobody() -> None:
    """Neither then, nor when somebody comes to it later."""
    room = Room("on")
    room.copy("pb", "hidden")
    room.state.go_to_pane("pb")
    room.clipboard.look()
    assert await settled(room) == []
    room.copy("pb", "seen")
    assert await settled(room) == ["seen"]


async def test_what_was_copied_while_nobody_looked_stays_there() -> None:
    """A screen that comes into view again is told whole, with all that it counted."""
    room = Room("on")
    room.texts["pa"] = "old"
    room.told_anew("pa", copies=7)
    assert await settled(room) == []
    room.copy("pa", "new")
    assert await settled(room) == ["new"]


async def test_who_has_left_meanwhile_gets_nothing() -> None:
    """The text belongs to where the keyboard was."""
    room = Room("on")
    room.answers = trio.Event()
    room.copy("pa", "late")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.clipboard.run)
        await wait_all_tasks_blocked()
        assert room.asked == ["pa"]
        room.state.go_to_pane("pb")
        room.answers.set()
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel("settled")
    assert room.copied == []


async def test_what_is_too_long_or_gone_or_nothing_is_left_out() -> None:
    """And what comes after it is not."""
    room = Room("on")
    room.copy("pa", "x" * (MOST_BYTES + 1))
    assert await settled(room) == []
    room.copy("pa", None)
    assert await settled(room) == []
    room.copy("pa", "gone")
    del room.texts["pa"]
    assert await settled(room) == []
    room.copy("pa", "x" * MOST_BYTES)
    assert await settled(room) == ["x" * MOST_BYTES]
