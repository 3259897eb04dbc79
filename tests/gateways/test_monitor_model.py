"""Whatever happens and whoever watches: what a client has folded is what is the case.

Clients of all kinds come and go, change what they want, take frames or leave them, fall
behind and resume. After each frame that a client takes it knows exactly what a look at
everything shows, cut to what it sees. The journal is real, and nothing needs time.
"""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from monitorkit import Chosen, Collections, Fold, part, truth
from strategies import untimed

from fugue_actors.gateways.monitor import Feed
from fugue_actors.gateways.monitor.bounds import Bounds
from fugue_actors.gateways.monitor.choice import choice_of
from fugue_actors.gateways.monitor.subscription import Subscription
from fugue_actors.gateways.sight import Selection, Sight
from fugue_actors.journal import Journal, ledger
from fugue_actors.protocol import arranging, events as happened
from fugue_actors.protocol.hosting import HostInfo, ProgramExit
from fugue_actors.protocol.values import (
    Addressee,
    Envelope,
    Pane,
    ReportedStatus,
    Sender,
    Session,
    Terms,
)

BOUNDS = Bounds(messages=4, documents=6, events=3)
NAMES = ["ann", "bob", "cid"]
TAGS = ["x", "y"]
STATUSES = ["working", "blocked", "waiting_for_input"]
COLLECTIONS = {
    "tree": ("sessions", "panes", "layouts"),
    "states": ("states",),
    "messages": ("messages",),
}

names = st.sampled_from(NAMES)
tags = st.lists(st.sampled_from(TAGS), unique=True, max_size=2)
picks = st.integers(0, 5)
groups = st.lists(names, max_size=3)
kinds = st.lists(
    st.sampled_from([*COLLECTIONS, "log"]), min_size=1, max_size=4, unique=True
)
selections = st.none() | st.tuples(groups, tags)


@attrs.define(eq=False)
class Client:
    """A client, and what it asked for.

    Attributes:
        sight: What it may see.
        args: Its last `subscribe`.
        subscription: What the daemon knows of it; None while it is away.
        fold: What it knows.
    """

    sight: Sight
    args: dict[str, Any]
    subscription: Subscription | None = None
    fold: Fold = attrs.Factory(Fold)

    @property
    def collections(self) -> list[str]:
        return [c for kind, of in COLLECTIONS.items() for c in of if kind in self.kinds]

    @property
    def kinds(self) -> list[str]:
        found: list[str] = self.args["kinds"]
        return found


class Monitor(RuleBasedStateMachine):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(ledger, "KEEP_FINISHED", 2)
        self.journal = Journal()
        self.feed = Feed(self.journal, bounds=BOUNDS)
        self.clients: list[Client] = []
        self.numbers = 0
        self.sent: list[str] = []

    def teardown(self) -> None:
        self.patch.undo()

    @property
    def state(self) -> Any:
        return self.journal.state

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def happen(self, *events: happened.Event) -> None:
        self.journal.submit(*events, done=lambda refusal: None)

    def session(self, name: str) -> Session | None:
        found: Session | None = self.state.session_named(name)
        return found

    def pane(self, pick: int) -> Pane | None:
        panes = list(self.state.panes.values())
        return panes[pick % len(panes)] if panes else None

    def message(self, pick: int) -> str:
        return self.sent[-1 - pick % len(self.sent)] if self.sent else "none"

    # ---- what happens

    @rule(name=names, tags=tags)
    def open_session(self, name: str, tags: list[str]) -> None:
        if self.session(name) is None:
            session = Session(
                session_id=f"{name}-{self.number()}",
                session_name=name,
                kind="pane",
                cwd="/",
                repository=None,
                worktree=None,
                parent=None,
                tags=tuple(sorted(tags)),
            )
            self.happen(happened.SessionOpened(session=session))

    @rule(name=names)
    def close_session(self, name: str) -> None:
        session = self.session(name)
        if session is not None:
            event = happened.SessionClosed(session_id=session.session_id, reason="over")
            self.happen(event)

    @rule(name=names, to=names)
    def rename_session(self, name: str, to: str) -> None:
        session = self.session(name)
        if session is not None and self.session(to) is None:
            event = happened.SessionRenamed(session_id=session.session_id, name=to)
            self.happen(event)

    @rule(name=names, tags=tags, status=st.none() | st.sampled_from(STATUSES))
    def change_session(self, name: str, tags: list[str], status: str | None) -> None:
        session = self.session(name)
        if session is None:
            return
        session_id = session.session_id
        if status is None:
            event = happened.TagsChanged(session_id=session_id, tags=tuple(tags))
            self.happen(event)
        else:
            since = f"2999-01-01T00:00:00.{self.number():03}Z"
            report = ReportedStatus(status=status, message="so", since=since)
            self.happen(happened.StatusReported(session_id=session_id, status=report))

    @rule(name=names, draft=st.booleans())
    def open_pane(self, name: str, draft: bool) -> None:
        session = self.session(name)
        if session is None:
            return
        pane_id = f"p{self.number()}"
        pane = Pane(
            pane_id=pane_id,
            session_id=session.session_id,
            argv=("sh",),
            cwd="/",
            environment={},
            columns=80,
            lines=24,
            key="k",
            token="t",
            draft=draft,
        )
        self.happen(happened.PaneOpened(pane=pane))

    @rule(pick=picks, what=st.integers(0, 12))
    def change_pane(self, pick: int, what: int) -> None:
        pane = self.pane(pick)
        if pane is None:
            return
        who = {"pane_id": pane.pane_id, "session_id": pane.session_id}
        host = HostInfo(
            host_pid=1,
            host_started=1.0,
            program_pid=self.number(),
            program_started=1.0,
            socket="/s",
            tty="/t",
        )
        layout = self.state.layout_of(pane.session_id)
        events: list[happened.Event] = [
            happened.PaneStarted(**who, hosted=host),
            happened.PaneLinked(**who, generation=self.number()),
            happened.PaneTitled(**who, title=f"title {self.number()}"),
            happened.PaneRang(**who),
            happened.PaneResized(**who, columns=80 + self.number(), lines=24),
            happened.PaneExited(**who, exit=ProgramExit(code=1)),
            happened.PaneLost(**who),
            happened.PaneGaveUp(**who, trouble="too often"),
            happened.PaneRenamed(**who, name=f"name{self.number()}"),
            happened.PaneClosed(**who),
            happened.LayoutChanged(session_id=pane.session_id, layout=layout),
        ]
        if layout.window_of(pane.pane_id) is not None:
            after = arranging.broken_out(layout, pane.pane_id)
            other = layout.pane_ids[0]
            if other != pane.pane_id:
                after = arranging.moved(layout, pane.pane_id, other, "vertical", 0.5)
            events += [
                happened.LayoutChanged(session_id=pane.session_id, layout=one)
                for one in (arranging.zoomed(layout, pane.pane_id), after)
            ]
        self.happen(events[what % len(events)])

    @rule(
        sender=names,
        recipients=groups,
        type=st.sampled_from(["note", "note", "help_request"]),
        deliver=st.sampled_from(["all", "one"]),
        answers=st.none() | picks,
        retain=st.booleans(),
    )
    def send(
        self,
        sender: str,
        recipients: list[str],
        type: str,
        deliver: Any,
        answers: int | None,
        retain: bool,
    ) -> None:
        session = self.session(sender)
        sender_id = "gone" if session is None else session.session_id
        sessions = [self.session(name) for name in dict.fromkeys(recipients)]
        message_id = f"m{self.number()}"
        envelope = Envelope(
            id=message_id,
            sender=Sender(session_id=sender_id, session_name=sender, attested="guest"),
            target={"tag": "x"},
            type=type,
            payload={"context": "help"},
            sent_at=f"2026-01-01T00:00:{self.numbers % 60:02}Z",
            in_reply_to=None if answers is None else self.message(answers),
            deliver=deliver,
        )
        self.happen(
            happened.MessageSent(
                envelope=envelope,
                recipients=tuple(addressee(one) for one in sessions if one is not None),
                terms=Terms(retain_until="later" if retain else None),
            )
        )
        self.sent.append(message_id)

    @rule(pick=picks, name=names, what=st.integers(0, 6))
    def deliver(self, pick: int, name: str, what: int) -> None:
        session = self.session(name)
        if session is None:
            return
        session_id, message_id = session.session_id, self.message(pick)
        ids = (message_id,)
        events: list[happened.Event] = [
            happened.MessagesOffered(
                session_id=session_id, message_ids=ids, holder="/c"
            ),
            happened.MessagesConsumed(
                session_id=session_id, message_ids=ids, evidence="it is"
            ),
            happened.MessagesReturned(session_id=session_id, message_ids=ids),
            happened.DeliveryEnded(
                message_id=message_id,
                session_ids=(session_id,),
                state="expired",
                reason="too late",
            ),
            happened.MessageJoined(
                message_id=message_id, recipients=(addressee(session),)
            ),
            happened.RetentionEnded(session_id=session_id, message_id=message_id),
            happened.FailuresReported(
                session_id=session_id, message_id=message_id, recipients=(session_id,)
            ),
        ]
        self.happen(events[what])

    # ---- who watches

    def subscribe(self, client: Client, **more: Any) -> None:
        choice = choice_of({**client.args, **more}, client.sight, 1)
        client.subscription = Subscription(self.feed, client.sight, choice)
        self.feed.add(client.subscription)
        if not client.subscription.is_resumed:
            client.fold = Fold()

    def arguments(self, kinds: list[str], selection: Any) -> dict[str, Any]:
        if selection is None:
            return {"kinds": kinds}
        return {"kinds": kinds, "sessions": selection[0], "tags": selection[1]}

    @precondition(lambda self: len(self.clients) < 4)
    @rule(kinds=kinds, selection=selections, scope=selections, own=st.none() | names)
    def arrive(self, kinds: list[str], selection: Any, scope: Any, own: Any) -> None:
        session = None if own is None else self.session(own)
        sight = Sight() if session is None else Sight.of_agent(session.session_id)
        if scope is not None:
            ids = frozenset(
                one.session_id for name in scope[0] if (one := self.session(name))
            )
            selected = Selection(sessions=ids, tags=frozenset(scope[1]))
            sight = attrs.evolve(sight, scope=selected)
        allowed = [kind for kind in kinds if kind in sight.kinds] or ["tree"]
        client = Client(sight, self.arguments(allowed, selection))
        self.subscribe(client)
        self.clients.append(client)

    @precondition(lambda self: self.clients)
    @rule(pick=picks, kinds=kinds, selection=selections)
    def want_something_else(self, pick: int, kinds: list[str], selection: Any) -> None:
        client = self.clients[pick % len(self.clients)]
        if client.subscription is not None:
            allowed = [kind for kind in kinds if kind in client.sight.kinds] or ["tree"]
            client.args = self.arguments(allowed, selection)
            choice = choice_of(client.args, client.sight, 1)
            client.subscription.change(choice)

    @precondition(lambda self: self.clients)
    @rule(pick=picks)
    def leave(self, pick: int) -> None:
        client = self.clients[pick % len(self.clients)]
        # Who leaves before it has heard that it sees something else, subscribes anew.
        if client.subscription is not None and not client.subscription.is_to_compare:
            self.feed.remove(client.subscription)
            client.subscription = None

    @precondition(lambda self: any(c.subscription is None for c in self.clients))
    @rule(pick=picks)
    def come_back(self, pick: int) -> None:
        away = [client for client in self.clients if client.subscription is None]
        client = away[pick % len(away)]
        has_begun = client.fold.snapshots > 0
        place = {"since": client.fold.seq, "generation": 1} if has_begun else {}
        self.subscribe(client, **place)

    @precondition(lambda self: self.clients)
    @rule(pick=picks)
    def take_frames(self, pick: int) -> None:
        client = self.clients[pick % len(self.clients)]
        if client.subscription is None:
            return
        while client.subscription.is_due:
            for frame in client.subscription.take():
                client.fold.take(json.loads(frame))
            events = client.subscription.take_events()
            if events is not None:
                client.fold.take(json.loads(events))
        assert folded(client) == self.seen(client)

    def seen(self, client: Client) -> Collections:
        """What a client should know."""
        whole = truth(self.state, *client.collections, most_messages=BOUNDS.messages)
        if not client.collections:
            whole = {}
        chosen = None
        if "sessions" in client.args:
            asked = tuple(client.args["sessions"]), tuple(client.args["tags"])
            chosen = Chosen(sessions=asked[0], tags=asked[1])
        whole = part(self.state, whole, chosen, client.sight.messages_of)
        scope = client.sight.scope
        if scope is not None:
            reach = Chosen(sessions=tuple(scope.sessions), tags=tuple(scope.tags))
            whole = part(self.state, whole, reach, None)
        return whole

    @invariant()
    def nothing_grows(self) -> None:
        """What a client costs that takes nothing is bounded."""
        for client in self.clients:
            if client.subscription is not None:
                waiting = map(len, client.subscription.dirty.values())
                assert sum(waiting) <= BOUNDS.documents
                assert len(client.subscription.events) <= BOUNDS.events


def folded(client: Client) -> Collections:
    """What a client knows of what it wants; of what it does not want, nothing is left."""
    for collection, shapes in client.fold.collections.items():
        assert collection in client.collections or not shapes
    return {
        collection: client.fold.collections.get(collection, {})
        for collection in client.collections
    }


def addressee(session: Session) -> Addressee:
    return Addressee(session_id=session.session_id, session_name=session.session_name)


TestMonitor = Monitor.TestCase
TestMonitor.settings = settings(untimed, max_examples=120, stateful_step_count=60)
