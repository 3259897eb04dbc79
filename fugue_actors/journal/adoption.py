"""What a new daemon has to record so that its view agrees with what is there. Pure.

Of what the daemon before knew, some may have ended without anybody who noticed, and
something may have begun that it had no time to write down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.protocol.events import (
    Event,
    GuestHeld,
    MessagesReturned,
    PaneClosed,
    PaneOpened,
    SessionClosed,
    SessionOpened,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from fugue_actors.journal.cards import Card
    from fugue_actors.journal.views import State
    from fugue_actors.protocol.values import Session

# Their hosts are there, or it has to be said that they are not.
TO_BE_FOUND: Final = ("running", "restarting", "exited", "lost")
NOTHING_LEFT: Final = "none of its programs was left when the daemon started"


def known(state: State, hosts: Collection[str]) -> set[str]:
    """The panes for which nobody has to look at their cards."""
    return {
        pane.pane_id
        for pane in state.panes.values()
        if pane.pane_id in hosts or pane.state in TO_BE_FOUND
    }


def corrections(
    state: State, hosts: Collection[str], found: Iterable[Card], *, is_same_boot: bool
) -> tuple[Event, ...]:
    """The events that make a view agree with what is there.

    A pane that has no host any more is kept and will be found lost, unless the machine
    was started anew since. Sessions without a pane left have ended. Drafts become panes
    like others: the layout they were made for may have been complete a moment later, and
    no program is ended on a suspicion. But nobody waits for a run any more: it stays a
    draft, and its session ends it.

    Args:
        state: What the daemon before knew.
        hosts: The panes whose hosts listen.
        found: The cards of panes that it did not know, or not for certain.
        is_same_boot: Whether the machine has run since then.
    """
    cards = {card.pane.pane_id: card for card in found}
    panes = {
        pane.pane_id: pane
        for pane in state.panes.values()
        if pane.pane_id in hosts or (is_same_boot and pane.state in TO_BE_FOUND)
    }
    panes |= {pane_id: card.pane for pane_id, card in cards.items()}
    owners = {pane.session_id for pane in panes.values()}
    over = {
        session_id
        for session_id, session in state.sessions.items()
        if session.kind != "guest" and session_id not in owners
    }
    fresh = {card.session.session_id: card.session for card in cards.values()}
    return (
        *(SessionClosed(session_id=one, reason=NOTHING_LEFT) for one in over),
        *(
            PaneClosed(pane_id=pane.pane_id, session_id=pane.session_id)
            for pane in state.panes.values()
            if pane.pane_id not in panes and pane.session_id not in over
        ),
        *(
            GuestHeld(session_id=session_id, holder=None)
            for session_id, session in state.sessions.items()
            if session.holder is not None
        ),
        *(
            TagsChanged(session_id=session.session_id, tags=session.tags)
            for session in fresh.values()
            if session.session_id in state.sessions
            and session.tags != state.sessions[session.session_id].tags
        ),
        *(
            SessionOpened(session=session)
            for session in renamed(
                (one for one in fresh.values() if one.session_id not in state.sessions),
                {name for name, owner in state.names.items() if owner not in over},
            )
        ),
        *(
            PaneOpened(pane=attrs.evolve(pane, draft=pane.is_run))
            for pane in panes.values()
            if pane != state.panes.get(pane.pane_id) or pane.draft != pane.is_run
        ),
    )


def returns(state: State) -> Iterator[Event]:
    """Messages go back to the queue whose connections ended with the daemon before."""
    for session_id in state.sessions:
        held = tuple(message_id for message_id, _ in state.ledger.held(session_id))
        if held:
            yield MessagesReturned(session_id=session_id, message_ids=held, seen=True)


def renamed(sessions: Iterable[Session], taken: set[str]) -> Iterator[Session]:
    """The sessions, each under a name of its own.

    Two can only have the same one if a card is older than what else is known.
    """
    taken = set(taken)
    for session in sessions:
        name, number = session.session_name, 2
        while name in taken:
            name, number = f"{session.session_name}-{number}", number + 1
        taken.add(name)
        yield attrs.evolve(session, session_name=name)
