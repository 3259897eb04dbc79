"""The MCP SDK is imported once for all, and what goes wrong then is told."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.errors import Unavailable
from fugue_actors.gateways.mcp import McpConnection, Sdk
from fugue_actors.gateways.mcp.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewaykit import Gate

    from fugue_actors.gateways.mcp.sdk import Serve

WITHIN = 30.0


PROBE = """
import gc
from fugue_actors.gateways.mcp.sdk import imported
gc.collect()
before = len(gc.get_objects())
imported()
print(gc.isenabled(), len(gc.get_objects()) < before)
"""


class Import:
    """An import that takes as long as a test wants.

    Attributes:
        count: How often it was begun.
        has_begun: Set in the loop when it is under way.
    """

    def __init__(self, *failures: Exception) -> None:
        self.count = 0
        self.has_begun = trio.Event()
        self.go = threading.Event()
        self.failures = list(failures)

    def __call__(self) -> Serve:
        self.count += 1
        trio.from_thread.run_sync(self.has_begun.set)
        assert self.go.wait(WITHIN)
        if self.failures:
            raise self.failures.pop(0)
        return serve

    @contextlib.contextmanager
    def let_go(self) -> Iterator[None]:
        """Let it end with the block, whatever comes."""
        try:
            yield
        finally:
            self.go.set()


async def test_those_who_call_together_share_one_import() -> None:
    """A restarted daemon is called by all agents at once."""
    bring = Import()
    sdk = Sdk(bring)
    got = []

    async def call() -> None:
        got.append(await sdk.server())

    with trio.fail_after(WITHIN), bring.let_go():
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(call)
            await bring.has_begun.wait()
            await wait_all_tasks_blocked()
            assert got == []
            bring.go.set()
        await call()
    assert got == [serve] * 4
    assert bring.count == 1


async def test_one_that_leaves_while_it_waits_takes_nothing_from_the_others() -> None:
    """Neither the one who began it, nor one who came later."""
    bring = Import()
    sdk = Sdk(bring)
    scopes = []

    async def call() -> None:
        with trio.move_on_after(WITHIN) as scope:
            scopes.append(scope)
            await sdk.server()
            await trio.sleep_forever()

    with trio.fail_after(WITHIN), bring.let_go():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await bring.has_begun.wait()
            nursery.start_soon(call)
            await wait_all_tasks_blocked()
            for scope in scopes:
                scope.cancel()
            await wait_all_tasks_blocked()
            bring.go.set()
        assert await sdk.server() is serve
    assert len(scopes) == 2
    assert bring.count == 1


async def test_a_failed_import_is_told_and_tried_again_by_the_next() -> None:
    """The machine may just have been out of descriptors."""
    bring = Import(OSError(24, "Too many open files"))
    bring.go.set()
    sdk = Sdk(bring)
    with trio.fail_after(WITHIN):
        with pytest.raises(Unavailable, match="Too many open files") as caught:
            await sdk.server()
        assert "--replace" in (caught.value.hint or "")
        assert await sdk.server() is serve


async def test_a_client_that_cannot_be_served_is_told_why_with_each_answer(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A hang-up would tell nothing; and the next client finds it mended."""
    bring = Import(ImportError("no module named 'mcp'"))
    bring.go.set()
    gate.sdk = Sdk(bring)
    ann = await gate.agent("ann")
    line = await gate.mcp(ann, greet=False)
    await line.tell("notifications/initialized")
    for _ in range(2):
        answer = await line.greet()
        assert answer["error"]["data"]["code"] == "Unavailable"
        assert "no module named 'mcp'" in answer["error"]["message"]
    await line.hang_up()
    assert line.actor.status == "gone"
    later = await gate.mcp(ann)
    assert (await later.call("whoami"))["session_name"] == "ann"


async def test_the_first_request_is_answered_also_by_a_client_without_a_greeting(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Its first line is the request itself; a line too long is no request."""
    bring = Import(ImportError("no module named 'mcp'"))
    bring.go.set()
    gate.sdk = Sdk(bring)
    stream, actor = await gate.connect(McpConnection)
    await stream.send_all(b'{"jsonrpc":"2.0","id":"a","method":"initialize"}\n')
    await stream.send_all(b"[]\nno json\n" + b"x" * 5_000_000 + b"\n")
    await stream.send_all(b'{"jsonrpc":"2.0","id":2,"method":"ping"}\n')
    heard = b""
    while heard.count(b"\n") < 2:
        heard += await stream.receive_some()
    assert [b'"id": "a"' in heard, b'"id": 2' in heard] == [True, True]
    assert actor.status == "running"


def test_what_was_imported_is_never_walked_for_garbage() -> None:
    """It would hold up all agents for a tenth of a second each time, for nothing."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["True", "True"]
