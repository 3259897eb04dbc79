"""A crowd at real connections: whoever they are and whatever they do, all see the truth.

Two people who look and two who act, each with another view, over connections that stall,
break and come back, while things happen. When all is quiet, what each has folded is what
there is. How one subscription works is tried far more often in `test_monitor_model`; this
is about the tasks and wires around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import trio
from actorkit import World, a_message, a_session, open_world
from gatewaykit import ControlLine, Gate, plug, stream_pair
from hypothesis import given, settings, strategies as st
from monitorkit import Chosen, Fold, Viewer, part, truth
from strategies import untimed
from trio.testing import MockClock

from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.monitor import Feed
from fugue_actors.gateways.monitor.bounds import Bounds
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import ReportedStatus

if TYPE_CHECKING:
    from fugue_actors.protocol.values import Session

BOUNDS = Bounds(messages=5, documents=8, events=4)
NAMES = ["ann", "bob", "cid"]
COLLECTIONS = {
    "tree": ("sessions", "panes", "layouts"),
    "states": ("states",),
    "messages": ("messages",),
    "log": (),
}
VIEWS: list[dict[str, Any]] = [
    {"kinds": ["tree", "states", "messages"]},
    {"kinds": ["states", "log"], "rate": 3},
    {"kinds": ["tree", "messages"], "sessions": ["ann"], "tags": ["x"]},
    {"kinds": ["messages", "states"], "tags": ["y"], "rate": 1},
]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "open",
                "close",
                "tag",
                "report",
                "send",
                "send",
                "read",
                "stall",
                "leave",
                "look",
                "time",
            ]
        ),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=40,
)


@attrs.define(eq=False)
class Member:
    """One of the crowd: a client, and what it wants to see.

    Attributes:
        theirs: The daemon's end of its connection.
        is_stuck: Whether it has stopped reading.
        is_unsure: Whether it has heard nothing since it wanted to see something else.
    """

    gate: Gate
    args: dict[str, Any]
    viewer: Viewer
    theirs: trio.SocketStream
    is_stuck: bool = False
    is_unsure: bool = False

    @classmethod
    async def join(cls, gate: Gate, args: dict[str, Any], fold: Fold) -> Member:
        ours, theirs = stream_pair()
        line = ControlLine(*await gate.connect(ControlConnection, (ours, theirs)))
        viewer = Viewer(line)
        viewer.fold = fold
        await viewer.call("hello")
        place = {"since": fold.seq, "generation": 1} if fold.snapshots else {}
        answer = await viewer.call("subscribe", **args, **place)
        if not answer["resumed"]:
            viewer.fold = Fold()
        viewer.take_in()
        return cls(gate, args, viewer, theirs)

    async def look(self, args: dict[str, Any]) -> None:
        """Want to see something else."""
        await self.viewer.call("subscribe", **args)
        self.viewer.take_in()
        self.is_unsure = True
        self.args = args

    async def read(self) -> None:
        """Take all there is, until nothing more comes."""
        self.is_stuck = False
        with trio.move_on_after(3):
            while True:
                await self.viewer.hear_frame()
                self.is_unsure = False

    def check(self) -> None:
        """What was folded is what there is."""
        state = self.gate.world.journal.state
        wanted = [one for kind in self.args["kinds"] for one in COLLECTIONS[kind]]
        whole = truth(state, *wanted, most_messages=BOUNDS.messages) if wanted else {}
        chosen = None
        if "tags" in self.args:
            sessions = tuple(self.args.get("sessions", ()))
            chosen = Chosen(sessions=sessions, tags=tuple(self.args["tags"]))
        known = self.viewer.fold.collections
        shown = {name: known.get(name, {}) for name in wanted}
        assert shown == part(state, whole, chosen, None)
        assert not any(known[name] for name in known if name not in wanted)


class Crowd:
    """The daemon's part of it, and everybody at it."""

    def __init__(self, world: World) -> None:
        self.gate = Gate(world)
        self.gate.feed = Feed(world.journal, bounds=BOUNDS)
        self.members: list[Member] = []
        self.numbers = 0

    def session(self, pick: int) -> Session | None:
        return self.gate.world.journal.state.session_named(NAMES[pick % len(NAMES)])

    async def happen(self, what: str, pick: int, more: int) -> None:
        """Something happens in the daemon."""
        journal, session = self.gate.world.journal, self.session(pick)
        self.numbers += 1
        if what == "open" and session is None:
            new = a_session(NAMES[pick % len(NAMES)], tags=("x", "y")[: more % 3])
            await journal.record(happened.SessionOpened(session=new))
        elif session is None:
            return
        elif what == "close":
            event = happened.SessionClosed(session_id=session.session_id, reason="over")
            await journal.record(event)
        elif what == "tag":
            tags = ("x", "y")[more % 2 :]
            await journal.record(
                happened.TagsChanged(session_id=session.session_id, tags=tags)
            )
        elif what == "report":
            status = ReportedStatus(
                status="blocked", message=str(self.numbers), since="2999"
            )
            await journal.record(
                happened.StatusReported(session_id=session.session_id, status=status)
            )
        elif what == "send" and (other := self.session(more)) is not None:
            await journal.record(sent(session, other, self.numbers))

    async def do(self, what: str, pick: int, more: int) -> None:
        """One step."""
        member = self.members[pick]
        match what:
            case "read":
                await member.read()
            case "stall" if not member.is_stuck:
                member.is_stuck = plug(member.theirs) > 0
            case "leave":
                await member.viewer.hang_up()
                # What it had not taken is lost with the connection.
                fold = Fold() if member.is_unsure else member.viewer.fold
                self.members[pick] = await Member.join(self.gate, member.args, fold)
            case "look":
                await member.look(VIEWS[more])
            case "time":
                await trio.sleep(more / 4)
            case _:
                await self.happen(what, pick, more)


def sent(sender: Session, recipient: Session, number: int) -> happened.MessageSent:
    return a_message(f"note {number}", recipient, sender=sender)


async def live_through(story: list[tuple[str, int, int]]) -> None:
    with trio.fail_after(10_000):
        async with open_world() as world:
            crowd = Crowd(world)
            for args in VIEWS:
                crowd.members.append(await Member.join(crowd.gate, args, Fold()))
            for step in story:
                await crowd.do(*step)
            for member in crowd.members:
                await member.read()
                member.check()
            for end in crowd.gate.ends:
                await trio.aclose_forcefully(end)


@given(story=steps)
@settings(untimed, max_examples=60)
def test_a_crowd_sees_one_truth(story: list[tuple[str, int, int]]) -> None:
    """See the module's docstring."""
    trio.run(live_through, story, clock=MockClock(autojump_threshold=0))


def test_a_crowd_sees_one_truth_after_falling_behind() -> None:
    """The story that must not be missed: all stall, much happens, some come back."""
    story = [("open", pick, pick) for pick in range(3)]
    story += [("read", pick, 0) for pick in range(4)]
    story += [("stall", pick, 0) for pick in range(4)]
    story += [("send", number % 3, number % 2) for number in range(30)]
    story += [("tag", 0, 1), ("close", 1, 0), ("leave", 2, 0), ("look", 0, 1)]
    trio.run(live_through, story, clock=MockClock(autojump_threshold=0))
