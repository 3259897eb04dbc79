"""The stream: order, listeners, and that nothing is half done."""

from __future__ import annotations

from fugue_actors.journal import Journal
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import Session


def opened(name: str) -> happened.SessionOpened:
    return happened.SessionOpened(
        session=Session(
            session_id=name,
            session_name=name,
            kind="guest",
            cwd="/",
            repository=None,
            worktree=None,
            parent=None,
        )
    )


async def test_a_listener_sees_the_state_with_its_event_folded_in() -> None:
    """A listener that looks must find what it was told about."""
    journal = Journal()
    seen: list[bool] = []
    journal.listen(lambda _: seen.append("a" in journal.state.sessions))
    await journal.record(opened("a"))
    assert seen == [True]


async def test_events_are_numbered_in_the_order_they_were_recorded() -> None:
    """Monitors resume by number; a gap or a swap would lose something."""
    journal = Journal()
    numbers: list[int] = []
    journal.listen(lambda recorded: numbers.append(recorded.seq))
    await journal.record(opened("a"), opened("b"))
    await journal.record(opened("c"))
    assert numbers == [1, 2, 3]


async def test_a_session_listener_hears_of_its_session_only() -> None:
    """Five hundred sessions must not be woken for the sake of one."""
    journal = Journal()
    heard: list[str] = []
    journal.listen(lambda r: heard.append(type(r.event).__name__), session_id="a")
    await journal.record(opened("a"), opened("b"))
    await journal.record(happened.TagsChanged(session_id="b", tags=("x",)))
    await journal.record(happened.TagsChanged(session_id="a", tags=("x",)))
    assert heard == ["SessionOpened", "TagsChanged"]


async def test_stopping_a_listener_twice_leaves_a_later_one_alone() -> None:
    """A restarted actor listens anew while the old one's clean-up still runs."""
    journal = Journal()
    heard: list[int] = []
    stop = journal.listen(lambda _: None, session_id="a")
    stop()
    journal.listen(lambda r: heard.append(r.seq), session_id="a")
    stop()
    await journal.record(opened("a"))
    assert heard == [1]
