"""The monitor's port of a real daemon: who gets in, and what everybody else is told."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import attrs
import h11
import hostilities
import pytest
import trio
from daemonkit import Home, running_home, wait_until
from wskit import Visitor, visit

from fugue_actors import daemon

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from hostilities import Attack

pytestmark = pytest.mark.real

ANY_PORT = "[monitor]\nport = 0\n"
ATTACKS = 1000
ATTACKERS = 8
PATIENCE = 200
THIEF = """
import json, sys
import trio
sys.path.insert(0, sys.argv[1])
from wskit import visit

async def main():
    with trio.fail_after(60):
        visitor = await visit(int(sys.argv[2]))
        answers = [await visitor.ask("hello", token=sys.argv[3])]
        answers.append(await visitor.ask("whoami"))
        answers.append(await visitor.ask("token_new"))
        answers.append(await visitor.ask("subscribe", kinds=["log"]))
        answers.append(await visitor.ask("poll_messages"))
    with open(sys.argv[4] + ".part", "w", encoding="utf-8") as file:
        json.dump(answers, file)
    import os
    os.rename(sys.argv[4] + ".part", sys.argv[4])

trio.run(main)
sys.stdin.read()
"""
ORPHAN = """
import json, os, sys, time
starter = os.getpid()
if os.fork():
    os._exit(0)
os.setsid()
while os.getppid() == starter:
    time.sleep(0.01)
import trio
sys.path.insert(0, sys.argv[1])
from wskit import visit

async def main():
    with trio.fail_after(60):
        visitor = await visit(int(sys.argv[2]))
        answers = [await visitor.ask("hello", token=sys.argv[3]), await visitor.closed()]
    with open(sys.argv[4] + ".part", "w", encoding="utf-8") as file:
        json.dump(answers, file)
    os.rename(sys.argv[4] + ".part", sys.argv[4])

trio.run(main)
"""


@pytest.fixture
def home() -> Iterator[Home]:
    with running_home(ANY_PORT) as home:
        yield home


def port_of(home: Home) -> int:
    """Where the daemon says that its page is."""
    with home.control() as control:
        url = control("status")["monitor"]
    return int(url.rsplit(":", 1)[1].strip("/"))


def new_token(home: Home, **args: Any) -> dict[str, Any]:
    with home.control() as control:
        return control("token_new", **args)


@asynccontextmanager
async def visits(port: int) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """Lets visitors in, with the headers given, within a time that is plenty."""
    made: list[Visitor] = []

    async def come(**headers: str) -> Visitor:
        made.append(await visit(port, **headers))
        return made[-1]

    with trio.fail_after(PATIENCE):
        yield come
    for visitor in made:
        await trio.aclose_forcefully(visitor.stream)


async def fetch(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send some bytes; the response that comes before the daemon hangs up."""
    protocol = h11.Connection(h11.CLIENT)
    protocol.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    protocol.send(h11.EndOfMessage())
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(data)
        await stream.send_eof()
        while piece := await stream.receive_some():
            protocol.receive_data(bytes(piece))
    protocol.receive_data(b"")
    response = protocol.next_event()
    assert isinstance(response, h11.Response), response
    body = b""
    while isinstance(event := protocol.next_event(), h11.Data):
        body += bytes(event.data)
    headers = {name.decode(): value.decode() for name, value in response.headers}
    return response.status_code, headers, body


async def fetched(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    head = hostilities.head_of("GET", path, [("Host", f"localhost:{port}")])
    return await fetch(port, head)


async def test_the_page_and_the_state_of_health_need_no_token(home: Home) -> None:
    """There is no secret in either; whatever the page shows comes over its socket."""
    port = port_of(home)
    with trio.fail_after(PATIENCE):
        status, headers, body = await fetched(port, "/")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert b"/static/main.js" in body
        _, headers, _ = await fetched(port, "/static/main.js")
        assert headers["content-type"] == "text/javascript; charset=utf-8"
        status, _, body = await fetched(port, "/healthz")
        assert (status, json.loads(body)) == (200, {"status": "ok"})


async def test_an_operator_is_a_guest_of_the_tokens_name_and_may_not_administer(
    home: Home,
) -> None:
    """As a person at the command line is a guest of theirs."""
    token = new_token(home, role="operator", label="laptop")
    port = port_of(home)
    async with visits(port) as come:
        visitor = await come(Origin=f"http://localhost:{port}")
        welcome = (await visitor.ask("hello", token=token["token"]))["result"]
        assert (welcome["role"], welcome["name"]) == ("operator", "laptop")
        assert welcome["expires_at"] == token["expires_at"]
        assert welcome["scope"] is None
        who = (await visitor.ask("whoami"))["result"]
        assert (who["session_name"], who["attested"]) == ("laptop", "guest")
        refused = await visitor.ask("stop", kill=True)
        assert refused["error"]["code"] == "NotAllowed"
        renamed = await visitor.ask("hello", **{"as": "somebody"})
        assert renamed["error"]["code"] == "IdentityFixed"
        assert await visitor.leave() == (1000, "")


async def test_an_observer_looks_and_does_nothing(home: Home) -> None:
    """It is no session, either."""
    token = new_token(home, role="observer")
    async with visits(port_of(home)) as come:
        visitor = await come()
        welcome = (await visitor.ask("hello", token=token["token"]))["result"]
        assert welcome["role"] == "observer"
        assert "result" in await visitor.ask("list_sessions")
        for request in ("whoami", "poll_messages"):
            assert (await visitor.ask(request))["error"]["code"] == "NotAllowed"
        made = await visitor.ask("create_session", name="x", command=["cat"])
        assert made["error"]["code"] == "NotAllowed"
        assert (await visitor.ask("list_sessions"))["result"]["sessions"] == []


async def test_a_token_that_ends_ends_the_connections_opened_with_it(
    home: Home,
) -> None:
    """At once, and no others."""
    port = port_of(home)
    kept = new_token(home, role="observer")
    revoked = new_token(home, role="operator")
    short = new_token(home, role="operator", expires_seconds=5)
    async with visits(port) as come:
        visitors = [await come() for _ in range(3)]
        for visitor, token in zip(visitors, (kept, revoked, short), strict=True):
            await visitor.ask("hello", token=token["token"])
        with home.control() as control:
            control("token_revoke", token_id=revoked["token_id"])
        code, why = await visitors[1].closed()
        assert (code, "revoked" in why) == (4401, True)
        code, why = await visitors[2].closed()
        assert (code, "expired" in why) == (4401, True)
        assert "result" in await visitors[0].ask("status")


async def test_a_thief_in_a_pane_is_that_panes_agent_whatever_its_token_says(
    home: Home,
) -> None:
    """A program that finds a person's token gains nothing by it."""
    token = new_token(home, role="operator", label="person")["token"]
    answers = home.root / "answers"
    support = os.path.dirname(hostilities.__file__)  # noqa: PTH120
    command = [sys.executable, "-c", THIEF, support, str(port_of(home)), token]
    with home.control() as control:
        made = control(
            "create_session",
            name="thief",
            command=[*command, str(answers)],
            environment=home.environment,
        )
        await trio.to_thread.run_sync(lambda: wait_until(answers.exists, within=60))
        welcome, who, made_token, log, polled = json.loads(answers.read_text("utf-8"))
        assert welcome["result"]["role"] == "agent"
        assert welcome["result"]["name"] == "thief"
        assert welcome["result"]["session"]["session_id"] == made["session_id"]
        assert who["result"]["session_name"] == "thief"
        assert who["result"]["attested"] == "process"
        assert made_token["error"]["code"] == "NotAllowed"
        assert log["error"]["code"] == "NotAllowed"
        assert polled["result"]["messages"] == []
        names = {one["session_name"] for one in control("list_sessions")["sessions"]}
        assert names == {"thief"}


async def test_what_a_pane_left_behind_is_no_person_whatever_its_token_says(
    home: Home,
) -> None:
    """It is not known for whom it would act, so it may not act at all."""
    token = new_token(home, role="operator")["token"]
    answers = home.root / "answers"
    support = os.path.dirname(hostilities.__file__)  # noqa: PTH120
    orphan = [sys.executable, "-c", ORPHAN, support, str(port_of(home)), token]
    with home.control() as control:
        control(
            "create_session",
            name="parent",
            command=["sh", "-c", '"$@"; exec sleep 1000', "sh", *orphan, str(answers)],
            environment=home.environment,
        )
        await trio.to_thread.run_sync(lambda: wait_until(answers.exists, within=60))
    welcome, (code, why) = json.loads(answers.read_text("utf-8"))
    assert welcome["error"]["code"] == "NotAllowed"
    assert "left behind" in welcome["error"]["message"]
    assert code == 4401
    assert why


async def test_one_visitor_too_many_is_told_so_in_the_language_of_the_web(
    home: Home,
) -> None:
    """Whoever leaves makes room."""
    port = port_of(home)
    token = new_token(home, role="observer")["token"]
    async with visits(port) as come:
        visitors = []
        for _ in range(daemon.MAX_BROWSERS):
            visitors.append(await come())
            await visitors[-1].ask("hello", token=token)
        status, headers, _ = await fetched(port, "/healthz")
        assert (status, headers["retry-after"]) == (503, "5")
        assert "result" in await visitors[0].ask("status")
        await visitors[-1].leave()
        while (await fetched(port, "/healthz"))[0] != 200:  # noqa: ASYNC110 - no event
            await trio.sleep(0.02)


async def test_a_visitor_that_reads_nothing_costs_nobody_else(home: Home) -> None:
    """It is told no more than its connection holds; the others go on as before."""
    port = port_of(home)
    token = new_token(home, role="observer")["token"]
    async with visits(port) as come:
        deaf, other = await come(), await come()
        for visitor in (deaf, other):
            await visitor.ask("hello", token=token)
        shape = json.dumps({"id": 1, "request": "tree"}).encode()
        await deaf.say(*(hostilities.frame(shape) for _ in range(150)))
        for _ in range(50):
            assert "result" in await other.ask("tree")


async def test_a_daemon_that_comes_back_is_where_it_was(home: Home) -> None:
    """A page that was open finds it again, and its token is still good."""
    port = port_of(home)
    token = new_token(home, role="observer")["token"]
    async with visits(port) as come:
        before = await come()
        await before.ask("hello", token=token)
        first = home.daemon
        assert first is not None
        await trio.to_thread.run_sync(lambda: home.start("--replace"))
        assert await trio.to_thread.run_sync(first.wait) == 0
        assert await before.closed() == (1001, "until later")
        assert port_of(home) == port
        after = await come()
        assert "result" in await after.ask("hello", token=token)


def test_a_daemon_can_be_without_a_monitor() -> None:
    """Then nothing of it listens to the network."""
    with (
        running_home("[monitor]\nenabled = false\n") as home,
        home.control() as control,
    ):
        assert control("status")["monitor"] is None
        paths = [actor["path"] for actor in control("tree")["actors"]]
        assert not [path for path in paths if path.startswith("/gateways/web")]


@attrs.define(eq=False)
class Neighbour:
    """Somebody who just works, while others misbehave."""

    visitor: Visitor
    answers: int = 0

    async def work(self) -> None:
        while True:
            with trio.fail_after(30):
                assert "result" in await self.visitor.ask("status")
            self.answers += 1
            await trio.sleep(0.01)  # it keeps within its own rate


async def struck(
    attack: Attack, port: int, token: str | None, *, over_web: bool
) -> Any:
    """What comes of an attack: a status, a close code or the code of an error."""
    if not over_web:
        return (await fetch(port, attack.data))[0]
    async with visits(port) as come:
        visitor = await come()
        if token is not None:
            assert "result" in await visitor.ask("hello", token=token)
        await visitor.say(attack.data)
        if not attack.error:
            return (await visitor.closed())[0]
        answer = json.loads(await visitor.text())
        assert "result" in await visitor.ask("status")
        await visitor.leave()
        return answer.get("error", {"code": "no error"})["code"]


@pytest.mark.slow
async def test_a_thousand_hostile_heads_and_frames_are_refused_and_disturb_nobody(
    home: Home,
) -> None:
    """Each with the right code, and none with a traceback."""
    port = port_of(home)
    good = new_token(home, role="operator")["token"]
    revoked = new_token(home, role="operator")
    expired = new_token(home, role="operator", expires_seconds=1)
    with home.control() as control:
        control("token_revoke", token_id=revoked["token_id"])

        def is_expired() -> bool:
            states = {
                one["token_id"]: one["state"]
                for one in control("token_ls", all=True)["tokens"]
            }
            return states[expired["token_id"]] == "expired"

        wait_until(is_expired)
    bad = [
        revoked["token"],
        expired["token"],
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.upper(),
        good + " ",
        good.replace("fugue_", "", 1),
    ]
    wrong: list[str] = []
    numbers = iter(range(ATTACKS))

    async def attack() -> None:
        for number in numbers:
            random = Random(number)
            kind = number % 3
            if kind == 0:
                made = hostilities.head(random, port)
            elif kind == 1:
                made = hostilities.opening(random, bad)
            else:
                made = hostilities.later(random)
            token = good if kind == 2 else None
            got = await struck(made, port, token, over_web=kind != 0)
            if got != made.error and got not in made.refusals:
                wrong.append(f"{number}: {made.data[:200]!r} came to {got}")

    async with visits(port) as come:
        neighbour = Neighbour(await come())
        await neighbour.visitor.ask("hello", token=good)
        async with trio.open_nursery() as working:
            working.start_soon(neighbour.work)
            async with trio.open_nursery() as attacking:
                for _ in range(ATTACKERS):
                    attacking.start_soon(attack)
            working.cancel_scope.cancel("all attacks are over")
    assert not wrong, "\n".join(wrong)
    assert neighbour.answers > 0
    with home.control() as control:
        assert control("status")["condition"] == "ok"
        sessions = control("list_sessions")["sessions"]
        assert {session["kind"] for session in sessions} <= {"guest"}
        restarts = [actor["restarts"] for actor in control("tree")["actors"]]
        assert not any(restarts)
    assert home.tracebacks() == ""


def test_an_unencrypted_greeting_of_tls_is_refused_politely(home: Home) -> None:
    """Whoever types https gets an end, not a wait."""
    with socket.create_connection(("127.0.0.1", port_of(home))) as client:
        client.settimeout(60)
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
