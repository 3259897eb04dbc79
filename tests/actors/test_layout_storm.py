"""Whatever happens at once, and whoever crashes: in the end every pane has its place.

Hypothesis makes up what agents, programs and bugs do to one session, some of it at the
same moment; afterwards journal, layout, hosts and terminals have to agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from actorkit import World, a_pane, open_world
from hypothesis import example, given, strategies as st
from strategies import examples
from trio.testing import MockClock

from fugue_actors.actors import fleet, layouts, session as sessions, windows
from fugue_actors.errors import FugueError
from fugue_actors.protocol.layout import Leaf, Part, Split, Window

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Session

CALM = 300.0
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("split", "split", "build", "bad", "close", "size", "share"),
                *("move", "swap", "exit", "die", "crash session", "crash panes"),
                *("zoom", "zoom", "arrange", "rotate", "number", "window size"),
                *("close window", "rename", "border"),
                *("crash pane", "crash fleet"),
            ]
        ),
        st.integers(0, 99),
        st.integers(0, 99),
        st.sampled_from([0.0, 0.0, 0.001, 0.15, 7.0]),
    ),
    max_size=14,
)


class Storm:
    """One session and what is done to it."""

    def __init__(self, world: World, ann: Session) -> None:
        self.world = world
        self.ann = ann
        self.number = 1

    @property
    def panes(self) -> list[str]:
        """The panes that have a place now."""
        return list(self.world.journal.state.layout_of(self.ann.session_id).pane_ids)

    @property
    def windows(self) -> list[str]:
        """The windows there are now."""
        layout = self.world.journal.state.layout_of(self.ann.session_id)
        return [window.window_id for window in layout.windows]

    async def attempt(self, kind: str, first: int, second: int) -> None:
        """Do one thing; being refused is fine."""
        try:
            await self.do(kind, first, second)
        except FugueError:
            return

    async def do(self, kind: str, first: int, second: int) -> None:
        if not self.panes:
            return
        one, other = (self.panes[n % len(self.panes)] for n in (first, second))
        direction: Any = ("vertical", "horizontal")[second % 2]
        beside = layouts.Beside(pane_id=one, direction=direction, ratio=0.5)
        match kind:
            case "split":
                await self.place(beside, self.named(1))
            case "build" | "bad":
                ids = self.named(3)
                parts = tuple(Part(ratio=1 / 3, node=Leaf(pane_id=i)) for i in ids)
                window = Window(
                    window_id=f"w-{ids[0]}",
                    columns=80,
                    lines=24,
                    focus=ids[0],
                    root=Split(direction=direction, parts=parts),
                )
                await self.place((window,), ids, is_bad=kind == "bad")
            case "close":
                await fleet.close_pane(self.world.fleet, self.ann.session_id, one)
            case "size":
                await self.arrange(
                    layouts.SizePane(pane_id=one, columns=first, lines=second)
                )
            case "share":
                await self.arrange(
                    layouts.SharePane(pane_id=one, direction=None, delta=0.2)
                )
            case "move":
                to = None if second % 3 == 0 else beside
                await self.arrange(layouts.MovePane(pane_id=other, beside=to))
            case "swap":
                await self.arrange(layouts.SwapPanes(one=one, other=other))
            case "zoom":
                on = (None, True, False)[second % 3]
                await self.arrange(layouts.ZoomPane(pane_id=one, on=on))
            case "border":
                sides: tuple[Any, ...] = ("left", "right", "up", "down")
                await self.arrange(
                    layouts.MoveBorder(pane_id=one, towards=sides[second % 4], cells=3)
                )
            case "rename":
                name = f"ann-{second}"
                await fleet.rename(self.world.fleet, self.ann.session_id, name)
            case "arrange" | "rotate" | "number" | "window size" | "close window":
                await self.do_to_window(kind, self.windows[first % len(self.windows)])
            case "exit":
                self.world.host(one).end_program(0)
            case "die":
                if one in self.world.machine.living:
                    self.world.host(one).die()
            case _:
                self.crash(kind.removeprefix("crash "), one)

    async def do_to_window(self, kind: str, window_id: str) -> None:
        match kind:
            case "arrange":
                await self.arrange(
                    windows.ArrangeWindow(window_id=window_id, preset="next")
                )
            case "rotate":
                await self.arrange(windows.RotateWindow(window_id=window_id))
            case "number":
                await self.arrange(
                    windows.MoveWindow(window_id=window_id, number=0, insert=True)
                )
            case "window size":
                await self.arrange(
                    windows.SizeWindow(window_id=window_id, columns=61, lines=21)
                )
            case "close window":
                await fleet.close_window(
                    self.world.fleet, self.ann.session_id, window_id
                )

    def named(self, count: int) -> tuple[str, ...]:
        """Ids of panes that are to be."""
        self.number += count
        return tuple(f"p{self.number - count + n + 1}" for n in range(count))

    async def place(
        self, place: Any, ids: tuple[str, ...], *, is_bad: bool = False
    ) -> None:
        commands = ["sh"] * len(ids)
        if is_bad:
            commands[-1] = "nope"
        panes = tuple(
            a_pane(self.ann, pane_id, argv=(command,))
            for pane_id, command in zip(ids, commands, strict=True)
        )
        await self.arrange(layouts.PlacePanes(panes=panes, place=place))

    async def arrange(self, request: layouts.Arrange) -> None:
        await layouts.arrange(self.world.actor(self.ann), request)

    def crash(self, whom: str, pane: str) -> None:
        below = f"{sessions.SESSIONS}/{self.ann.session_id}"
        path = {
            "session": f"{below}/session",
            "panes": f"{below}/panes",
            "pane": f"{below}/panes/{pane}",
            "fleet": fleet.PATH,
        }[whom]
        ref = self.world.kernel.registry.whereis(path)
        if ref is not None and ref.status == "running":
            self.world.kernel.crash(ref, RuntimeError("injected"))

    def check(self) -> None:
        """All that must hold when it is calm again."""
        state = self.world.journal.state
        living = set(self.world.machine.living)
        if self.ann.session_id not in state.sessions:
            assert (state.panes, state.layouts, living) == ({}, {}, set())
            return
        panes = {pane.pane_id: pane for pane in state.panes.values()}
        layout = state.layout_of(self.ann.session_id)
        assert panes
        assert sorted(layout.pane_ids) == sorted(panes)
        assert not any(pane.draft for pane in panes.values())
        assert living <= set(panes)
        assert living >= {p for p, pane in panes.items() if pane.state == "running"}
        for pane_id in panes:
            assert self.world.pane_actor(self.ann, pane_id).status == "running"
        for pane_id, area in layouts.drawn(layout).items():
            if pane_id in living:
                assert self.world.host(pane_id).size == (area.columns, area.lines)


async def storm(steps: list[tuple[str, int, int, float]]) -> None:
    with trio.fail_after(100_000):
        async with open_world() as world:
            ann = await world.session("ann")
            await world.pane(ann, "p1", columns=120, lines=40)
            about = Storm(world, ann)
            async with trio.open_nursery() as nursery:
                for kind, first, second, pause in steps:
                    nursery.start_soon(about.attempt, kind, first, second)
                    await trio.sleep(pause)
            await trio.sleep(CALM)
            about.check()


@examples(50)
@example([("crash session", 0, 0, 0.001)] * 4)
@example([("close", 0, 0, 0.0), ("crash panes", 0, 0, 0.0)])
@example([("die", 0, 0, 0.0), ("close", 0, 0, 0.001), ("crash session", 0, 0, 0.0)])
@example(
    [("split", 0, 0, 0.0)] * 2 + [("crash panes", 0, 0, 0.0), ("close", 0, 0, 0.0)]
)
@given(STEPS)
def test_after_any_storm_each_pane_has_its_place_and_its_size(
    steps: list[tuple[str, int, int, float]],
) -> None:
    """No pane without a place, no place without a pane, no draft and no stray host.

    The examples once left a session without actors, a session without panes, and a
    program without a session.
    """
    trio.run(storm, steps, clock=MockClock(autojump_threshold=0))
