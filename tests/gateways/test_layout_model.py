"""Whatever is asked of windows and panes: what is answered, shown and true is one.

Hypothesis makes up requests of the control protocol; each is answered before the next.
After each, what a client is told of the windows can be drawn, and the terminals are as
large as they are drawn. Whatever is refused changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import trio
from actorkit import open_world
from gatewaykit import ControlLine, Gate
from hypothesis import example, given, settings, strategies as st
from strategies import untimed
from trio.testing import MockClock

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Session

PRESETS: Final = (
    *("even-horizontal", "even-vertical", "main-horizontal", "main-vertical"),
    *("tiled", "next", "previous"),
)
SIDES: Final = ("left", "right", "up", "down")
DIRECTIONS: Final = ("vertical", "horizontal")
RENUMBERS: Final = ("move_window", "swap_windows")
KINDS: Final = (
    *("split", "split", "new", "build", "extend", "close", "close window"),
    *("cells", "lines", "share", "border", "edge", "window size"),
    *("zoom", "zoom", "zoom", "unzoom", "focus", "focus window"),
    *("move", "break", "swap", "rotate", "arrange", "number", "swap windows"),
    *("name", "name window", "rename"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 99), st.integers(0, 99)),
    max_size=25,
)

Window = dict[str, Any]


@attrs.frozen
class Seen:
    """A session's windows as a client is told of them, and how large its terminals are."""

    name: str
    windows: tuple[Window, ...]
    sizes: dict[str, tuple[int, int]]

    @property
    def shown(self) -> set[str]:
        """The panes that windows show."""
        return {area["pane_id"] for window in self.windows for area in window["panes"]}

    @property
    def panes(self) -> list[str]:
        """All panes, in the order in which windows show them."""
        return [pane for window in self.windows for pane in panes_of(window)]


class Model:
    """One session, and a person who asks for one thing after the other."""

    def __init__(self, gate: Gate, ann: Session, line: ControlLine) -> None:
        self.gate = gate
        self.ann = ann
        self.line = line
        self.number = 0

    async def look(self) -> Seen:
        """How it is now."""
        shown = await self.line.call("get_layout", session=self.ann.session_id)
        world = self.gate.world
        return Seen(
            shown["session_name"],
            tuple(shown["windows"]),
            {pane: world.host(pane).size for pane in world.machine.living},
        )

    async def step(self, kind: str, first: int, second: int) -> bool:
        """Ask for one thing; returns whether the session is still there."""
        before = await self.look()
        request, arguments = self.request(before, kind, first, second)
        answer = await self.line.call(request, **arguments)
        if answer.get("session_ended"):
            assert self.gate.world.machine.living == []
            return False
        after = await self.look()
        check(after)
        if "code" in answer:
            assert answer["code"] in ("InvalidArgument", "SessionNameExists"), answer
            assert after == before
            return True
        check_step(before, after, request)
        if "windows" in answer:
            assert tuple(answer["windows"]) == after.windows
        elif "x" in answer and answer["pane_id"] in after.shown:
            stands = answer["columns"], answer["lines"]
            assert stands == after.sizes[answer["pane_id"]]
        return True

    def request(
        self, seen: Seen, kind: str, first: int, second: int
    ) -> tuple[str, dict[str, Any]]:
        """What to ask for, with arguments that often mean something."""
        self.number += 1
        one, other = (seen.panes[each % len(seen.panes)] for each in (first, second))
        chosen = seen.windows[first % len(seen.windows)]
        at, pane = {"window": chosen["window_id"]}, {"pane": one}
        session = {"session": self.ann.session_id}
        beside = {"direction": DIRECTIONS[second % 2], "ratio": 0.1 + second % 9 / 10}
        side = SIDES[second % 4]
        below = seen.windows[second % len(seen.windows)]["window_id"]
        tree = {
            "direction": DIRECTIONS[first % 2],
            "splits": [{"layout": {"pane": {}}}] * 2,
        }
        found: dict[str, tuple[str, dict[str, Any]]] = {
            "split": ("split_pane", {**pane, **beside, "focus": first % 3 == 0}),
            "new": ("new_window", {**session, "name": f"n{self.number}"}),
            "build": ("create_layout", {**session, "layout": tree, "lines": 3}),
            "extend": ("create_layout", {**session, "layout": tree, **at}),
            "close": ("close_pane", pane),
            "close window": ("close_window", {**session, **at}),
            "cells": ("resize_pane", {**pane, "columns": 2 + second}),
            "lines": ("resize_pane", {**pane, "lines": 1 + second % 30}),
            "share": ("resize_pane", {**pane, "delta": second / 100 - 0.5}),
            "border": ("resize_pane", {**pane, "border": side, "cells": 1 + first % 9}),
            "edge": ("resize_pane", {**pane, "edge": side, "at": second}),
            "window size": (
                "resize_window",
                {**session, **at, "columns": 2 + second, "lines": 1 + second % 40},
            ),
            "zoom": ("zoom_pane", pane),
            "unzoom": ("zoom_pane", {**pane, "zoomed": bool(second % 2)}),
            "focus": ("focus_pane", pane),
            "focus window": ("focus_window", {**session, **at}),
            "move": ("move_pane", {**pane, "beside": other, **beside}),
            "break": ("move_pane", {**pane, "focus": bool(second % 2)}),
            "swap": ("swap_panes", {**pane, "other": other}),
            "rotate": ("rotate_window", {**session, **at, "back": bool(second % 2)}),
            "arrange": (
                "arrange_window",
                {**session, **at, "preset": PRESETS[second % len(PRESETS)]},
            ),
            "number": (
                "move_window",
                {**session, **at, "number": second % 9, "insert": bool(first % 2)},
            ),
            "swap windows": ("swap_windows", {**session, **at, "other": below}),
            "name": ("rename_pane", {**pane, "name": f"name{second % 3}"}),
            "name window": ("rename_window", {**session, **at, "name": f"w{second}"}),
            "rename": ("rename_session", {**session, "name": f"ann-{second % 3}"}),
        }
        return found[kind]


def panes_of(window: Window) -> list[str]:
    """All panes of a window, hidden ones too."""
    return [area["pane_id"] for area in window.get("tiles", window["panes"])]


def tree_of(shape: dict[str, Any]) -> Any:
    """How the panes of a window follow each other."""
    if "pane" in shape:
        return shape["pane"]["pane_id"]
    parts = [tree_of(each["layout"]) for each in shape["splits"]]
    return [shape["direction"], *parts]


def leaves(tree: Any) -> list[str]:
    """The panes of a tree."""
    if isinstance(tree, str):
        return [tree]
    return [pane for part in tree[1:] for pane in leaves(part)]


# ---- what holds always


def check(seen: Seen) -> None:
    """All that a client relies on."""
    numbers = [window["number"] for window in seen.windows]
    assert numbers == sorted(set(numbers))
    assert [window["focused"] for window in seen.windows].count(True) == 1
    assert sorted(seen.panes) == sorted(seen.sizes)
    for window in seen.windows:
        panes = panes_of(window)
        assert leaves(tree_of(window["layout"])) == panes
        assert window["pane_id"] in panes
        assert window["zoomed"] in (None, window["pane_id"])
        check_fills(window, window.get("tiles", window["panes"]))
        if window["zoomed"] is not None:
            assert len(panes) > 1
            (area,) = window["panes"]
            assert area["pane_id"] == window["zoomed"]
            place = tuple(area[key] for key in ("x", "y", "columns", "lines"))
            assert place == (0, 0, window["columns"], window["lines"])
        for area in window["panes"]:
            assert seen.sizes[area["pane_id"]] == (area["columns"], area["lines"])
            assert area["focused"] == (area["pane_id"] == window["pane_id"])


def check_fills(window: Window, areas: list[dict[str, Any]]) -> None:
    """Panes and the lines between them cover the window, and no two each other."""
    taken: set[tuple[int, int]] = set()
    around: set[tuple[int, int]] = set()
    for area in areas:
        right, below = area["x"] + area["columns"], area["y"] + area["lines"]
        cells = {
            (x, y) for x in range(area["x"], right) for y in range(area["y"], below)
        }
        assert not cells & taken
        taken |= cells
        around |= {(right, y) for y in range(area["y"], below + 1)}
        around |= {(x, below) for x in range(area["x"], right)}
    every = {(x, y) for x in range(window["columns"]) for y in range(window["lines"])}
    assert taken <= every
    assert every - taken <= around


def check_step(before: Seen, after: Seen, request: str) -> None:
    """What holds from one moment to the next."""
    known = {window["window_id"]: window for window in before.windows}
    for window in after.windows:
        old = known.get(window["window_id"])
        if old is None:
            continue
        if request not in RENUMBERS:
            assert window["number"] == old["number"]
        is_same = (old["pane_id"], tree_of(old["layout"])) == (
            window["pane_id"],
            tree_of(window["layout"]),
        )
        if not is_same and request != "zoom_pane":
            assert window["zoomed"] is None
        was_hidden = hidden(old) & hidden(window)
        assert {p: after.sizes[p] for p in was_hidden} == {
            p: before.sizes[p] for p in was_hidden
        }


def hidden(window: Window) -> set[str]:
    """The panes that it does not show."""
    return set(panes_of(window)) - {area["pane_id"] for area in window["panes"]}


async def story(steps: list[tuple[str, int, int]]) -> None:
    with trio.fail_after(100_000):
        async with open_world() as world:
            gate = Gate(world)
            ann = await gate.agent("ann")
            await world.session("ann-1")
            model = Model(gate, ann, await gate.control())
            for step in steps:
                if not await model.step(*step):
                    break
            for end in gate.ends:
                await trio.aclose_forcefully(end)


@settings(untimed, max_examples=40)
@example([("split", 0, 0), ("zoom", 0, 0), ("window size", 0, 50), ("close", 1, 0)])
@example([("split", 0, 0), ("zoom", 0, 0), ("lines", 1, 0)])
@example([("split", 0, 0), ("zoom", 0, 0), ("extend", 0, 0), ("unzoom", 0, 1)])
@given(STEPS)
def test_after_every_request_what_is_answered_shown_and_true_is_one(
    steps: list[tuple[str, int, int]],
) -> None:
    """For whoever draws it, and for the programs in it."""
    trio.run(story, steps, clock=MockClock(autojump_threshold=0))
