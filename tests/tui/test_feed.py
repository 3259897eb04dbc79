"""The feed: what is looked at is subscribed to, and daemons come and go."""

from __future__ import annotations

import json
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.tui.feed import Feed
from fugue_actors.tui.modes import Request
from fugue_actors.tui.requests import Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WITHIN = 60.0
WELCOME = {
    "version": "0",
    "pid": 1,
    "protocol": 1,
    "generation": 7,
    "role": "operator",
    "name": "ann",
    "operator_id": "o1",
}


class Daemon:
    """A daemon that says what it is told to, over a real socket.

    Attributes:
        subscriptions: What was subscribed to, by every connection.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.subscriptions: list[dict[str, Any]] = []
        self.is_asked = trio.Event()
        self.stream: trio.SocketStream | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It can be reached for the length of the block."""
        await trio.Path(self.path).unlink(missing_ok=True)
        listener = trio.socket.socket(trio.socket.AF_UNIX)
        await listener.bind(self.path)
        listener.listen()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(
                trio.serve_listeners, self.serve, [trio.SocketListener(listener)]
            )
            yield
            nursery.cancel_scope.cancel()

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection."""
        self.stream = stream
        rest = b""
        async for data in stream:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                asked = json.loads(line)
                if asked["request"] == "hello":
                    await self.say(id=asked["id"], result=WELCOME)
                elif asked["request"] == "subscribe":
                    self.subscriptions.append(asked["args"])
                    resumed = "since" in asked["args"]
                    answer = {"seq": 5, "resumed": resumed}
                    await self.say(id=asked["id"], result=answer)
                    whole = {"sessions": {}, "panes": {}, "layouts": {}}
                    if not resumed:
                        await self.say(seq=5, snapshot=whole)
                    self.is_asked.set()
                    self.is_asked = trio.Event()
                else:
                    error = {"code": "InvalidArgument", "message": "no"}
                    await self.say(id=asked["id"], error=error)

    async def say(self, **frame: Any) -> None:
        """Say a frame to the newest client."""
        assert self.stream is not None
        await self.stream.send_all(json.dumps(frame).encode() + b"\n")

    async def wait_subscribed(self, count: int) -> None:
        """Wait until so many subscriptions have come."""
        while len(self.subscriptions) < count:
            await self.is_asked.wait()


class Heard:
    """What a feed told."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.is_told = trio.Event()

    def hear(self, word: str) -> None:
        self.words.append(word)
        self.is_told.set()
        self.is_told = trio.Event()

    async def wait(self, word: str) -> None:
        """Wait until a word was told."""
        while word not in self.words:
            await self.is_told.wait()


@asynccontextmanager
async def followed(path: str) -> AsyncIterator[tuple[Feed, Heard]]:
    """A feed that runs for the length of the block."""
    heard = Heard()
    feed = Feed(
        on_change=lambda change: heard.hear("change"),
        on_lost=lambda why: heard.hear("lost"),
        on_found=lambda: heard.hear("found"),
        socket=path,
    )
    with trio.fail_after(WITHIN):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.run)
            yield feed, heard
            nursery.cancel_scope.cancel()


@pytest.fixture
def path() -> Any:
    """Where the daemon listens; short, as addresses of sockets have to be."""
    with tempfile.TemporaryDirectory(prefix="fugue-feed-") as folder:
        yield f"{folder}/control.sock"


async def test_it_waits_for_a_daemon_and_goes_on_where_it_was_with_the_next(
    path: str,
) -> None:
    """The model outlives the connection, and is not told anew if it need not be."""
    daemon = Daemon(path)
    async with followed(path) as (feed, heard):
        await heard.wait("lost")
        with pytest.raises(Unavailable):
            await feed.request("list_sessions")
        async with daemon.running():
            await heard.wait("found")
            model = feed.model
            await daemon.say(seq=9, put={"sessions": {"s": {"session_id": "s"}}})
            await heard.wait("change")
        heard.words.clear()
        await heard.wait("lost")
        assert feed.model is model
        assert "s" in model.sessions
        async with daemon.running():
            await heard.wait("found")
            last = daemon.subscriptions[-1]
            assert (last["since"], last["generation"]) == (9, 7)
            assert "s" in model.sessions


async def test_what_is_looked_at_is_subscribed_to_and_only_the_newest(
    path: str,
) -> None:
    """Whoever hurries through windows does not ask for each of them."""
    daemon = Daemon(path)
    async with daemon.running(), followed(path) as (feed, heard):
        await heard.wait("found")
        for pane in ("p1", "p2", "p3"):
            feed.watch((pane,))
        await daemon.wait_subscribed(2)
        assert [each["screens"] for each in daemon.subscriptions] == [[], ["p3"]]
        feed.watch(("p3",))
        await wait_all_tasks_blocked()
        feed.watch(("p4",))
        await daemon.wait_subscribed(3)
        assert daemon.subscriptions[2]["screens"] == ["p4"]


async def test_a_refusal_is_raised_where_it_was_asked(path: str) -> None:
    """It is not taken for an end of the connection."""
    daemon = Daemon(path)
    async with daemon.running(), followed(path) as (feed, heard):
        await heard.wait("found")
        with pytest.raises(Refused):
            await feed.request("nosuch")
        assert feed.client is not None


class Lane:
    """Takes requests, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_open = trio.Event()

    async def request(self, name: str, /, **args: Any) -> dict[str, Any]:
        self.asked.append(name)
        await self.is_open.wait()
        if name == "bad":
            raise Refused("InvalidArgument", "no")
        return {"name": name}


async def test_of_requests_in_a_lane_only_the_newest_waits(
    nursery: trio.Nursery,
) -> None:
    """A border that is dragged does not ask for each of its places."""
    lane = Lane()
    requests = Requests(lane.request)
    nursery.start_soon(requests.run)
    answers: list[dict[str, Any] | FugueError] = []
    for name in ("one", "two", "three"):
        requests.make(Request(name=name, lane="drag"), answers.append)
    requests.make(Request(name="other"), answers.append)
    await wait_all_tasks_blocked()
    assert sorted(lane.asked) == ["one", "other"]
    lane.is_open.set()
    await wait_all_tasks_blocked()
    assert sorted(lane.asked) == ["one", "other", "three"]
    assert {"name": "three"} in answers
    requests.make(Request(name="four", lane="drag"), answers.append)
    await wait_all_tasks_blocked()
    assert answers[-1] == {"name": "four"}


async def test_a_refusal_frees_its_lane(nursery: trio.Nursery) -> None:
    """One thing that cannot be does not end all others."""
    lane = Lane()
    lane.is_open.set()
    requests = Requests(lane.request)
    nursery.start_soon(requests.run)
    answers: list[dict[str, Any] | FugueError] = []
    requests.make(Request(name="bad", lane="drag"), answers.append)
    await wait_all_tasks_blocked()
    requests.make(Request(name="good", lane="drag"), answers.append)
    await wait_all_tasks_blocked()
    assert isinstance(answers[0], Refused)
    assert answers[1] == {"name": "good"}
