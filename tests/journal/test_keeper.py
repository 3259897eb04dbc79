"""The keeper: what it writes, when, and what becomes of it when the disk refuses."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import a_message, a_pane, a_session
from puppets import tree

from fugue_actors.journal import Journal, cards, keeper
from fugue_actors.kernel import Kernel, Ref, open_kernel
from fugue_actors.protocol.events import (
    PaneLost,
    PaneOpened,
    PaneStarted,
    PaneTitled,
    SessionClosed,
    SessionOpened,
    TagsChanged,
)
from fugue_actors.protocol.hosting import HostInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ANN = a_session("ann")
PANE = a_pane(ANN)
STARTED = PaneStarted(
    pane_id=PANE.pane_id,
    session_id=ANN.session_id,
    hosted=HostInfo(
        host_pid=1,
        host_started=1.0,
        program_pid=2,
        program_started=2.0,
        socket="/run/p1.sock",
        tty="/dev/pts/1",
    ),
)


@attrs.define(eq=False)
class Kept:
    """A keeper and what it keeps."""

    kernel: Kernel
    journal: Journal
    directory: Path
    ours: list[bool]

    @property
    def actor(self) -> Ref:
        return self.kernel.registry.resolve("/keeper")

    def card(self) -> cards.Card | None:
        """The card of the one pane."""
        path = cards.path_of(self.directory, PANE.pane_id)
        return cards.read(path) if path.exists() else None


async def until(fact: Callable[[], Any]) -> None:
    """Wait for what a thread does."""
    with trio.fail_after(60):
        while not fact():  # noqa: ASYNC110 - of a thread
            await trio.sleep(0.005)


@asynccontextmanager
async def keeping(directory: Path, journal: Journal) -> AsyncIterator[Kept]:
    ours = [True]
    spec = keeper.spec(journal, directory, is_ours=lambda: ours[0])
    async with open_kernel(tree(spec)) as kernel:
        yield Kept(kernel, journal, directory, ours)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    with trio.fail_after(60):
        async with keeping(tmp_path, Journal()) as made:
            yield made


async def test_what_is_the_case_is_written_as_soon_as_it_starts(tmp_path: Path) -> None:
    """Whatever changed while no keeper ran."""
    journal = Journal()
    await journal.record(SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED)
    async with keeping(tmp_path, journal) as kept:
        await until(lambda: kept.card() is not None)


async def test_what_changed_in_the_last_moment_is_written_at_the_end(
    tmp_path: Path,
) -> None:
    """`fugue stop` right after `fugue new` loses nothing."""
    journal = Journal()
    await journal.record(SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED)
    async with keeping(tmp_path, journal) as kept:
        await until(lambda: kept.card() is not None)
        await journal.record(TagsChanged(session_id=ANN.session_id, tags=("late",)))
    card = kept.card()
    assert card is not None
    assert card.session.tags == ("late",)


async def test_messages_and_titles_cost_no_writing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come by the thousand and stand on no card."""
    await kept.journal.record(
        SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED
    )
    await until(lambda: kept.card() is not None)
    written: list[cards.Card] = []
    monkeypatch.setattr(cards, "write", lambda _, card: written.append(card))
    about = {"pane_id": PANE.pane_id, "session_id": ANN.session_id}
    await kept.journal.record(a_message("note", ANN), PaneTitled(**about, title="x"))
    await trio.sleep(3 * keeper.SETTLE_SECONDS)
    assert written == []
    await kept.journal.record(TagsChanged(session_id=ANN.session_id, tags=("a",)))
    await until(lambda: len(written) == 1)


async def test_a_disk_that_refuses_is_tried_again_by_the_next_incarnation(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The actor's restarts are what `degraded` is told from; nothing is lost."""
    write = cards.write

    def refuse(path: Path, card: cards.Card) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(cards, "write", refuse)
    await kept.journal.record(
        SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED
    )
    await until(lambda: kept.actor.status == "restarting")
    monkeypatch.setattr(cards, "write", write)
    await until(lambda: kept.card() is not None)
    assert kept.actor.restarts >= 1


async def test_a_home_that_another_daemon_has_is_not_written_to(kept: Kept) -> None:
    """Its cards are the truth now, and ours are history."""
    kept.ours[0] = False
    await kept.journal.record(
        SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED
    )
    await trio.sleep(3 * keeper.SETTLE_SECONDS)
    assert kept.card() is None


async def test_the_card_of_a_pane_follows_it_and_goes_with_it(kept: Kept) -> None:
    """Written when it runs, renewed when it changes, removed when its host is lost."""
    await kept.journal.record(SessionOpened(session=ANN), PaneOpened(pane=PANE))
    await trio.sleep(3 * keeper.SETTLE_SECONDS)
    assert kept.card() is None  # the zygote writes the first one
    await kept.journal.record(STARTED)
    await until(lambda: kept.card() is not None)
    await kept.journal.record(TagsChanged(session_id=ANN.session_id, tags=("a",)))
    await until(lambda: (card := kept.card()) and card.session.tags == ("a",))
    about = {"pane_id": PANE.pane_id, "session_id": ANN.session_id}
    await kept.journal.record(PaneLost(**about))
    await until(lambda: kept.card() is None)


async def test_the_card_of_a_pane_whose_session_ended_is_removed(kept: Kept) -> None:
    """Or the next daemon would adopt what was killed."""
    opened = (SessionOpened(session=ANN), PaneOpened(pane=PANE), STARTED)
    await kept.journal.record(*opened)
    await until(lambda: kept.card() is not None)
    closed = SessionClosed(session_id=ANN.session_id, reason="ended")
    await kept.journal.record(closed)
    await until(lambda: kept.card() is None)
