"""People, scripts and agents at one pane in whatever order: nothing is mixed, nobody is forgotten."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio
from actorkit import open_world
from hypothesis import example, given, strategies as st
from panekit import Later, Open, outcome_of
from strategies import examples
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import control, panes
from fugue_actors.actors.arbiter import ControlSettings, Writer
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hosting import TypeInput

REST = ControlSettings().typing_seconds
PEOPLE = ("ada", "grace")

keys = st.sampled_from([*"abc", "Space", "BSpace", "Enter", "C-c", "C-u", "Up", "Left"])
people = st.sampled_from(PEOPLE)
steps = st.one_of(
    st.tuples(st.just("key"), people, keys),
    st.tuples(st.just("key"), people, keys),
    st.tuples(st.just("paste"), people, st.sampled_from(["one", "two\nlines"])),
    st.tuples(st.just("agent"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("agent"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("script"), people, st.booleans()),
    st.tuples(st.just("note"), people, st.sampled_from(["prefix", "layout"])),
    st.tuples(st.just("take"), people, st.booleans()),
    st.tuples(st.just("release"), people, st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([0.1, 0.4, 1.0, 3.0, 70.0])),
    st.tuples(st.just("cut")),
    st.tuples(st.just("crash")),
)


@attrs.define
class Line:
    """What stands on a line that a shell edits, by whom, as far as keys can tell."""

    text: str = ""
    at: int = 0

    def press(self, key: str) -> None:
        """A key, as `EDITING` has them."""
        before, after = self.text[: self.at], self.text[self.at :]
        match key:
            case "Enter" | "C-c":
                before, after = "", ""
            case "C-u":
                before = ""
            case "BSpace":
                before = before[:-1]
            case "Up":
                before, after = "called up", ""
            case "Left":
                before, after = before[:-1], before[-1:] + after
            case _:
                before += " " if key == "Space" else key
        self.text, self.at = before + after, len(before)


class Storm:
    """One pane and what is done to it."""

    def __init__(self, it: Open, nursery: trio.Nursery, connections: Any) -> None:
        self.it = it
        self.nursery = nursery
        self.connections = connections
        self.calls: list[tuple[str, Later]] = []
        self.count = 0

    def writer(self, name: str, kind: Any) -> Writer:
        return Writer(kind=kind, name=name, operator_id=self.connections[name].id)

    async def type(self, writer: Writer, **what: Any) -> Any:
        live = writer.kind == "live"
        return await panes.type_into(
            self.it.pane,
            **{"text": None, "keys": (), "submit": False, **what},
            writer=writer,
            connection=self.connections[writer.name] if live else None,
        )

    def write(self, marker: str, writer: Writer, **what: Any) -> None:
        """Somebody begins to write."""
        self.calls.append((marker, Later(self.nursery, self.type(writer, **what))))

    async def do(self, step: tuple[Any, ...]) -> None:
        """One step, to where everybody waits for something."""
        self.count += 1
        marker = f"<{self.count}>"
        match step:
            case ("key", name, key):
                self.write("", self.writer(name, "live"), keys=(key,))
            case ("paste", name, text):
                self.write("", self.writer(name, "live"), text=text)
            case ("agent", number, submit):
                agent = Writer(kind="agent", name=f"agent {number}")
                self.write(
                    marker,
                    agent,
                    text=marker,
                    submit=submit,
                    patience=panes.MOST_PATIENCE,
                )
            case ("script", name, submit):
                self.write(
                    marker, self.writer(name, "person"), text=marker, submit=submit
                )
            case ("note", name, activity):
                await outcome_of(
                    control.note(self.it.pane, activity, self.writer(name, "live"))
                )
            case ("take", name, take_over):
                request = control.take(
                    self.it.pane,
                    self.writer(name, "live"),
                    self.connections[name],
                    take_over=take_over,
                )
                await outcome_of(request)
            case ("release", name, give_way):
                request = control.release(
                    self.it.pane, self.writer(name, "live"), give_way=give_way
                )
                await outcome_of(request)
            case ("pass", seconds):
                await trio.sleep(seconds)
            case ("cut",):
                self.it.host.cut()
                await trio.sleep(1)
            case ("crash",):
                await self.it.world.crash(self.it.pane)
                await trio.sleep(1)
        await wait_all_tasks_blocked()

    async def finish(self) -> None:
        """A person finishes whatever was begun, and nobody does anything more.

        Scripts begin lines, too, when it is their turn.
        """
        ada = self.writer("ada", "live")
        await control.take(self.it.pane, ada, self.connections["ada"], take_over=True)
        for _ in range(len(self.calls) + 1):
            await self.type(ada, keys=("C-c",))
            await trio.sleep(REST + 5)
            await wait_all_tasks_blocked()


def is_machines(typed: TypeInput) -> bool:
    return typed.by == "agent"


def check_no_mixture(
    inputs: list[tuple[float, TypeInput]], given_up: list[int]
) -> None:
    """No agent's input meets a person's text; each turn is one."""
    line = Line()
    for number, (_, typed) in enumerate(inputs):
        if number in given_up:
            line = Line()
        text = typed.text.decode()
        if is_machines(typed):
            assert not line.text, (typed, line)
        elif text:
            line.text = line.text[: line.at] + text + line.text[line.at :]
            line.at += len(text)
        for key in typed.keys:
            if not is_machines(typed):
                line.press(key)


def check_turns(inputs: list[tuple[float, TypeInput]], submitted: set[str]) -> None:
    """A text that is to be sent is followed by its Enter and by nothing else."""
    for (_, typed), following in zip(inputs, [*inputs[1:], None], strict=True):
        if typed.text.decode() in submitted:
            assert following is not None
            assert (following[1].by, following[1].keys) == (typed.by, ("Enter",))


async def storm(script: list[tuple[Any, ...]]) -> None:
    with trio.fail_after(100_000):
        async with open_world() as world, trio.open_nursery() as nursery:
            ann = await world.session("ann")
            it = Open(world, ann, await world.pane(ann))
            it.host.modes = hosting.Modes(bracketed_paste=True)
            connections = {name: await world.connection() for name in PEOPLE}
            acting = Storm(it, nursery, connections)
            given_up: list[int] = []
            submitted = set()
            for step in script:
                is_word = step[0] == "release" and step[2]
                count = len(it.host.inputs)
                await acting.do(step)
                if is_word and not it.host.draft.by:
                    given_up.append(count)
                if step[0] in ("agent", "script") and step[2]:
                    submitted.add(f"<{acting.count}>")
            await acting.finish()
            inputs = it.host.inputs
            written = [typed.text.decode() for _, typed in inputs]
            outcomes = {m: call.outcome for m, call in acting.calls if m}
            done = {m for m, each in outcomes.items() if isinstance(each, panes.Typed)}
            # Nobody waits any more, and what was written once is there once.
            assert None not in [call.outcome for _, call in acting.calls]
            for marker, each in outcomes.items():
                is_lost = getattr(each, "code", "") in ("Unavailable", "Internal")
                assert written.count(marker) <= 1
                if not is_lost:
                    assert (marker in written) == (marker in done), (marker, each)
            has_crashed = any(step[0] in ("crash", "cut") for step in script)
            if not has_crashed:
                check_turns(inputs, submitted & done)
                order = [m for m in written if m in outcomes and is_by(inputs, m)]
                assert order == sorted(order, key=lambda m: int(m.strip("<>")))
            check_no_mixture(inputs, given_up)
            nursery.cancel_scope.cancel()


def is_by(inputs: list[tuple[float, TypeInput]], marker: str) -> bool:
    return any(is_machines(t) and t.text.decode() == marker for _, t in inputs)


@examples(50)
@given(st.lists(steps, max_size=25))
@example(
    [("key", "ada", "a"), ("agent", 0, True), ("pass", 3.0), ("key", "ada", "Enter")]
)
def test_nothing_is_mixed_and_nobody_is_forgotten(
    script: list[tuple[Any, ...]],
) -> None:
    """An agent's text meets no person's, its Enter nothing else; order is kept; all are answered."""
    trio.run(storm, script, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize("steps_between", [0, 1])
def test_the_storm_notices_what_it_is_for(steps_between: int) -> None:
    """A check that cannot fail would be no check."""
    begun = TypeInput(text=b"half", by="live")
    added = TypeInput(text=b"<1>", by="agent")
    enter = TypeInput(keys=("Enter",), by="live")
    inputs = [(0.0, begun), *[(0.0, enter)] * steps_between, (0.0, added)]
    if steps_between:
        check_no_mixture(inputs, [])
        with pytest.raises(AssertionError):
            check_turns([*inputs, (0.0, enter)], {"<1>"})
    else:
        with pytest.raises(AssertionError):
            check_no_mixture(inputs, [])
