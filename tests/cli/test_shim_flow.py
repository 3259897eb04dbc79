"""How `fugue mcp` bears slow peers, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import trio
from shimkit import (
    FUGUE,
    INITIALIZE,
    Shim,
    Wire,
    answer,
    call,
    notification,
    refusal,
    request,
    shake_hands,
    staged,
)

from fugue_actors.cli import pump

if TYPE_CHECKING:
    from pathlib import Path

MANY = 400
LINE_BYTES = 20_000
BOUND_BYTES = 4 * 1024 * 1024  # buffers of the shim and of the kernel, generously


class Flood:
    """Writes numbered messages for as long as the other side takes them."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.written = 0

    async def run(self) -> None:
        """Write them all, one after the other, and count what was taken."""
        for number in range(MANY):
            text = "x" * LINE_BYTES
            said = notification("notifications/message", number=number, data=text)
            line = json.dumps(said).encode() + b"\n"
            await self.wire.sends.send_all(line)
            self.written += len(line)


async def standstill(shim: Shim, flood: Flood) -> None:
    """Wait until the shim sleeps and the flood is held up.

    Were this a moment too early, the bound would hold all the more: no false alarm.
    """
    status = trio.Path(f"/proc/{shim.process.pid}/stat")
    before, quiet = -1, 0
    with trio.fail_after(60):
        while quiet < 20:
            await trio.sleep(0.01)  # the state of another process can only be polled
            state = (await status.read_text("utf-8")).rpartition(")")[2].split()[0]
            is_still = state == "S" and flood.written == before
            before, quiet = flood.written, quiet + 1 if is_still else 0


@pytest.mark.parametrize("slow", ["daemon", "client"])
async def test_who_reads_slowly_slows_the_writer_and_loses_nothing(slow: str) -> None:
    """A bound instead of a buffer that grows until the machine is full."""
    async with staged() as (daemon, shim), trio.open_nursery() as nursery:
        wire = await daemon.accept()
        source, sink = (shim, wire) if slow == "daemon" else (wire, shim)
        flood = Flood(source)
        nursery.start_soon(flood.run)
        await standstill(shim, flood)
        assert flood.written < BOUND_BYTES < MANY * LINE_BYTES
        for number in range(MANY):
            message: dict[str, Any] = await sink.hear()
            assert message["params"]["number"] == number


async def test_a_slow_client_is_not_read_from_either() -> None:
    """Answers made here must not pile up for a client that takes none."""
    async with staged() as (daemon, shim), trio.open_nursery() as nursery:
        wire = await shake_hands(daemon, shim)
        await shim.say(call("last"))
        await wire.hear()
        await daemon.down()
        assert refusal(await shim.hear())["code"] == "Unavailable"
        asked = Flood(shim)

        async def ask() -> None:
            for number in range(MANY * 50):
                line = json.dumps(request(number, "tools/call")).encode() + b"\n"
                await shim.sends.send_all(line)
                asked.written += 1

        nursery.start_soon(ask)
        await standstill(shim, asked)
        assert asked.written < MANY * 50
        for number in range(MANY * 50):
            assert (await shim.hear())["id"] == number


async def test_the_end_of_stdin_ends_it() -> None:
    """That is how an agent stops a server; an orphan would never end."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.sends.aclose()
        assert await shim.ended() == 0
        assert await shim.hear() is None
        assert await wire.hear() is None
        assert await shim.errors() == ""


async def test_the_end_of_stdin_ends_it_while_the_daemon_is_away() -> None:
    """Reconnecting is for a client; without one there is nobody to do it for."""
    async with staged(is_up=False) as (_, shim):
        await shim.say(INITIALIZE)
        await shim.sends.aclose()
        assert await shim.ended() == 0


async def test_half_a_line_at_the_end_is_dropped() -> None:
    """It is no message, and what it would have become nobody knows."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        whole = json.dumps(notification("notifications/progress")).encode() + b"\n"
        await shim.write(whole + json.dumps(call(1)).encode())
        await shim.sends.aclose()
        assert await wire.read_line() == whole
        assert await wire.hear() is None
        assert await shim.ended() == 0


async def test_what_was_asked_before_the_end_is_still_answered() -> None:
    """`printf REQUEST | fugue mcp` prints its answer, if it comes promptly."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(call(1))
        await shim.sends.aclose()
        assert await wire.hear() == call(1)
        await wire.say(answer(1, ok=True))
        assert await shim.hear() == answer(1, ok=True)
        assert await shim.ended() == 0


async def test_an_answer_that_does_not_come_holds_up_no_end() -> None:
    """A long poll may last minutes, and its client has gone."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(call(1))
        assert await wire.hear() == call(1)
        await shim.sends.aclose()
        assert await shim.ended() == 0
        assert await wire.hear() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("is_up", [True, False])
async def test_a_signal_ends_it_without_a_word(number: int, is_up: bool) -> None:
    """Agents end their servers so; a traceback would show up as an error."""
    async with staged(is_up=is_up) as (daemon, shim):
        if is_up:
            await daemon.accept()
        else:
            await shim.say(request(1, "ping"))
            assert await shim.hear() == answer(1)  # it has started
        shim.process.send_signal(number)
        assert await shim.ended() == 0
        assert await shim.errors() == ""


async def test_a_client_that_no_longer_listens_ends_it() -> None:
    """Its death shows on stdout first when something else holds its stdin open."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await shim.receives.aclose()
        assert await shim.ended() == 0
        assert await wire.hear() is None
        assert await shim.errors() == ""


async def test_terminals_and_files_serve_as_well_as_pipes(tmp_path: Path) -> None:
    """People try a server by hand, and nothing may be left of it in their terminal."""
    asked = tmp_path / "asked"
    asked.write_text(json.dumps(request(1, "ping")) + "\n", encoding="utf-8")
    answered = tmp_path / "answered"
    with asked.open("rb") as stdin, answered.open("wb") as stdout:
        done = await trio.run_process(
            [*FUGUE, "mcp"],
            stdin=stdin,
            stdout=stdout,
            env={**os.environ, "FUGUE_SOCKET": os.fspath(tmp_path / "none")},
        )
    assert done.returncode == 0
    assert json.loads(answered.read_text(encoding="utf-8")) == answer(1)


async def test_stdin_and_stdout_stay_blocking_for_others_who_share_them() -> None:
    """The flag belongs to the pipe's end, which a shell or an agent may share."""
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as stdin, os.fdopen(writes, "wb") as keeps:
        env = {**os.environ, "FUGUE_SOCKET": "/nonexistent/mcp.sock"}
        process = await trio.lowlevel.open_process(
            [*FUGUE, "mcp"], stdin=stdin, stdout=subprocess.PIPE, env=env
        )
        assert process.stdout is not None
        wire = Wire(process.stdout, process.stdout)  # type: ignore[arg-type] # reads only
        keeps.write(json.dumps(request(1, "ping")).encode() + b"\n")
        keeps.flush()
        assert await wire.hear() == answer(1)
        assert os.get_blocking(stdin.fileno())
        process.terminate()
        with trio.fail_after(60):
            assert await process.wait() == 0
        await process.stdout.aclose()


async def test_an_answer_without_an_end_is_cut_off() -> None:
    """A daemon gone mad must not fill the memory of every agent's machine."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say(call(1))
        await wire.hear()
        size = pump.DAEMON_LINE_LIMIT_BYTES + 1024 * 1024
        with pytest.raises(trio.BrokenResourceError):
            await wire.write(b"x" * size)
        assert "its line was too long" in refusal(await shim.hear())["message"]
