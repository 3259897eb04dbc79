"""The end of a token that somebody uses: noticed at once, whatever ends it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import trio
from trio.testing import wait_all_tasks_blocked

from fugue_actors.gateways import tokens
from fugue_actors.gateways.tokenlife import LOOK_SECONDS, wait_ended
from fugue_actors.journal import Journal
from fugue_actors.protocol.events import TokenIssued, TokenRevoked

if TYPE_CHECKING:
    from fugue_actors.errors import Refused
    from fugue_actors.protocol.values import Token

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


class Clock:
    """A wall clock beside trio's, which somebody may set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> datetime.datetime:
        passed = trio.current_time() - BEGIN[0] + self.ahead
        return NOON + datetime.timedelta(seconds=passed)


BEGIN = [0.0]


class Counted(Journal):
    """A journal that counts who listens."""

    begun = stopped = 0

    def listen(self, *arguments: Any, **more: Any) -> Any:
        stop = super().listen(*arguments, **more)
        self.begun += 1

        def counted() -> None:
            self.stopped += 1
            stop()

        return counted


async def issued(journal: Journal, seconds: float) -> Token:
    BEGIN[0] = trio.current_time()
    token, _ = tokens.issue(role="observer", label="a", seconds=seconds, now=NOON)
    await journal.record(TokenIssued(token=token))
    return token


def reason(refused: Refused) -> str:
    assert refused.code == "NotAllowed"
    assert refused.data is not None
    return str(refused.data["reason"])


async def test_a_token_ends_when_its_time_is_over(autojump_clock: object) -> None:
    """Neither earlier nor later."""
    journal = Journal()
    token = await issued(journal, 3600)
    assert reason(await wait_ended(journal, token, Clock())) == "expired"
    assert 3600 <= trio.current_time() - BEGIN[0] < 3600.1


async def test_a_token_that_is_revoked_ends_at_once(autojump_clock: object) -> None:
    """And only that one."""
    journal = Journal()
    one, other = await issued(journal, 3600), await issued(journal, 3600)
    ended: list[str] = []

    async def wait() -> None:
        ended.append(reason(await wait_ended(journal, one, Clock())))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        await journal.record(TokenRevoked(token_id=other.token_id))
        await wait_all_tasks_blocked()
        assert ended == []
        await journal.record(TokenRevoked(token_id=one.token_id))
        await wait_all_tasks_blocked()
        assert ended == ["revoked"]
        assert trio.current_time() == BEGIN[0]


async def test_one_that_was_revoked_before_somebody_waits_has_ended(
    autojump_clock: object,
) -> None:
    """Between a check and the wait something may happen."""
    journal = Journal()
    token = await issued(journal, 3600)
    await journal.record(TokenRevoked(token_id=token.token_id))
    assert reason(await wait_ended(journal, token, Clock())) == "revoked"
    del journal.state.tokens[token.token_id]
    assert reason(await wait_ended(journal, token, Clock())) == "unknown"


async def test_a_machine_that_slept_past_the_end_notices_soon(
    autojump_clock: object,
) -> None:
    """Its own clock stood still meanwhile."""
    journal, clock = Journal(), Clock()
    token = await issued(journal, 3600)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait_ended, journal, token, clock)
        await wait_all_tasks_blocked()
        clock.ahead = 7200
    assert trio.current_time() - BEGIN[0] <= LOOK_SECONDS


async def test_nobody_listens_any_more_when_the_wait_is_over(
    autojump_clock: object,
) -> None:
    """Connections come and go for months."""
    journal = Counted()
    token = await issued(journal, 3600)
    with trio.move_on_after(1):
        await wait_ended(journal, token, Clock())
    assert (journal.begun, journal.stopped) == (1, 1)
