"""At whatever commit the daemon is killed, the next one has the same view."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from actorkit import a_pane, a_session
from hypothesis import given, settings, strategies as st
from journalkit import Desk, commit, facts, open_desk
from strategies import untimed

from fugue_actors.journal import opening
from fugue_actors.journal.archive import Archive
from fugue_actors.journal.journal import Journal
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.layout import Layout
from fugue_actors.protocol.values import (
    Addressee,
    Envelope,
    Reach,
    Recording,
    ReportedStatus,
    Sender,
    Terms,
    Token,
)

if TYPE_CHECKING:
    from fugue_actors.journal import State

SESSIONS = tuple(f"s{number}" for number in range(7))
PANES = tuple(f"p{number}" for number in range(12))
MESSAGES = tuple(f"m{number}" for number in range(8))
TOKENS = tuple(f"t{number}" for number in range(4))

session_ids = st.sampled_from(SESSIONS)
pane_ids = st.sampled_from(PANES)
message_ids = st.sampled_from(MESSAGES)
some_messages = st.lists(message_ids, min_size=1, max_size=3, unique=True).map(tuple)
addressees = st.lists(session_ids, min_size=1, max_size=3, unique=True).map(
    lambda ids: tuple(Addressee(session_id=one, session_name=one) for one in ids)
)


def built(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


def a_sent_message(
    id: str, answers: str | None, deliver: Any, key: str | None, **more: Any
) -> happened.MessageSent:
    envelope = Envelope(
        id=id,
        sender=Sender(session_id="s0", session_name="s0", attested="process"),
        target={"tag": "t"},
        type="note",
        payload={"n": 1},
        sent_at="2026-01-01T00:00:00.000Z",
        in_reply_to=answers,
        deliver=deliver,
    )
    retain = more.pop("retain")
    terms = Terms(
        idempotency_key=key,
        fingerprint="f" if key else None,
        retain_until="later" if retain else None,
    )
    return happened.MessageSent(envelope=envelope, terms=terms, **more)


PRELUDE: list[happened.Event] = [
    *(
        happened.SessionOpened(session=a_session(one, session_id=one))
        for one in SESSIONS[:4]
    ),
    *(
        happened.PaneOpened(pane=a_pane(a_session(one, session_id=one), pane_id))
        for one, pane_id in zip(SESSIONS[:2], PANES[:2], strict=True)
    ),
]
"""What every history begins with: in an empty world little can happen."""

about_sessions = st.one_of(
    built(
        happened.SessionOpened,
        session=st.builds(
            lambda one, parent: a_session(one, session_id=one, parent=parent),
            session_ids,
            st.none() | session_ids,
        ),
    ),
    built(happened.SessionClosed, session_id=session_ids, reason=st.just("over")),
    built(
        happened.TagsChanged,
        session_id=session_ids,
        tags=st.sampled_from([(), ("a",), ("a", "b")]),
    ),
    built(
        happened.StatusReported,
        session_id=session_ids,
        status=st.just(ReportedStatus(status="idle", message=None, since="t")),
    ),
    built(
        happened.PaneOpened,
        pane=st.builds(
            lambda owner, pane_id: a_pane(a_session(owner, session_id=owner), pane_id),
            session_ids,
            pane_ids,
        ),
    ),
    built(
        happened.PaneTitled, pane_id=pane_ids, session_id=session_ids, title=st.text()
    ),
    built(happened.PaneRang, pane_id=pane_ids, session_id=session_ids),
    built(happened.PaneLost, pane_id=pane_ids, session_id=session_ids),
    built(happened.PaneClosed, pane_id=pane_ids, session_id=session_ids),
    built(happened.LayoutChanged, session_id=session_ids, layout=st.just(Layout())),
)
sending = st.one_of(
    st.builds(
        a_sent_message,
        message_ids,
        st.none() | message_ids,
        st.sampled_from(["all", "one"]),
        st.none() | st.sampled_from(["k1", "k2"]),
        recipients=addressees,
        retain=st.booleans(),
    ),
)
about_messages = st.one_of(
    built(
        happened.MessagesOffered,
        session_id=session_ids,
        message_ids=some_messages,
        holder=st.just("/c"),
    ),
    built(
        happened.MessagesConsumed,
        session_id=session_ids,
        message_ids=some_messages,
        evidence=st.just("e"),
    ),
    built(happened.MessagesReturned, session_id=session_ids, message_ids=some_messages),
    built(happened.RetentionEnded, message_id=message_ids),
    built(happened.MessageJoined, message_id=message_ids, recipients=addressees),
    built(
        happened.DeliveryEnded,
        message_id=message_ids,
        session_ids=st.lists(session_ids, max_size=2, unique=True).map(tuple),
        state=st.sampled_from(["expired", "refused"]),
        reason=st.just("r"),
    ),
)


about_tokens = st.one_of(
    built(
        happened.TokenIssued,
        token=st.builds(
            Token,
            token_id=st.sampled_from(TOKENS),
            digest=st.just("d"),
            role=st.sampled_from(["observer", "operator"]),
            label=st.just("l"),
            issued_at=st.just("2026-01-01T00:00:00.000Z"),
            expires_at=st.just("2026-01-02T00:00:00.000Z"),
            reach=st.none() | st.builds(Reach, sessions=some_messages),
            exchange_seconds=st.none() | st.just(60.0),
        ),
    ),
    built(
        happened.TokenExchanged,
        token_id=st.sampled_from(TOKENS),
        digest=st.just("e"),
        expires_at=st.just("2026-01-03T00:00:00.000Z"),
    ),
    built(happened.TokenRevoked, token_id=st.sampled_from(TOKENS)),
)


about_recordings = st.one_of(
    built(
        happened.RecordingStarted,
        recording=st.builds(
            Recording,
            recording_id=st.sampled_from(TOKENS),
            session_id=session_ids,
            session_name=st.just("n"),
            pane_id=st.none() | st.just("p1"),
            file=st.just("/f"),
            title=st.just(""),
            by=st.just("b"),
            started_at=st.just("2026-01-01T00:00:00.000Z"),
        ),
    ),
    built(
        happened.RecordingEnded,
        recording_id=st.sampled_from(TOKENS),
        session_id=session_ids,
        reason=st.just("r"),
    ),
)


events = st.one_of(
    *(about_sessions, sending, sending, about_messages, about_tokens, about_recordings)
)


class Sensible:
    """Leaves out of a drawn history what no daemon records."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def is_fresh(self, one: str) -> bool:
        """Whether an id comes for the first time: nobody gives it twice."""
        is_fresh = one not in self.used
        self.used.add(one)
        return is_fresh

    def allows(self, event: happened.Event, state: State) -> bool:
        match event:
            case happened.SessionOpened(session=session):
                return self.is_fresh(session.session_id)
            case happened.PaneOpened(pane=pane):
                return (
                    pane.session_id in state.sessions
                    and pane.pane_id not in state.panes
                    and self.is_fresh(pane.pane_id)
                )
            case (
                happened.PaneTitled(pane_id=pane_id)
                | happened.PaneRang(pane_id=pane_id)
                | happened.PaneClosed(pane_id=pane_id) as about
            ):
                pane = state.panes.get(pane_id)
                return pane is not None and pane.session_id == about.session_id
            case happened.MessageSent(envelope=envelope):
                return self.is_fresh(envelope.id)
            case _:
                return True


def read_again(desk: Desk) -> tuple[Journal, Archive]:
    """What the file says, before anything is compared with what is there."""
    archive, journal = (
        Archive(path=desk.places.journal, boot="", generation=9),
        Journal(path=desk.places.journal),
    )
    contents, damage = opening.read(archive, desk.places, journal)
    assert damage is None
    opening.take_up(contents, journal)
    return journal, archive


steps = st.lists(
    st.tuples(events, st.sampled_from(["more", "commit", "checkpoint", "kill"])),
    max_size=40,
)


@given(steps=steps)
@settings(untimed, max_examples=100)
def test_a_daemon_killed_after_any_commit_leaves_the_same_view(
    steps: list[tuple[happened.Event, str]],
) -> None:
    """With a checkpoint just before, long ago, or never; the one after goes on from it."""
    with open_desk() as first, tempfile.TemporaryDirectory() as graves:
        desk, sensible = first, Sensible()
        opened = desk.begin()
        journal = opened.journal
        for event, then in [*((one, "more") for one in PRELUDE), *steps]:
            if sensible.allows(event, journal.state):
                journal.submit(event, done=lambda error: None)
            commit(opened, checkpoint=then == "checkpoint")
            if then == "kill":
                desk = desk.killed(
                    Path(graves) / str(len(list(Path(graves).iterdir())))
                )
                opened.archive.close()
                again, archive = read_again(desk)
                assert facts(again.state) == untitled(journal.state, again.state)
                assert again.seq == newest_written(desk)
                journal = again
                opened = attrs.evolve(opened, journal=again, archive=archive)
        opened.archive.close()


def newest_written(desk: Desk) -> int:
    ((newest,),) = desk.sql(
        "SELECT max(seq) FROM (SELECT max(seq) AS seq FROM events "
        "UNION SELECT value FROM meta WHERE name = 'checkpoint')"
    )
    return int(newest or 0)


def untitled(before: State, after: State) -> dict[str, Any]:
    """The view that was, but for titles: those since the checkpoint are not kept."""
    told = facts(before)
    told["panes"] = [
        attrs.evolve(pane, title=after.panes[pane.pane_id].title)
        for pane in told["panes"]
    ]
    return told
