"""Twenty agents, numbered messages, and everything goes wrong: no message is a lie.

Every accepted message is received or reported, whatever was killed, cut or full meanwhile:
none is lost, none is settled twice, none comes again without saying so, and none
overtakes another of its sender. The seed is printed; `FUGUE_TEST_SEED` repeats a plan, as
far as the scheduler of the machine is not part of it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import resource
import signal
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from daemonkit import Control, Home, running_home
from faultkit import Agent, Books

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.real
logger = logging.getLogger(__name__)

KILLS = int(os.environ.get("FUGUE_TEST_FAULTS", "4"))
SEED = int(os.environ.get("FUGUE_TEST_SEED", "0")) or random.randrange(1, 10**6)
AGENTS = 20
SHIMS = 4
DOOMED = 2
BREAKS = 0.03
DRAIN_WITHIN = 40.0
DECIDED_WITHIN = 15.0
SETTINGS = """
[messages]
sends_per_minute = 0
broadcasts_per_minute = 0
conversation_per_minute = 0
"""


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own, that lets agents talk as fast as they can."""
    with running_home(SETTINGS) as home:
        yield home


@attrs.define(eq=False)
class World:
    """A daemon that has a hard time, and those who depend on it."""

    home: Home
    chance: random.Random
    books: Books = attrs.Factory(Books)
    agents: list[Agent] = attrs.Factory(list)

    def agent(self, name: str, others: list[str], **fields: object) -> Agent:
        agent = Agent(
            name=name,
            socket=self.home.mcp_socket,
            chance=random.Random(self.chance.random()),
            books=self.books,
            others=[other for other in others if other != name],
            breaks=BREAKS,
            pause=0.1,
            **fields,  # type: ignore[arg-type]
        )
        self.agents.append(agent)
        return agent

    async def pause(self, least: float, most: float) -> None:
        await trio.sleep(self.chance.uniform(least, most))

    # ---- trouble

    async def kill(self) -> None:
        """`kill -9`, and a new daemon a moment later."""
        await self.pause(0.1, 1)
        daemon = self.home.daemon
        assert daemon is not None
        daemon.send_signal(signal.SIGKILL)
        await in_thread(daemon.wait)
        await self.pause(0, 0.2)
        await in_thread(self.home.start)

    async def lock(self) -> None:
        """Another program holds the journal's file for a while."""
        await self.pause(0.2, 0.8)
        await in_thread(hold, journal_file(self.home), self.chance.uniform(0.2, 3))

    async def fill(self) -> None:
        """No file of the daemon's may grow for a while: to it the disk is full."""
        await self.pause(0.2, 0.8)
        daemon = self.home.daemon
        assert daemon is not None
        size = journal_file(self.home).stat().st_size
        limits = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size // 2, limits[1]))
        await self.pause(0.2, 2)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, limits)


async def in_thread(function: Callable[..., object], *arguments: object) -> None:
    await trio.to_thread.run_sync(partial(function, *arguments))


def journal_file(home: Home) -> Path:
    (path,) = home.root.rglob("journal.db")
    return path


def hold(path: Path, seconds: float) -> None:
    """Keep everybody else from writing a database."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")


async def everything(home: Home, troubles: list[str], seed: int) -> World:
    """Let agents talk while this trouble comes; returns when all of it is over."""
    world = World(home, random.Random(seed))
    names = [f"agent-{number}" for number in range(AGENTS)]
    doomed = [f"doomed-{number}" for number in range(DOOMED)]
    # With the socket's name, as in a pane, a shim waits for the next daemon.
    shims = {**home.environment, "FUGUE_SOCKET": str(home.mcp_socket)}
    for number, name in enumerate(names):
        environment = shims if number < SHIMS else None
        world.agent(name, names + doomed, environment=environment)
    async with trio.open_nursery() as nursery:
        for agent in world.agents:
            nursery.start_soon(agent.run)
        lives = [trio.CancelScope() for _ in doomed]
        for name, life in zip(doomed, lives, strict=True):
            agent = world.agent(name, names, is_sending=False)
            nursery.start_soon(for_as_long_as, life, agent.run)
        # Everybody is there before anything happens.
        with trio.fail_after(60):
            while not all(world.books.seen[agent.name] for agent in world.agents):
                await trio.sleep(0.05)
        for number, trouble in enumerate(troubles):
            await getattr(world, trouble)()
            if number * DOOMED % len(troubles) < DOOMED and lives:
                lives.pop().cancel()
                await in_thread(end_session, home, doomed.pop())
        # A greeting on its way when its session ended has opened another of that name.
        for number in range(DOOMED):
            await in_thread(end_session, home, f"doomed-{number}")
        await world.pause(0.2, 0.5)
        await settle_down(world)
        # Agents go on meanwhile: what came again just now is theirs to prove.
        await in_thread(check_what_the_daemon_says, world)
        nursery.cancel_scope.cancel()
    return world


async def for_as_long_as(
    life: trio.CancelScope, run: Callable[[], Awaitable[None]]
) -> None:
    with life:
        await run()


def end_session(home: Home, name: str) -> None:
    """End a session, if there is one."""
    with home.control() as control:
        if name in {
            one["session_name"] for one in control("list_sessions")["sessions"]
        }:
            control("kill_session", session=name)


async def settle_down(world: World) -> None:
    """Nobody sends any more; wait until everybody has what is due."""
    living = [agent for agent in world.agents if agent.name.startswith("agent")]
    for agent in world.agents:
        agent.is_sending = False
        agent.breaks = 0
    for agent in world.agents:
        if agent not in living:  # a connection that was under way may have come back
            await in_thread(end_session, world.home, agent.name)
    with trio.move_on_after(DRAIN_WITHIN):
        while world.books.missing() or not all(agent.is_idle for agent in living):
            await trio.sleep(0.1)
    missing = world.books.missing()
    assert not missing, f"{len(missing)} of {len(world.books.sent)} lost: {missing[:5]}"
    assert all(agent.is_idle for agent in living)


def check_what_the_daemon_says(world: World) -> None:
    """Nothing is open any more, and what it calls consumed was received."""
    books = world.books
    with world.home.control() as control:
        assert control("status")["condition"] == "ok"
        for sent in books.sent.values():
            for row in closed_rows(control, sent.id):
                name, state = row["session_name"], row["state"]
                if state in ("consumed", "answered"):
                    assert sent.id in books.seen[name], (sent, row)
                else:
                    assert sent.id not in books.settled[name], (sent, row)


def closed_rows(control: Control, message_id: str) -> list[dict[str, Any]]:
    """What became of a message, once that is decided."""
    end = time.monotonic() + DECIDED_WITHIN
    while True:
        rows = list(control("message_status", message_id=message_id)["recipients"])
        undecided = [row for row in rows if row["state"] in ("queued", "offered")]
        if not undecided:
            return rows
        assert time.monotonic() < end, (message_id, undecided)
        time.sleep(0.05)


async def run(home: Home, troubles: list[str]) -> None:
    """The whole of it; what is needed to repeat it is logged."""
    logger.warning("FUGUE_TEST_SEED=%s: %s", SEED, " ".join(troubles))
    try:
        world = await everything(home, troubles, SEED)
    except BaseException as error:
        error.add_note(f"tracebacks in the daemons' log:\n{home.tracebacks()}")
        raise
    assert not home.tracebacks()
    books = world.books
    logger.warning(
        "%s accepted, %s came again, %s reported",
        len(books.sent),
        books.repeats,
        len(books.told),
    )
    assert books.sent


def plan(*kinds: str, of: int) -> list[str]:
    """So many troubles, each kind as often as the others, in any order."""
    troubles = [kinds[number % len(kinds)] for number in range(of)]
    random.Random(SEED).shuffle(troubles)
    return troubles


async def test_killed_daemons_and_cut_wires_cost_no_message(home: Home) -> None:
    """SIGKILL at any moment, and the next daemon knows all that was promised."""
    await run(home, ["kill"] * KILLS)


async def test_a_journal_that_refuses_costs_no_message(home: Home) -> None:
    """What could not be kept was not promised, and what was promised is kept."""
    await run(home, plan("lock", "fill", "kill", of=max(3, KILLS // 2)))
