"""What `fugue mcp` passes on while the daemon is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import trio
from shimkit import (
    answer,
    call,
    environment,
    notification,
    refusal,
    request,
    running_shim,
    shake_hands,
    staged,
)

from fugue_actors import __version__
from fugue_actors.cli import pump

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_conversation_passes_unchanged_in_both_directions() -> None:
    """The shim is a pipe: what a client and a daemon say is not its business."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        asked = b'{"id": "x",  "method":"tools/list","jsonrpc":"2.0" }\n'
        await shim.write(asked)
        assert await wire.read_line() == asked
        answered = '{"jsonrpc":"2.0","id":"x","result":{"odd":  "ü\\ud83d"}}\n'.encode()
        await wire.write(answered)
        assert await shim.read_line() == answered
        await wire.say(notification("notifications/message", data="hello"))
        assert (await shim.hear())["params"] == {"data": "hello"}


async def test_the_first_line_introduces_the_client_as_its_pane_does() -> None:
    """The daemon learns name, token and pane before it reads any request."""
    async with staged("--as", "ann", FUGUE_TOKEN="s3cret", FUGUE_PANE_ID="pane-1") as (
        daemon,
        _,
    ):
        await daemon.accept()
        assert daemon.hello == {
            "client": "fugue mcp",
            "version": __version__,
            "name": "ann",
            "token": "s3cret",
            "pane": "pane-1",
        }


async def test_what_is_not_known_is_left_out_of_the_introduction() -> None:
    """An absent key says "unknown"; an empty one would be a value."""
    async with staged() as (daemon, _):
        await daemon.accept()
        assert daemon.hello == {"client": "fugue mcp", "version": __version__}


async def test_a_token_file_wins_over_the_environment(tmp_path: Path) -> None:
    """In a container the environment may be that of the pane outside."""
    token = tmp_path / "token"
    token.write_text("from-file\n", encoding="utf-8")
    async with staged(f"--token-file={token}", FUGUE_TOKEN="other") as (daemon, _):
        await daemon.accept()
        assert daemon.hello["token"] == "from-file"


async def test_a_line_that_comes_in_pieces_arrives_whole() -> None:
    """Pipes cut lines anywhere; the daemon must never see half of one as one."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        line = json.dumps(call(1)).encode() + b"\r\n"
        await shim.write(line[:20])
        await shim.write(line[20:-1])
        await shim.write(line[-1:] + b"\n  \n" + line)
        assert await wire.hear() == call(1)
        assert (await shim.hear())["error"]["message"] == "the request id 1 is in use"


async def test_long_lines_pass_in_both_directions() -> None:
    """A screen's history or a big payload is no reason to break a conversation."""
    long = "x" * 3_000_000
    async with staged() as (daemon, shim), trio.open_nursery() as nursery:
        wire = await daemon.accept()
        nursery.start_soon(shim.say, request(1, "tools/call", text=long))
        assert (await wire.hear())["params"]["text"] == long
        nursery.start_soon(wire.say, answer(1, text=long))
        assert (await shim.hear())["result"]["text"] == long


async def test_a_message_beyond_the_limit_is_refused_by_its_id() -> None:
    """The daemon could not name the request, and its client would wait for ever."""
    limit = pump.CLIENT_LINE_LIMIT_BYTES
    async with staged() as (daemon, shim), trio.open_nursery() as nursery:
        wire = await daemon.accept()
        large = {"method": "tools/call", "params": {"text": "x" * limit}}
        for message in (
            {"jsonrpc": "2.0", "id": 7, **large},
            {**large, "jsonrpc": "2.0", "id": "seven"},
        ):
            nursery.start_soon(shim.say, message)
            refused = await shim.hear()
            assert refused["id"] == message["id"]
            assert refusal(refused)["code"] == "PayloadTooLarge"
        await shim.say(call(8))
        assert await wire.hear() == call(8)


def test_the_limit_of_a_message_is_the_daemons() -> None:
    """Were the daemon's lower, it would refuse what it cannot name."""
    from fugue_actors.gateways import connection

    assert pump.CLIENT_LINE_LIMIT_BYTES <= connection.LONGEST_LINE_BYTES


async def test_what_is_no_json_goes_to_the_daemon_while_it_is_there() -> None:
    """One place words the errors of bad input, and it is not the shim."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        for line in (b"{oops\n", b'"text"\n', b'{"id":[1],"method":"x"}\n', b"\xff\n"):
            await shim.write(line)
            assert await wire.read_line() == line
        nested = b"[" * 100_000 + b"\n"
        await shim.write(nested)
        assert await wire.read_line() == nested


async def test_a_batch_is_taken_apart_and_its_answers_are_put_together() -> None:
    """Older clients may send arrays; the daemon need not know them."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        note = notification("notifications/progress", progressToken=1, progress=1)
        await shim.say([call(1), note, 5, call(2)])
        assert [await wire.hear() for _ in range(3)] == [call(1), note, call(2)]
        await wire.say(answer(2, b=2), answer(1, a=1))
        answers = await shim.hear()
        assert answers[0]["error"]["code"] == -32600
        assert answers[1:] == [answer(2, b=2), answer(1, a=1)]
        await shim.say([])
        assert (await shim.hear())["error"]["code"] == -32600
        await shim.say([note])
        assert await wire.hear() == note


async def test_a_cancelled_request_leaves_its_batch() -> None:
    """The daemon does not answer what was cancelled; the others must not wait."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        await shim.say([call(1), call(2)])
        assert [await wire.hear(), await wire.hear()] == [call(1), call(2)]
        await wire.say(answer(1))
        await shim.say(notification("notifications/cancelled", requestId=2))
        assert (await wire.hear())["method"] == "notifications/cancelled"
        assert await shim.hear() == [answer(1)]


async def test_requests_of_the_daemon_reach_the_client_and_are_answered() -> None:
    """Roots, sampling and elicitation ask the client; ids are the daemon's again."""
    async with staged() as (daemon, shim):
        wire = await shake_hands(daemon, shim)
        await wire.say(request(1, "roots/list"), request(2, "roots/list"))
        first, second = await shim.hear(), await shim.hear()
        assert first["id"] != second["id"]
        await wire.say(notification("notifications/cancelled", requestId=1))
        assert (await shim.hear())["params"]["requestId"] == first["id"]
        await shim.say(answer(first["id"], roots=["late"]))
        await shim.say(answer(second["id"], roots=[]))
        assert await wire.hear() == answer(2, roots=[])


async def test_errors_without_an_id_reach_the_client() -> None:
    """A daemon that cannot name the request still has something to say."""
    async with staged() as (daemon, shim):
        wire = await daemon.accept()
        failure = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700}}
        await wire.say(failure)
        assert await shim.hear() == failure


async def test_the_token_is_seen_by_the_daemon_only() -> None:
    """Whatever goes wrong, a pane's secret stands in no answer and no log."""
    async with staged(FUGUE_TOKEN="s3cret") as (daemon, shim):
        wire = await daemon.accept()
        assert daemon.hello["token"] == "s3cret"
        await shim.say(call(1))
        await wire.hear()
        await daemon.down()
        assert b"s3cret" not in (await shim.read_line() or b"s3cret")
        await shim.say(call(2))
        assert b"s3cret" not in (await shim.read_line() or b"s3cret")
        await shim.sends.aclose()
        assert await shim.ended() == 0
        assert await shim.errors() == ""


async def test_an_unreadable_token_file_is_one_line_without_its_content(
    tmp_path: Path,
) -> None:
    """A wrong file may hold another secret."""
    binary = tmp_path / "key"
    binary.write_bytes(b"\xffs3cret")
    empty = tmp_path / "empty"
    empty.write_bytes(b" \n")
    for path in (tmp_path / "none", binary, empty, tmp_path):
        async with running_shim("--token-file", str(path), env=environment()) as shim:
            assert await shim.ended() == 1
            said = await shim.errors()
            assert str(path) in said
            assert said.count("\n") == 1
            assert "s3cret" not in said
