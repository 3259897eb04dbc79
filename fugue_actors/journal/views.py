"""The fold: events in, the present out. Pure.

1. `State.apply` is the only place where anything changes.
2. Records are immutable; a reader may keep one and it will not move under it.
3. Messages stand in the `ledger`.
4. Every pane that is no draft stands in its session's layout, once, and nothing else
   does: opening and closing a pane changes the layout in the same step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

import attrs

from fugue_actors.journal.ledger import Ledger
from fugue_actors.protocol import arranging, events as happened
from fugue_actors.protocol.layout import Layout
from fugue_actors.protocol.values import Pane, Recording, Session, Token

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import HostInfo

MOST_TOKENS: Final = 1_000
"""Tokens that are remembered, as long as enough of them have ended."""
MOST_RECORDINGS: Final = 200
"""Recordings that are remembered; of those that have ended the newest."""


@attrs.define(eq=False)
class State:
    """Everything that is the case. Read freely; change through events only.

    Attributes:
        parents: For each ended session that a present one names as its parent: the
            nearest present session above it, so that the way up does not break there.
        tokens: By id, oldest first; those that have ended too, for a while.
        recordings: By id, oldest first; the newest of those that have ended as well.
        changed: What the last event may have changed beside messages and inboxes, which
            the ledger tells of: `session`, `pane` or `layout` and its key, and the session
            that it belongs to.
        closed: The session that the last event closed, if it did: as it was.
    """

    sessions: dict[str, Session] = attrs.Factory(dict)
    panes: dict[str, Pane] = attrs.Factory(dict)
    layouts: dict[str, Layout] = attrs.Factory(dict)
    parents: dict[str, str | None] = attrs.Factory(dict)
    names: dict[str, str] = attrs.Factory(dict)
    tokens: dict[str, Token] = attrs.Factory(dict)
    recordings: dict[str, Recording] = attrs.Factory(dict)
    ledger: Ledger = attrs.Factory(Ledger)
    changed: dict[tuple[str, str], str] = attrs.Factory(dict)
    closed: Session | None = attrs.field(default=None, eq=False)

    def session_named(self, session: str) -> Session | None:
        """The session with this id or name."""
        found = self.sessions.get(session)
        if found is None and session in self.names:
            found = self.sessions[self.names[session]]
        return found

    def panes_of(self, session_id: str) -> tuple[Pane, ...]:
        """A session's panes, oldest first."""
        return tuple(p for p in self.panes.values() if p.session_id == session_id)

    def layout_of(self, session_id: str) -> Layout:
        """Where a session's panes stand."""
        return self.layouts.get(session_id, Layout())

    def apply(self, recorded: happened.Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        self.changed.clear()
        self.closed = None
        self.ledger.forget_changes()
        match event:
            case happened.SessionOpened(session=session):
                self.sessions[session.session_id] = session
                self.note("session", session.session_id, session.session_id)
                self.note("layout", session.session_id, session.session_id)
                self.names[session.session_name] = session.session_id
                self.ledger.open_inbox(session.session_id)
            case happened.SessionClosed(session_id=session_id, reason=reason):
                self.close_session(session_id)
                self.ledger.close_inbox(session_id, recorded.at, reason)
            case happened.SessionRenamed(session_id=session_id, name=name):
                self.rename_session(session_id, name)
            case happened.GuestHeld(session_id=session_id, holder=holder):
                self.change_session(session_id, holder=holder)
            case happened.TagsChanged(session_id=session_id, tags=tags):
                self.change_session(session_id, tags=tags)
            case happened.StatusReported(session_id=session_id, status=status):
                self.change_session(session_id, status=status)
            case happened.PaneOpened(pane=pane):
                self.open_pane(pane)
            case happened.PaneStarted(pane_id=pane_id, hosted=hosted):
                self.start_pane(pane_id, hosted, recorded.at)
            case happened.PaneLinked(pane_id=pane_id, generation=generation):
                self.change_pane(pane_id, generation=generation)
            case happened.PaneTitled(pane_id=pane_id, title=title):
                self.change_pane(pane_id, title=title)
            case happened.PaneRang(pane_id=pane_id):
                self.ring(pane_id)
            case happened.PaneResized(pane_id=pane_id, columns=columns, lines=lines):
                self.change_pane(pane_id, columns=columns, lines=lines)
            case happened.PaneExited(pane_id=pane_id, exit=exit_status):
                self.change_pane(pane_id, exit=exit_status, state="exited")
            case happened.PaneLost(pane_id=pane_id, orphaned=orphaned):
                self.change_pane(pane_id, state="lost", orphaned=orphaned)
            case happened.PaneRestarting(pane_id=pane_id, streak=streak):
                self.change_pane(pane_id, state="restarting", streak=streak)
            case happened.PaneGaveUp(pane_id=pane_id, trouble=trouble):
                self.give_up(pane_id, trouble)
            case happened.PaneRenamed(pane_id=pane_id, name=name):
                self.change_pane(pane_id, name=name)
            case happened.ControlTaken(pane_id=pane_id, control=control):
                self.change_pane(pane_id, control=control)
            case happened.ControlReleased(pane_id=pane_id):
                self.change_pane(pane_id, control=None)
            case happened.PaneClosed(pane_id=pane_id, session_id=session_id):
                if self.panes.pop(pane_id, None) is not None:
                    self.note("pane", pane_id, session_id)
                    self.note("layout", session_id, session_id)
                    layout = arranging.without_pane(self.layout_of(session_id), pane_id)
                    self.layouts[session_id] = layout
            case happened.LayoutChanged(session_id=session_id, layout=layout):
                self.arrange(session_id, layout)
            case (
                happened.MessageSent()
                | happened.MessageJoined()
                | happened.RetentionEnded()
                | happened.MessagesOffered()
                | happened.MessagesConsumed()
                | happened.MessagesReturned()
                | happened.DeliveryEnded()
                | happened.FailuresReported()
            ):
                self.ledger.apply(recorded, self.sessions)
            case happened.TokenIssued(token=token):
                self.forget_a_token(recorded.at)
                self.tokens[token.token_id] = token
            case happened.TokenExchanged():
                self.exchange_token(event)
            case happened.TokenRevoked(token_id=token_id):
                self.revoke_token(token_id, recorded.at)
            case happened.RecordingStarted(recording=recording):
                self.recordings[recording.recording_id] = recording
                self.forget_a_recording()
            case happened.RecordingEnded():
                self.end_recording(event, recorded.at)
            case _:
                assert_never(event)

    def note(self, kind: str, key: str, session_id: str) -> None:
        """Remember that something is about to change, and whose it is."""
        self.changed[kind, key] = session_id

    def change_session(self, session_id: str, **changes: Any) -> None:
        session = self.sessions.get(session_id)
        if session is not None:
            self.note("session", session_id, session_id)
            self.sessions[session_id] = attrs.evolve(session, **changes)

    def rename_session(self, session_id: str, name: str) -> None:
        """Give a session another name, by which its panes and windows are shown too."""
        session = self.sessions.get(session_id)
        if session is None:
            return
        self.names.pop(session.session_name, None)
        self.names[name] = session_id
        self.change_session(
            session_id,
            session_name=name,
            asked_name=session.asked_name or session.session_name,
        )
        self.note("layout", session_id, session_id)
        for pane in self.panes_of(session_id):
            self.note("pane", pane.pane_id, session_id)

    def change_pane(self, pane_id: str, **changes: Any) -> None:
        pane = self.panes.get(pane_id)
        if pane is not None:
            self.note("pane", pane_id, pane.session_id)
            self.panes[pane_id] = attrs.evolve(pane, **changes)

    def ring(self, pane_id: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is not None:
            self.change_pane(pane_id, bells=pane.bells + 1)

    def open_pane(self, pane: Pane) -> None:
        self.panes[pane.pane_id] = pane
        self.note("pane", pane.pane_id, pane.session_id)
        if not pane.draft:
            self.note("layout", pane.session_id, pane.session_id)
            self.layouts[pane.session_id] = arranging.with_pane(
                self.layout_of(pane.session_id), pane.pane_id, pane.columns, pane.lines
            )

    def arrange(self, session_id: str, layout: Layout) -> None:
        """Take over a layout, put right by what panes there are by now."""
        if session_id not in self.sessions:
            return
        self.note("layout", session_id, session_id)
        placed = set(layout.pane_ids)
        sizes = {}
        for pane in self.panes_of(session_id):
            if pane.draft and pane.pane_id in placed:
                self.change_pane(pane.pane_id, draft=False)
            if not pane.draft or pane.pane_id in placed:
                sizes[pane.pane_id] = pane.columns, pane.lines
        self.layouts[session_id] = arranging.consistent(layout, sizes)

    def start_pane(self, pane_id: str, hosted: HostInfo, at: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is not None:
            again = pane.hosted is not None
            self.note("pane", pane_id, pane.session_id)
            self.panes[pane_id] = attrs.evolve(
                pane,
                hosted=hosted,
                state="running",
                started_at=at,
                exit=None,
                last_exit=pane.exit if again else pane.last_exit,
                restarts=pane.restarts + again,
                trouble=None,
                orphaned=False,
            )

    def give_up(self, pane_id: str, trouble: str) -> None:
        pane = self.panes.get(pane_id)
        if pane is not None:
            state = "lost" if pane.exit is None else "exited"
            self.change_pane(pane_id, state=state, trouble=trouble)

    def close_session(self, session_id: str) -> None:
        session = self.sessions.pop(session_id, None)
        if session is None:
            return
        self.closed = session
        self.note("session", session_id, session_id)
        self.note("layout", session_id, session_id)
        self.bridge(session)
        self.layouts.pop(session_id, None)
        self.names.pop(session.session_name, None)
        for pane in self.panes_of(session_id):
            self.note("pane", pane.pane_id, session_id)
            del self.panes[pane.pane_id]

    def bridge(self, ended: Session) -> None:
        """Lead the ways up past an ended session, and forget those nobody goes."""
        above = ended.parent
        if above is not None and above not in self.sessions:
            above = self.parents.get(above)
        self.parents[ended.session_id] = above
        named = {session.parent for session in self.sessions.values()}
        self.parents = {
            below: above if parent == ended.session_id else parent
            for below, parent in self.parents.items()
            if below in named
        }

    def exchange_token(self, event: happened.TokenExchanged) -> None:
        """Give a token its second secret: only once, whoever else asked meanwhile."""
        token = self.tokens.get(event.token_id)
        if token is None or token.exchange_seconds is None or token.revoked_at:
            return
        self.tokens[event.token_id] = attrs.evolve(
            token,
            digest=event.digest,
            expires_at=event.expires_at,
            exchange_seconds=None,
        )

    def revoke_token(self, token_id: str, at: str) -> None:
        token = self.tokens.get(token_id)
        if token is not None and token.revoked_at is None:
            self.tokens[token_id] = attrs.evolve(token, revoked_at=at)

    def forget_a_token(self, at: str) -> None:
        """Make room for one more, if one of those that have ended can go."""
        if len(self.tokens) < MOST_TOKENS:
            return
        for token_id, token in self.tokens.items():
            # Times are written alike, so that their texts sort as they do.
            if token.revoked_at is not None or token.expires_at <= at:
                del self.tokens[token_id]
                return

    def end_recording(self, event: happened.RecordingEnded, at: str) -> None:
        recording = self.recordings.get(event.recording_id)
        if recording is not None and recording.ended_at is None:
            self.recordings[event.recording_id] = attrs.evolve(
                recording, ended_at=at, reason=event.reason
            )

    def forget_a_recording(self) -> None:
        """Forget the oldest that has ended, if there are too many. Its file stays."""
        if len(self.recordings) > MOST_RECORDINGS:
            ended = (r for r in self.recordings.values() if r.ended_at is not None)
            oldest = next(ended, None)
            if oldest is not None:
                del self.recordings[oldest.recording_id]
