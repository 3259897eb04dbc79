"""Who controls a pane, and what that means for all who write into it, in its actor."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import World, open_world
from panekit import Later, Open, outcome_of
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import control, panes, typist
from fugue_actors.actors.arbiter import Writer
from fugue_actors.protocol import hosting
from fugue_actors.protocol.events import ControlReleased, ControlTaken
from fugue_actors.terminal.link import PaneLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.kernel import Ref

AGENT = Writer(kind="agent")
BRACKETED = hosting.Modes(bracketed_paste=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            yield world


@pytest.fixture
async def it(world: World) -> Open:
    ann = await world.session("ann")
    return Open(world, ann, await world.pane(ann))


class Person:
    """Somebody at a keyboard, with a connection of their own."""

    def __init__(self, it: Open, connection: Ref, name: str) -> None:
        self.it = it
        self.connection = connection
        self.writer = Writer(kind="live", name=name, operator_id=connection.id)

    async def type(self, text: str | None = None, *keys: str, **more: Any) -> Any:
        """Press keys; or why that was refused."""
        return await outcome_of(
            panes.type_into(
                self.it.pane,
                text=text,
                keys=keys,
                submit=False,
                paste=False,
                writer=self.writer,
                connection=self.connection,
                **more,
            )
        )

    async def take(self, **how: Any) -> Any:
        """Take control; or why that was refused."""
        return await outcome_of(
            control.take(self.it.pane, self.writer, self.connection, **how)
        )


async def person(it: Open, name: str) -> Person:
    return Person(it, await it.world.connection(), name)


async def agent(it: Open, text: str, *, submit: bool = False, **more: Any) -> Any:
    """An agent types; or why that was refused."""
    return await outcome_of(
        panes.type_into(
            it.pane, text=text, keys=(), submit=submit, writer=AGENT, **more
        )
    )


def taken(it: Open) -> list[tuple[str, str, str | None]]:
    """How control was taken, each time."""
    return [
        (event.control.operator, event.why, event.previous)
        for event in it.world.recorded(ControlTaken)
    ]


def released(it: Open) -> list[tuple[str, str]]:
    """How control ended, each time."""
    return [(e.operator, e.why) for e in it.world.recorded(ControlReleased)]


# ---- who controls


async def test_the_first_key_takes_control_and_is_written_at_once(
    autojump_clock: MockClock, it: Open
) -> None:
    """Nobody has to ask for a pane that is free, and everybody sees whose it is."""
    ada = await person(it, "ada")
    before = trio.current_time()
    typed = await ada.type("l")
    assert (typed.bytes, trio.current_time()) == (1, before)
    assert it.host.bytes_typed == b"l"
    await wait_all_tasks_blocked()
    shown = it.world.record().control
    assert shown is not None
    assert (shown.operator, shown.operator_id) == ("ada", ada.connection.id)
    assert taken(it) == [("ada", "typed", None)]
    await ada.type("s")
    await wait_all_tasks_blocked()
    assert taken(it) == [("ada", "typed", None)]


async def test_another_persons_keys_are_refused_until_they_take_over(
    autojump_clock: MockClock, it: Open
) -> None:
    """The refusal says who is there, and taking over is told to all."""
    ada, grace = await person(it, "ada"), await person(it, "grace")
    await ada.type("a")
    error = await grace.type("b")
    assert error.code == "HumanControl"
    assert error.data["reason"] == "control"
    assert (error.data["operator"], error.data["operator_id"]) == (
        "ada",
        ada.connection.id,
    )
    assert "remaining" not in error.data
    assert (await grace.take()).code == "HumanControl"
    assert (await grace.take(take_over=True)).operator == "grace"
    assert (await grace.type("c")).bytes == 1
    assert (await ada.type("d")).code == "HumanControl"
    assert it.host.bytes_typed == b"ac"
    assert taken(it)[-1] == ("grace", "taken_over", "ada")


async def test_control_ends_when_its_operator_lets_go(
    autojump_clock: MockClock, it: Open
) -> None:
    """And nobody else can do that."""
    ada, grace = await person(it, "ada"), await person(it, "grace")
    await ada.take()
    assert await control.release(it.pane, grace.writer) is False
    assert await control.release(it.pane, ada.writer) is True
    await wait_all_tasks_blocked()
    assert it.world.record().control is None
    assert released(it) == [("ada", "released")]
    assert (await grace.type("x")).bytes == 1


async def test_control_ends_with_its_operators_connection(
    autojump_clock: MockClock, it: Open
) -> None:
    """Whoever is gone keeps nobody out; after a take-over it is the other's that counts."""
    ada, grace = await person(it, "ada"), await person(it, "grace")
    await ada.take()
    await grace.take(take_over=True)
    await it.world.hang_up(ada.connection)
    await wait_all_tasks_blocked()
    assert released(it) == []
    await it.world.hang_up(grace.connection)
    await wait_all_tasks_blocked()
    assert released(it) == [("grace", "left")]
    assert it.world.record().control is None


async def test_control_ends_after_a_minute_without_a_key(
    autojump_clock: MockClock, it: Open
) -> None:
    """Not before: each key begins the minute anew."""
    ada = await person(it, "ada")
    await ada.type("a")
    await trio.sleep(59)
    await ada.type("b")
    await trio.sleep(59)
    assert released(it) == []
    await trio.sleep(2)
    assert released(it) == [("ada", "idle")]


async def test_control_ends_with_the_program(
    autojump_clock: MockClock, it: Open
) -> None:
    """There is nothing to type into, and nobody takes control of that."""
    ada = await person(it, "ada")
    await ada.take()
    it.host.end_program(0)
    await wait_all_tasks_blocked()
    assert released(it) == [("ada", "ended")]
    assert (await ada.take()).code == "PaneExited"
    assert (await ada.type("x")).code == "PaneExited"


async def test_a_pane_that_is_locked_stays_so_and_is_closed_to_agents(
    autojump_clock: MockClock, it: Open
) -> None:
    """A lock is held on purpose: while reading, say. There is nothing to wait for."""
    ada = await person(it, "ada")
    assert (await ada.take(exclusive=True)).exclusive
    await trio.sleep(600)
    before = trio.current_time()
    error = await agent(it, "hello")
    assert (error.code, error.data["reason"]) == ("HumanControl", "control")
    assert "remaining" not in error.data
    assert trio.current_time() == before
    assert not (await ada.take()).exclusive
    assert (await agent(it, "hello")).bytes == 5


async def test_control_does_not_outlive_the_pane_actors_incarnation(
    autojump_clock: MockClock, it: Open
) -> None:
    """What nobody can end any more must not be there."""
    ada = await person(it, "ada")
    await ada.take()
    await it.world.crash(it.pane)
    await wait_all_tasks_blocked()
    assert released(it) == [("ada", "restarted")]
    assert it.world.record().control is None
    assert (await ada.type("x")).bytes == 1


# ---- who waits


@pytest.mark.parametrize(
    ("activity", "seconds"), [("prefix", 0.5), ("typing", 2.0), ("layout", 5.0)]
)
async def test_an_agents_text_waits_until_the_person_has_rested(
    autojump_clock: MockClock, it: Open, activity: Any, seconds: float
) -> None:
    """Then it is written whole, its Enter with it."""
    it.host.modes = BRACKETED
    ada = await person(it, "ada")
    await ada.take()
    await control.note(it.pane, activity, ada.writer)
    before = trio.current_time()
    assert (await agent(it, "hello", submit=True)).bytes > 6
    assert [at for at, _ in it.host.typed] == [
        before + seconds,
        before + seconds + 0.5,
    ]


async def test_whoever_does_not_want_to_wait_is_refused_with_the_time_that_is_left(
    autojump_clock: MockClock, it: Open
) -> None:
    """Nothing of it was written."""
    ada = await person(it, "ada")
    await ada.type("a")
    await trio.sleep(0.5)
    error = await agent(it, "hello", patience=0)
    assert error.code == "HumanControl"
    assert (error.data["reason"], error.data["remaining"]) == ("typing", 1.5)
    assert error.hint
    await trio.sleep(60)
    assert it.host.bytes_typed == b"a"


async def test_waiting_writes_keep_their_order_and_their_limits(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A person who goes on typing is not interrupted, however many wait."""
    ada = await person(it, "ada")
    await ada.type("a")
    calls = []
    for number in range(4):
        patience = 3.0 if number == 1 else 30.0
        calls.append(Later(nursery, agent(it, f"<{number}>", patience=patience)))
        await wait_all_tasks_blocked()
    for _ in range(6):
        await trio.sleep(1)
        await ada.type("a")
    assert it.host.bytes_typed == b"aaaaaaa"
    await ada.type(None, "Enter")
    await trio.sleep(2)
    await wait_all_tasks_blocked()
    assert it.host.bytes_typed == b"aaaaaaa\r<0><2><3>"
    assert calls[1].outcome.code == "HumanControl"


async def test_a_persons_keys_wait_for_the_end_of_a_turn_and_come_right_after(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """Never between a text and its Enter."""
    it.host.modes = BRACKETED
    ada = await person(it, "ada")
    first = Later(nursery, agent(it, "one", submit=True))
    await wait_all_tasks_blocked()
    second = Later(nursery, agent(it, "two", submit=True))
    await trio.sleep(0.1)
    keys = []
    for letter in "xyz":
        keys.append(Later(nursery, ada.type(letter)))
        await wait_all_tasks_blocked()
    await trio.sleep(0.3)
    assert it.host.bytes_typed.endswith(b"one\x1b[201~")
    await trio.sleep(0.2)
    await wait_all_tasks_blocked()
    assert it.host.bytes_typed.endswith(b"one\x1b[201~\rxyz")
    await ada.type(None, "Enter")
    await trio.sleep(30)
    assert it.host.bytes_typed.endswith(b"xyz\r\x1b[200~two\x1b[201~\r")
    assert [key.outcome.bytes for key in keys] == [1, 1, 1]
    assert first.outcome.bytes == second.outcome.bytes


# ---- what is begun and not finished


async def test_an_agents_text_waits_for_the_end_of_a_draft_however_old_it_is(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A person who went for a coffee in the middle of a line finds it as it was."""
    ada = await person(it, "ada")
    await ada.type("rm -rf ")
    await trio.sleep(600)
    assert released(it) == [("ada", "idle")]
    call = Later(nursery, agent(it, "tmp", submit=True))
    await trio.sleep(5)
    assert it.host.bytes_typed == b"rm -rf "
    await ada.type(None, "C-c")
    await trio.sleep(3)
    assert call.outcome.bytes == 4
    assert it.host.bytes_typed == b"rm -rf \x03tmp\r"


async def test_whoever_waits_for_a_draft_in_vain_is_refused_without_a_time(
    autojump_clock: MockClock, it: Open
) -> None:
    """Nobody knows when the person will be back; the agent is told what else it can do."""
    ada = await person(it, "ada")
    await ada.type("half")
    before = trio.current_time()
    error = await agent(it, "more")
    assert trio.current_time() == before + 10
    assert (error.code, error.data["reason"]) == ("HumanControl", "draft")
    assert "remaining" not in error.data
    assert "message" in error.hint
    await trio.sleep(60)
    assert it.host.bytes_typed == b"half"


async def test_a_key_of_an_agent_is_no_less_an_addition(
    autojump_clock: MockClock, it: Open
) -> None:
    """Enter would submit the draft, C-c would throw it away."""
    ada = await person(it, "ada")
    await ada.type("half")
    for keys, submit in ((("C-c",), False), (("Enter",), False), ((), True)):
        error = await outcome_of(
            panes.type_into(
                it.pane, text=None, keys=keys, submit=submit, writer=AGENT, patience=0
            )
        )
        assert error.code == "HumanControl"
    assert it.host.bytes_typed == b"half"


async def test_writes_that_nobody_waits_for_any_more_take_up_no_place(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A draft may stand for hours, and many give up meanwhile."""
    ada = await person(it, "ada")
    await ada.type("half")
    async with trio.open_nursery() as doomed:
        for _ in range(typist.PENDING_WRITES):
            doomed.start_soon(partial(agent, it, "gone", patience=300))
        await wait_all_tasks_blocked()
        assert (await agent(it, "more")).code == "Busy"
        assert (await control.read(it.pane)).waiting == typist.PENDING_WRITES
        doomed.cancel_scope.cancel()
    assert (await control.read(it.pane)).waiting == 0
    call = Later(nursery, agent(it, "later", patience=300))
    await trio.sleep(60)
    await ada.type(None, "Enter")
    await trio.sleep(60)
    assert call.outcome.bytes == 5
    assert it.host.bytes_typed == b"half\rlater"


async def test_what_a_person_writes_at_once_is_a_draft_to_agents_only(
    autojump_clock: MockClock, it: Open
) -> None:
    """Two commands of a script may write one line together."""
    await it.type("git ")
    assert (await agent(it, "push", patience=0)).data["reason"] == "typing"
    await trio.sleep(60)
    assert (await agent(it, "push", patience=0)).data["reason"] == "draft"
    assert await it.type("status", submit=True) == 7
    await trio.sleep(60)
    assert (await agent(it, "push")).bytes == 4
    assert it.host.bytes_typed == b"git status\rpush"


def test_nobody_writes_without_saying_who_they_are() -> None:
    """Whoever forgets it must not have a person's rights."""
    assert attrs.fields(panes.TypeInto).writer.default is attrs.NOTHING
    parameter = inspect.signature(panes.type_into).parameters["writer"]
    assert parameter.default is inspect.Parameter.empty


async def test_a_script_does_not_write_into_what_is_typed_key_by_key(
    autojump_clock: MockClock, it: Open
) -> None:
    """But the operator may write at once there: it is their own line."""
    ada = await person(it, "ada")
    await ada.type("half")
    await trio.sleep(5)
    error = await outcome_of(it.type("whole", submit=True))
    assert (error.code, error.data["reason"]) == ("HumanControl", "draft")
    assert "--yield" in error.hint
    at_once = Writer(kind="person", name="ada", operator_id=ada.connection.id)
    await panes.type_into(it.pane, text=" done", keys=(), submit=True, writer=at_once)
    assert it.host.bytes_typed == b"half done\r"
    await trio.sleep(5)
    assert await it.type("whole", submit=True) == 6


async def test_a_person_can_let_others_write_over_what_was_begun(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """At once, without the rest that typing asks for; only an operator's is safe from others."""
    ada, grace = await person(it, "ada"), await person(it, "grace")
    await ada.type("half")
    call = Later(nursery, agent(it, "more"))
    await wait_all_tasks_blocked()
    before = trio.current_time()
    error = await outcome_of(control.release(it.pane, grace.writer, give_way=True))
    assert error.code == "HumanControl"
    assert await control.release(it.pane, ada.writer, give_way=True) is True
    await wait_all_tasks_blocked()
    assert (call.outcome.bytes, call.over_at) == (4, before)


async def test_a_draft_is_known_to_the_next_incarnation_and_the_next_link(
    autojump_clock: MockClock, it: Open
) -> None:
    """It stands in the terminal, whoever is linked to it."""
    ada = await person(it, "ada")
    await ada.type("half")
    it.host.cut()
    await trio.sleep(5)
    assert (await agent(it, "more", patience=0)).data["reason"] == "draft"
    await it.world.crash(it.pane)
    await trio.sleep(5)
    assert (await agent(it, "more", patience=0)).data["reason"] == "draft"
    await ada.type(None, "Enter")
    await trio.sleep(5)
    assert (await agent(it, "more")).bytes == 4


async def test_the_host_refuses_what_meets_a_draft_that_nobody_knew_of(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """It has the last word: a write that was let through waits after all, in its old place."""
    it.host.draft.typed(hosting.TypeInput(text=b"half", by="live"), it.host.place())
    it.host.hold()
    first = Later(nursery, agent(it, "first"))
    await wait_all_tasks_blocked()
    second = Later(nursery, agent(it, "second"))
    await wait_all_tasks_blocked()
    it.host.release()
    await wait_all_tasks_blocked()
    assert it.host.bytes_typed == b""
    assert (first.outcome, second.outcome) == (None, None)
    it.host.draft.drop()
    it.host.settle()
    await wait_all_tasks_blocked()
    assert (first.outcome.bytes, second.outcome.bytes) == (5, 6)
    assert it.host.bytes_typed == b"firstsecond"


async def test_a_draft_that_ends_while_it_is_met_keeps_nobody_waiting(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """The word of its end may come before the refusal is looked at."""
    it.host.draft.typed(hosting.TypeInput(text=b"half", by="live"), it.host.place())
    it.host.hold()
    call = Later(nursery, agent(it, "more"))
    await wait_all_tasks_blocked()
    it.host.draft.drop()
    it.host.release()
    await wait_all_tasks_blocked()
    assert call.outcome.bytes == 4


async def test_a_host_of_an_earlier_release_is_typed_into_as_ever(
    autojump_clock: MockClock, it: Open
) -> None:
    """It knows no drafts: only the rest after a key keeps others away."""
    it.host.is_old = True
    ada = await person(it, "ada")
    await ada.type("half")
    assert (await agent(it, "more", patience=0)).data["reason"] == "typing"
    await trio.sleep(2)
    assert (await agent(it, "more", patience=0)).bytes == 4
    assert await control.release(it.pane, ada.writer, give_way=True) is True


# ---- the operator's keys


async def test_live_keys_are_not_held_up_by_a_program_that_does_not_read(
    autojump_clock: MockClock, it: Open
) -> None:
    """They are the terminal's to keep, as with any terminal."""
    ada = await person(it, "ada")
    it.host.queued_bytes = 7
    before = trio.current_time()
    assert (await ada.type("x")).bytes == 1
    assert trio.current_time() == before


async def test_a_key_waits_for_no_program_to_read_what_an_agent_wrote(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """The turn is over once all of it is written; the agent is told what was not read."""
    ada = await person(it, "ada")
    it.host.queued_bytes = 7
    call = Later(nursery, agent(it, "hello"))
    await wait_all_tasks_blocked()
    assert call.outcome is None
    before = trio.current_time()
    assert [(await ada.type(key)).bytes for key in "xy"] == [1, 1]
    await wait_all_tasks_blocked()
    assert trio.current_time() == before
    assert (call.outcome.code, call.outcome.data) == ("Busy", {"queued_bytes": 7})
    assert it.host.bytes_typed == b"helloxy"


async def test_a_key_that_already_waits_when_the_end_is_written_waits_no_longer(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """It came while the host was still asked."""
    ada = await person(it, "ada")
    it.host.queued_bytes = 7
    it.host.hold()
    call = Later(nursery, agent(it, "hello"))
    await wait_all_tasks_blocked()
    key = Later(nursery, ada.type("x"))
    await wait_all_tasks_blocked()
    before = trio.current_time()
    it.host.release()
    await wait_all_tasks_blocked()
    assert (key.outcome.bytes, key.over_at) == (1, before)
    assert call.outcome.code == "Busy"


async def test_a_key_waits_for_the_enter_of_a_text_that_is_read_slowly(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A turn is not torn for it; when the program does not read at all it comes after it."""
    ada = await person(it, "ada")
    it.host.queued_bytes = 7
    slow = Later(nursery, agent(it, "slow", submit=True))
    await wait_all_tasks_blocked()
    first = Later(nursery, ada.type("x"))
    await trio.sleep(1)
    assert it.host.bytes_typed == b"slow"
    it.host.take_input()
    await wait_all_tasks_blocked()
    assert (slow.outcome.bytes, first.outcome.bytes) == (5, 1)
    await ada.type(None, "Enter")
    await trio.sleep(5)
    it.host.queued_bytes = 7
    before = trio.current_time()
    never = Later(nursery, agent(it, "never", submit=True))
    await wait_all_tasks_blocked()
    assert (await ada.type("y")).bytes == 1
    assert never.outcome.code == "Busy"
    assert trio.current_time() == before + typist.TAKEN_WITHIN
    assert it.host.bytes_typed == b"slow\rx\rnevery"


async def test_keys_in_flight_are_bounded_and_answered_when_the_link_breaks(
    autojump_clock: MockClock, it: Open, nursery: trio.Nursery
) -> None:
    """A host that does not answer costs no more than so much, and nobody waits for ever."""
    ada = await person(it, "ada")
    it.host.hold()
    calls = [Later(nursery, ada.type("x")) for _ in range(70)]
    await wait_all_tasks_blocked()
    codes = [getattr(call.outcome, "code", None) for call in calls]
    assert codes.count("Busy") == 6
    assert codes.count(None) == 64
    it.host.held = None
    it.host.cut()
    await wait_all_tasks_blocked()
    codes = [getattr(call.outcome, "code", None) for call in calls]
    assert codes.count("Unavailable") == 64
    await trio.sleep(1)
    assert (await ada.type("y")).bytes == 1


async def test_a_key_on_a_link_that_is_just_lost_is_refused_and_nothing_crashes(
    autojump_clock: MockClock, it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link knows that it is lost one step before who uses it does."""
    links, connect = [], PaneLink.connect

    async def remembered(*given: Any, **more: Any) -> PaneLink:
        links.append(await connect(*given, **more))
        return links[-1]

    monkeypatch.setattr(PaneLink, "connect", remembered)
    it.host.cut()
    await trio.sleep(5)
    ada = await person(it, "ada")
    links[-1].lost = "cancelled"
    assert (await ada.type("x")).code == "Unavailable"
    links[-1].lost = None
    assert (await ada.type("y")).bytes == 1
    assert it.pane.incarnation == 1


async def test_a_key_that_nobody_knows_is_refused_without_taking_the_others_with_it(
    autojump_clock: MockClock, it: Open
) -> None:
    """The refusal names it, and takes no control; the next key is written."""
    ada = await person(it, "ada")
    assert (await ada.type("x", "Entr")).code == "InvalidArgument"
    await wait_all_tasks_blocked()
    assert taken(it) == []
    assert (await ada.type("y")).bytes == 1
    assert it.host.bytes_typed == b"y"


CLICK = hosting.MouseAction(kind="press", button=1, x=0, y=0)
MOVE = hosting.MouseAction(kind="move", button=0, x=0, y=0)
TELLS_ALL = hosting.Modes(mouse=True, mouse_mode=1003, focus_events=True)


async def test_a_click_takes_control_as_a_key_does(
    autojump_clock: MockClock, it: Open
) -> None:
    """It may change as much; somebody else's click is refused."""
    it.host.modes = TELLS_ALL
    ada, grace = await person(it, "ada"), await person(it, "grace")
    assert (await ada.type(mouse=(CLICK,))).bytes == 6
    await wait_all_tasks_blocked()
    assert taken(it) == [("ada", "typed", None)]
    assert (await grace.type(mouse=(CLICK,))).code == "HumanControl"


async def test_who_only_looks_takes_no_control(
    autojump_clock: MockClock, it: Open
) -> None:
    """Focus and passing by with the mouse reach the program, but not while another controls."""
    it.host.modes = TELLS_ALL
    ada, grace = await person(it, "ada"), await person(it, "grace")
    assert (await ada.type(focus=True)).bytes == 3
    assert (await ada.type(mouse=(MOVE,))).bytes == 6
    await wait_all_tasks_blocked()
    assert taken(it) == []
    await grace.type("g")
    assert (await ada.type(focus=False)).bytes == 0
    assert (await ada.type(mouse=(MOVE, MOVE))).bytes == 0
    assert (await grace.type(focus=True)).bytes == 3
    assert it.host.bytes_typed == b"\x1b[I\x1b[MC!!g\x1b[I"
