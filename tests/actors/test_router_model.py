"""The router against a plain reference: who gets a message, and whether it is sent."""

from __future__ import annotations

from typing import Any

import trio
from actorkit import World, a_session, open_world
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plainrouter import Before, No, PlainRouter, Somebody
from strategies import untimed
from triomachine import Stepper

from fugue_actors.actors.limits import Limits
from fugue_actors.actors.sending import SendMessage, SendResult, Wishes
from fugue_actors.actors.targets import parse_target
from fugue_actors.errors import FugueError
from fugue_actors.protocol.events import (
    MessagesConsumed,
    SessionClosed,
    SessionOpened,
    StatusReported,
    TagsChanged,
)
from fugue_actors.protocol.values import ReportedStatus

MOST_UNREAD, SENDS, BROADCASTS = 3, 6, 3
NAMES = ["ann", "bob", "cid", "dan", "eve"]
TAGS = ["orchestrator", "worker", "web"]
TREES = ["/a", "/a/tree", "/b"]

picks = st.integers(0, 1000)
names = st.sampled_from(NAMES)
tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True)
states = st.sampled_from(["idle", "working"])
leaves = st.one_of(
    st.just({"orchestrator": True}),
    names.map(lambda name: {"session": name}),
    st.sampled_from(TAGS).map(lambda tag: {"tag": tag}),
    st.sampled_from([{"broadcast": True}, {"broadcast": "server"}]),
    st.sampled_from(TREES).map(lambda path: {"worktree": path}),
    states.map(lambda state: {"state": state}),
)
targets = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        part.map(lambda inner: {"not": inner}),
    ),
    max_leaves=4,
)


def in_order(result: SendResult | FugueError) -> tuple[int, str]:
    if isinstance(result, FugueError):
        return 2, ""
    return result.is_repeated, result.message_id


class RouterMachine(RuleBasedStateMachine):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        limits = Limits(
            inbox_messages=MOST_UNREAD,
            sends_per_minute=60,
            send_burst=SENDS,
            broadcasts_per_minute=60,
            broadcast_burst=BROADCASTS,
            conversation_per_minute=0,
        )
        self.trio = Stepper(open_world(limits=limits))
        self.world: World = self.trio.world
        self.plain = PlainRouter(MOST_UNREAD, SENDS, BROADCASTS)
        self.ids: set[str] = set()

    def teardown(self) -> None:
        self.trio.close()

    def record(self, *events: Any) -> None:
        self.trio.run(self.world.journal.record, *events)

    def somebody(self, pick: int) -> Somebody | None:
        present = self.plain.present
        return present[pick % len(present)] if present else None

    # Sessions

    @initialize()
    def begin(self) -> None:
        for number, name in enumerate(NAMES[:3]):
            self.come(name, number, [TAGS[number]], None)

    @rule(
        name=names,
        place=st.integers(0, 3),
        tags=tags,
        parent=st.none() | picks,
    )
    def come(self, name: str, place: int, tags: list[str], parent: int | None) -> None:
        """A session begins, with one there ever was above it, or none."""
        if self.plain.called(name) is not None:
            return
        worktree = None if place == 3 else TREES[place]
        repository = None if worktree is None else worktree[:2]
        above = None
        if parent is not None and (found := self.somebody(parent)) is not None:
            above = found.id
        session = a_session(
            name,
            tags=tuple(sorted(tags)),
            parent=above,
            repository=repository,
            worktree=worktree,
        )
        self.record(SessionOpened(session=session))
        self.plain.everybody.append(
            Somebody(
                id=session.session_id,
                name=name,
                parent=above,
                repository=repository,
                worktree=worktree,
                tags=session.tags,
            )
        )

    @rule(pick=picks)
    def go(self, pick: int) -> None:
        """A session ends."""
        if (one := self.somebody(pick)) is not None:
            self.record(SessionClosed(session_id=one.id, reason="it left"))
            one.is_there = False

    @rule(pick=picks, tags=tags)
    def tag(self, pick: int, tags: list[str]) -> None:
        """A session's tags change."""
        if (one := self.somebody(pick)) is not None:
            one.tags = tuple(sorted(tags))
            self.record(TagsChanged(session_id=one.id, tags=one.tags))

    @rule(pick=picks, state=states)
    def report(self, pick: int, state: str) -> None:
        """An agent says how it is doing."""
        if (one := self.somebody(pick)) is not None:
            one.status = state
            status = ReportedStatus(status=state, message=None, since="now")
            self.record(StatusReported(session_id=one.id, status=status))

    @rule(pick=picks, count=st.integers(1, 3))
    def read(self, pick: int, count: int) -> None:
        """A session makes room in its inbox."""
        if (one := self.somebody(pick)) is not None:
            inbox = self.world.journal.state.ledger.inbox(one.id)
            ids = tuple(envelope.id for envelope in inbox)[:count]
            self.record(
                MessagesConsumed(session_id=one.id, message_ids=ids, evidence="so")
            )
            one.unread -= len(ids)

    @rule(seconds=st.integers(1, 4))
    def pass_time(self, seconds: int) -> None:
        """Allowances fill up."""
        self.trio.clock.jump(seconds)

    # Messages

    @rule(
        sender=picks,
        whom=targets,
        number=st.integers(0, 1),
        key=st.sampled_from([None, None, "k", "l"]),
        times=st.sampled_from([1, 1, 1, 2, 4]),
    )
    def send(
        self,
        sender: int,
        whom: dict[str, Any],
        number: int,
        key: str | None,
        times: int,
    ) -> None:
        """A session sends something, maybe as often at once as it can."""
        one = self.plain.everybody[sender % len(self.plain.everybody)]
        message = SendMessage(
            session_id=one.id,
            attested="process",
            target=parse_target(whom),
            type="note",
            payload={"number": number},
            wishes=Wishes(idempotency_key=key, tell_failure=False),
            worktrees={path: path for path in TREES},
        )
        results = self.trio.run(self.ask_at_once, [message] * times)
        now = self.trio.clock.current_time()
        for result in results:
            self.compare(result, one, whom, number, now, key=key)

    def compare(
        self,
        result: SendResult | FugueError,
        sender: Somebody,
        whom: dict[str, Any],
        number: int,
        now: float,
        *,
        key: str | None,
    ) -> None:
        expected = self.plain.send(sender, whom, number, now, key=key)
        if isinstance(expected, No):
            assert isinstance(result, FugueError), (result, expected)
            assert result.code == expected.code, (result, expected)
            return
        assert isinstance(result, SendResult), (result, expected)
        if isinstance(expected, Before):
            assert result.is_repeated
            assert result.message_id == expected.message_id
            return
        assert not result.is_repeated
        assert result.message_id not in self.ids
        self.ids.add(result.message_id)
        assert {row.session_id: row.state for row in result.recipients} == expected
        assert [row.session_id for row in result.recipients] == [
            *(id for id, state in expected.items() if state == "queued"),
            *(id for id, state in expected.items() if state == "refused"),
        ]
        if key is not None:
            whole = (whom, number)
            self.plain.keys[sender.id, key] = whole, result.message_id

    async def ask_at_once(self, messages: list[SendMessage]) -> list[Any]:
        """The answers: to what was sent, in its order, to repetitions, and errors."""
        results: list[Any] = []

        async def ask(message: SendMessage) -> None:
            try:
                results.append(await self.world.router.ask(message, within=10.0))
            except FugueError as error:
                results.append(error)

        async with trio.open_nursery() as nursery:
            for message in messages:
                nursery.start_soon(ask, message)
        return sorted(results, key=in_order)

    # What always holds

    @invariant()
    def every_inbox_holds_what_it_should(self) -> None:
        ledger = self.world.journal.state.ledger
        assert {one.id: ledger.unread(one.id) for one in self.plain.present} == {
            one.id: one.unread for one in self.plain.present
        }


TestRouter = RouterMachine.TestCase
TestRouter.settings = settings(untimed, max_examples=60, stateful_step_count=30)
