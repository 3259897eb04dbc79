"""Screens over a connection: what each viewer is told, and that none costs another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
from gatewaykit import ControlLine, pane_id, plug, stream_pair
from screenkit import Fold
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import panes
from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.monitor import screens as module
from fugue_actors.protocol.events import PaneRestarting

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakehost import FakeHost
    from gatewaykit import Gate

    from fugue_actors.protocol.values import Session


def row(text: str) -> str:
    return f'[{{"text":"{text}"}}]'


class Viewer:
    """A client that watches screens and folds what it is told."""

    def __init__(self, line: ControlLine) -> None:
        self.line = line
        self.folds: dict[str, Fold] = {}
        self.frames: list[dict[str, Any]] = []

    @classmethod
    async def of(cls, gate: Gate, screens: Any = "all", **more: Any) -> Viewer:
        """One that has subscribed."""
        viewer = cls(await gate.control())
        await viewer.subscribe(screens, **more)
        return viewer

    async def subscribe(self, screens: Any = "all", **more: Any) -> None:
        answer = await self.line.call(
            "subscribe", kinds=["screens"], screens=screens, **more
        )
        assert "seq" in answer
        for frame in self.line.got:
            self.take(frame)
        self.line.got.clear()

    def take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        for pane, screen in frame.get("screens", {}).items():
            self.folds.setdefault(pane, Fold()).apply(screen)

    async def wait(self, is_right: Callable[[], bool]) -> None:
        """Take frames until something is the case."""
        while not is_right():
            self.take(await self.line.hear())

    async def wait_shows(self, session: Session, *texts: str) -> None:
        """Take frames until a session's pane shows this."""
        pane = pane_id(session)
        await self.wait(
            lambda: pane in self.folds and self.folds[pane].text == list(texts)
        )


def host(gate: Gate, session: Session) -> FakeHost:
    return gate.world.host(pane_id(session))


@pytest.fixture
async def ann(gate: Gate) -> Session:
    await gate.show_screens()
    ann = await gate.agent("ann")
    host(gate, ann).show(row("hello"), row("there"))
    return ann


async def test_a_viewer_gets_the_whole_screen_and_then_what_changes(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A client needs no emulator, and no second request, to show a pane."""
    viewer = await Viewer.of(gate, [pane_id(ann)])
    await viewer.wait_shows(ann, "hello", "there")
    host(gate, ann).show(row("hello"), row("you"))
    await viewer.wait_shows(ann, "hello", "you")
    assert [frame["seq"] for frame in viewer.frames] == [gate.world.journal.seq] * 2
    first, second = (one["screens"][pane_id(ann)] for one in viewer.frames)
    assert first["full"]
    assert set(first) == {
        *("full", "columns", "lines", "cursor", "alternate", "modes", "rows", "next"),
        *("bells", "copies"),
    }
    assert second == {"rows": {"1": [{"text": "you"}]}, "next": 0}


async def test_nothing_is_read_before_the_first_viewer_and_after_the_last(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A fleet that nobody watches costs nothing for being watchable."""
    here = host(gate, ann)
    await wait_all_tasks_blocked()
    assert here.asked is None
    one, two = await Viewer.of(gate), await Viewer.of(gate)
    await one.wait_shows(ann, "hello", "there")
    await two.wait_shows(ann, "hello", "there")
    await one.line.hang_up()
    here.show(row("still"), row("watched"))
    await two.wait_shows(ann, "still", "watched")
    assert len(gate.mirrors.shared) == 1
    await here.wait_until(lambda: here.asked is not None)
    await two.line.call("unsubscribe")
    await here.wait_until(lambda: here.asked is None)
    assert not gate.mirrors.shared


async def test_who_watches_all_sees_panes_that_come_later(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """And those that are closed leave nothing behind."""
    viewer = await Viewer.of(gate, "all")
    await viewer.wait_shows(ann, "hello", "there")
    bob = await gate.agent("bob")
    host(gate, bob).show(row("new"))
    await viewer.wait_shows(bob, "new")
    closer = await gate.control()
    assert "code" not in await closer.call("close_pane", pane=pane_id(bob))
    assert list(gate.mirrors.shared) == [pane_id(ann)]
    host(gate, ann).show(row("goes"), row("on"))
    await viewer.wait_shows(ann, "goes", "on")


async def test_who_names_a_pane_sees_no_other(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A page that shows one pane is not sent a hundred; what there is not shows nothing."""
    bob = await gate.agent("bob")
    viewer = await Viewer.of(gate, [pane_id(bob), "no such pane"])
    host(gate, ann).show(row("not"), row("for you"))
    host(gate, bob).show(row("for you"))
    await viewer.wait_shows(bob, "for you")
    assert list(viewer.folds) == [pane_id(bob)]
    assert list(gate.mirrors.shared) == [pane_id(bob)]


async def test_a_subscription_that_changes_keeps_what_is_known(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """One more pane in view costs its screen, and not all the others again."""
    bob = await gate.agent("bob")
    host(gate, bob).show(row("bob"))
    viewer = await Viewer.of(gate, [pane_id(ann)])
    await viewer.wait_shows(ann, "hello", "there")
    await viewer.subscribe([pane_id(ann), pane_id(bob)])
    await viewer.wait_shows(bob, "bob")
    assert viewer.folds[pane_id(ann)].count == 1
    await viewer.subscribe([pane_id(bob)])
    await wait_all_tasks_blocked()
    assert list(gate.mirrors.shared) == [pane_id(bob)]
    await viewer.subscribe([pane_id(ann), pane_id(bob)])
    await viewer.wait(lambda: viewer.folds[pane_id(ann)].count == 2)


async def test_what_sessions_are_seen_decides_which_screens_are(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A token for one tag shows no other screens, and follows the tag."""
    bob = await gate.agent("bob", tags=("red",))
    host(gate, bob).show(row("bob"))
    viewer = await Viewer.of(gate, "all", tags=["red"])
    await viewer.wait_shows(bob, "bob")
    assert list(viewer.folds) == [pane_id(bob)]
    line = await gate.control(ann)
    await line.call("set_tags", add=["red"])
    await viewer.wait_shows(ann, "hello", "there")
    await line.call("set_tags", remove=["red"])
    assert list(gate.mirrors.shared) == [pane_id(bob)]


async def test_a_viewer_that_does_not_read_costs_nobody_else(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """The others go on; when it reads again it gets what there is, in one change."""
    streams = stream_pair()
    stuck = Viewer(ControlLine(*await gate.connect(ControlConnection, streams)))
    await stuck.subscribe()
    await stuck.wait_shows(ann, "hello", "there")
    plug(streams[1])
    quick = await Viewer.of(gate)
    for number in range(20):
        host(gate, ann).show(row("hello"), row(str(number)))
        await quick.wait_shows(ann, "hello", str(number))
    assert quick.folds[pane_id(ann)].count == 21
    await stuck.wait_shows(ann, "hello", "19")
    assert stuck.folds[pane_id(ann)].count <= 3


async def test_nobody_is_read_for_who_does_not_read(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A flooding pane with one stuck viewer costs its host nothing more."""
    streams = stream_pair()
    stuck = Viewer(ControlLine(*await gate.connect(ControlConnection, streams)))
    await stuck.subscribe()
    await stuck.wait_shows(ann, "hello", "there")
    plug(streams[1])
    mirror = gate.mirrors.shared[pane_id(ann)].mirror
    for number in range(100):
        host(gate, ann).show(row("hello"), row(str(number)))
        await trio.sleep(0.1)
    assert mirror.version <= 3
    await stuck.wait_shows(ann, "hello", "99")


async def test_a_crash_of_the_pane_s_actor_leaves_every_viewer_with_the_true_screen(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """The next incarnation feeds the same mirror; viewers notice nothing."""
    viewer = await Viewer.of(gate)
    await viewer.wait_shows(ann, "hello", "there")
    await gate.world.crash(gate.world.pane_actor(ann, pane_id(ann)))
    host(gate, ann).show(row("after"), row("it"))
    await viewer.wait_shows(ann, "after", "it")


async def test_a_crash_of_the_actor_of_mirrors_does_so_too(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """Mirrors stand beside the actor that has them fed."""
    viewer = await Viewer.of(gate)
    await viewer.wait_shows(ann, "hello", "there")
    await gate.world.crash(gate.world.kernel.registry.resolve("/connections/mirrors"))
    host(gate, ann).show(row("after"), row("it"))
    await viewer.wait_shows(ann, "after", "it")
    bob = await gate.agent("bob")
    host(gate, bob).show(row("new"))
    await viewer.wait_shows(bob, "new")


async def test_a_program_that_is_started_again_is_shown(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """It has a host of its own, of which the viewer gets the whole difference."""
    viewer = await Viewer.of(gate)
    await viewer.wait_shows(ann, "hello", "there")
    host(gate, ann).end_program(1)
    await wait_all_tasks_blocked()
    await gate.world.journal.record(
        PaneRestarting(pane_id=pane_id(ann), session_id=ann.session_id, streak=1)
    )
    await panes.start_again(gate.world.pane_actor(ann, pane_id(ann)))
    host(gate, ann).show(row("second"), row("run"))
    await viewer.wait_shows(ann, "second", "run")


async def test_many_screens_come_in_several_frames(
    autojump_clock: MockClock,
    gate: Gate,
    ann: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frame stays small enough for every wire, and every screen has its turn."""
    monkeypatch.setattr(module, "FRAME_BYTES", 1000)
    others = [await gate.agent(f"agent-{number}") for number in range(5)]
    for other in others:
        host(gate, other).show(row("x" * 400))
    await (await Viewer.of(gate)).wait_shows(others[0], "x" * 400)
    viewer = await Viewer.of(gate)
    for other in others:
        await viewer.wait_shows(other, "x" * 400)
    sizes = [len(frame["screens"]) for frame in viewer.frames]
    assert len(sizes) > 1
    assert sum(sizes) <= 6


async def test_who_starts_over_gets_whole_screens_again(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A client that was told to forget everything cannot do with changes."""
    viewer = await Viewer.of(gate)
    await viewer.wait_shows(ann, "hello", "there")
    (source,) = gate.feed.sources[0].__self__.sources  # type: ignore[attr-defined]
    source.start_over()
    await viewer.wait(lambda: viewer.folds[pane_id(ann)].count == 2)
    assert viewer.frames[-1]["screens"][pane_id(ann)]["full"]


async def test_frames_are_fewer_while_the_daemon_is_busy(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A round of telling viewers that took long is followed by twice as long without."""
    viewer = await Viewer.of(gate)
    await viewer.wait_shows(ann, "hello", "there")
    here = host(gate, ann)
    await here.wait_until(lambda: here.asked is not None)
    here.show(row("a round"), row("begins"))
    await viewer.wait_shows(ann, "a round", "begins")
    gate.mirrors.shared[pane_id(ann)].rest(5.0)
    began = trio.current_time()
    here.show(row("after"), row("it"))
    await viewer.wait_shows(ann, "after", "it")
    assert began + 10 <= trio.current_time() <= began + 11


async def test_a_slow_viewer_gets_what_there_is_when_its_turn_comes(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """Not what there was after its last turn: the pane is read when it is to be told."""
    slow = await Viewer.of(gate, rate=1)
    await slow.wait_shows(ann, "hello", "there")
    host(gate, ann).show(row("first"), row("change"))
    await slow.wait_shows(ann, "first", "change")
    began = trio.current_time()
    for number in range(9):
        await trio.sleep(0.1)
        host(gate, ann).show(row("later"), row(str(number)))
    await slow.wait_shows(ann, "later", "8")
    assert slow.folds[pane_id(ann)].count == 3
    assert trio.current_time() - began < 1.1


async def test_a_screen_is_read_as_often_as_its_quickest_viewer_wants(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """Thumbnails of a hundred panes cost what thumbnails need, until somebody looks closer."""
    slow = await Viewer.of(gate, rate=2)
    await slow.wait_shows(ann, "hello", "there")
    timing = gate.mirrors.shared[pane_id(ann)].mirror.timing
    assert timing.period == 1 / 2
    quick = await Viewer.of(gate)
    await quick.wait_shows(ann, "hello", "there")
    assert timing.period == 1 / 30
    await quick.subscribe(rate=5)
    await wait_all_tasks_blocked()
    assert timing.period == 1 / 5
    await quick.line.hang_up()
    assert timing.period == 1 / 2


async def test_the_echo_of_what_one_types_waits_for_no_turn(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """Not for the next look at that screen either; but other screens are told as ever."""
    bob = await gate.agent("bob")
    typing, watching = await Viewer.of(gate, rate=1), await Viewer.of(gate, rate=1)
    for viewer in (typing, watching):
        await viewer.wait_shows(ann, "hello", "there")
    await wait_all_tasks_blocked()
    began = trio.current_time()
    for number in range(3):
        host(gate, bob).show(row("much"), row(f"output {number}"))
        await typing.line.call("send_input", pane=pane_id(ann), text="x", paste=False)
        host(gate, ann).show(row("hello"), row("x" * number + "x"))
        await typing.wait_shows(ann, "hello", "x" * number + "x")
    assert trio.current_time() - began < 0.2
    assert all(
        "output" not in str(frame["screens"].get(pane_id(bob)))
        for frame in typing.frames[-2:]
    )
    await watching.wait_shows(ann, "hello", "xxx")
    assert trio.current_time() - began > 0.5


async def test_what_follows_typing_later_waits_for_its_turn_again(
    autojump_clock: MockClock, gate: Gate, ann: Session
) -> None:
    """A key is no way to be told more often than one asked to be, for good."""
    viewer = await Viewer.of(gate, rate=1)
    await viewer.wait_shows(ann, "hello", "there")
    await viewer.line.call("send_input", pane=pane_id(ann), text="x", paste=False)
    await trio.sleep(module.EXPECTED_SECONDS * 2)
    host(gate, ann).show(row("some"), row("output"))
    await viewer.wait_shows(ann, "some", "output")
    began = trio.current_time()
    host(gate, ann).show(row("more"), row("output"))
    await viewer.wait_shows(ann, "more", "output")
    assert trio.current_time() - began > 0.9
