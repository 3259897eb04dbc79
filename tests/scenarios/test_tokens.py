"""Tokens at a real daemon: what they open, how they end, and that nothing tells them."""

from __future__ import annotations

import http.client
import json
import sqlite3
import sys
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest
import trio
from daemonkit import Home, running_home, wait_until
from prometheus_client.parser import text_string_to_metric_families
from trio_websocket import ConnectionClosed, wrap_client_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from trio_websocket import WebSocketConnection

pytestmark = pytest.mark.real
WITHIN = 30.0
NO_TOKEN = 4401


ANY_PORT = "[monitor]\nport = 0\n"


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A daemon that the tests share."""
    with running_home(ANY_PORT) as home:
        yield home


@pytest.fixture
def mortal() -> Iterator[Home]:
    """A daemon that a test may end."""
    with running_home(ANY_PORT) as home:
        yield home


def make(home: Home, **wanted: Any) -> dict[str, Any]:
    with home.control() as control:
        return control("token_new", **wanted)


def revoke(home: Home, made: dict[str, Any]) -> None:
    with home.control() as control:
        control("token_revoke", token_id=made["token_id"])


def monitor(home: Home) -> str:
    with home.control() as control:
        return str(control("status")["monitor"])


@asynccontextmanager
async def conversation(home: Home) -> AsyncIterator[WebSocketConnection]:
    """A WebSocket on which nothing has been said."""
    place = urlsplit(monitor(home))
    async with (
        await trio.open_tcp_stream(place.hostname or "", place.port or 0) as stream,
        trio.open_nursery() as nursery,
    ):
        yield await wrap_client_stream(nursery, stream, place.netloc, "/ws")
        nursery.cancel_scope.cancel()


async def request(
    connection: WebSocketConnection, name: str, **args: Any
) -> dict[str, Any]:
    """Ask, and hear the answer."""
    await connection.send_message(json.dumps({"id": 1, "request": name, "args": args}))
    frame: dict[str, Any] = json.loads(await connection.get_message())
    return frame


async def greeted(home: Home, token: str) -> dict[str, Any]:
    """What somebody who presents a token is answered; the connection is over then."""
    with trio.fail_after(WITHIN):
        async with conversation(home) as connection:
            return await request(connection, "hello", token=token)


async def reason_of(home: Home, token: str) -> str:
    """Why somebody who presents a token is turned away."""
    frame = await greeted(home, token)
    assert frame["error"]["code"] == "NotAllowed"
    return str(frame["error"]["data"]["reason"])


async def closed(connection: WebSocketConnection) -> tuple[int, str]:
    """The code and the words with which the daemon ends a conversation."""
    try:
        while True:
            await connection.get_message()
    except ConnectionClosed as ended:
        return ended.reason.code, ended.reason.reason


# ---- how long they last


@pytest.mark.parametrize("end", ["stop", "kill -9"])
async def test_tokens_outlive_the_daemon(mortal: Home, end: str) -> None:
    """As soon as it is made, and as soon as it is revoked, for good."""
    home = mortal
    kept, lost = make(home, role="operator"), make(home)
    revoke(home, lost)
    assert home.daemon is not None
    if end == "stop":
        with home.control() as control:
            control("stop")
    else:
        home.daemon.kill()
    home.daemon.wait(WITHIN)
    home.start()
    answer = (await greeted(home, kept["token"]))["result"]
    assert answer["role"] == "operator"
    assert answer["expires_at"] == kept["expires_at"]
    assert await reason_of(home, lost["token"]) == "revoked"


async def test_a_link_lets_in_one_browser_and_its_id_still_ends_it(home: Home) -> None:
    """What a browser notes of an address is worth nothing to whoever finds it."""
    link = make(home, role="operator", once=True)
    with trio.fail_after(WITHIN):
        async with conversation(home) as one, conversation(home) as two:
            answers: list[dict[str, Any]] = []

            async def enter(connection: WebSocketConnection) -> None:
                answers.append(await request(connection, "hello", token=link["token"]))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(enter, one)
                nursery.start_soon(enter, two)
        (given,) = [one["result"] for one in answers if "result" in one]
        (refused,) = [one["error"] for one in answers if "error" in one]
    assert refused["code"] == "NotAllowed"
    assert await reason_of(home, link["token"]) == "unknown"
    assert given["expires_at"] > link["expires_at"]
    again = await greeted(home, given["token"])
    assert again["result"]["role"] == "operator"
    assert "token" not in again["result"]
    revoke(home, link)
    assert await reason_of(home, given["token"]) == "revoked"
    for file in home.root.rglob("*"):
        if file.is_file():
            assert given["token"].rpartition("_")[2].encode() not in file.read_bytes()


async def test_whoever_is_connected_is_cut_off_when_the_token_is_revoked(
    home: Home,
) -> None:
    """At once, and nobody else with another token."""
    made, other = make(home, role="operator"), make(home)
    with trio.fail_after(WITHIN):
        async with (
            conversation(home) as connection,
            conversation(home) as elsewhere,
        ):
            assert "result" in await request(connection, "hello", token=made["token"])
            assert "result" in await request(elsewhere, "hello", token=other["token"])
            revoke(home, made)
            code, why = await closed(connection)
            assert code == NO_TOKEN
            assert "was revoked" in why
            assert "result" in await request(elsewhere, "list_sessions")
    assert await reason_of(home, made["token"]) == "revoked"


async def test_events_waited_for_are_not_told_of_a_session_that_has_lost_its_tag(
    home: Home,
) -> None:
    """Limits hold when something is told, not only when it was asked for."""
    made = make(home, tags=["shown"])
    with trio.fail_after(WITHIN), home.control() as control:
        control("create_session", name="shy", command=["cat"], tags=["shown"])
        since = control("events", last=0)["newest"]
        async with conversation(home) as connection:
            assert "result" in await request(connection, "hello", token=made["token"])
            wish = {"session": "shy", "kinds": ["TagsChanged"], "since": since}
            frame = {"id": 1, "request": "events", "args": {**wish, "wait_seconds": 20}}
            await connection.send_message(json.dumps(frame))
            await connection.ping()  # it is under way
            control("set_tags", session="shy", remove=["shown"])
            answer = json.loads(await connection.get_message())
        control("kill_session", session="shy")
    assert answer["error"]["code"] == "NotAllowed"


async def test_whoever_is_connected_is_cut_off_when_the_token_expires(
    home: Home,
) -> None:
    """By then it is too late for a new connection as well."""
    made = make(home, expires_seconds=4)
    with trio.fail_after(WITHIN):
        async with conversation(home) as connection:
            assert "result" in await request(connection, "hello", token=made["token"])
            code, why = await closed(connection)
    assert code == NO_TOKEN
    assert "expired" in why
    assert await reason_of(home, made["token"]) == "expired"
    last = "0" if made["token"][-1] != "0" else "1"
    assert await reason_of(home, made["token"][:-1] + last) == "unknown"


# ---- who may do what


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("token_new", {"role": "operator"}),
        ("token_ls", {}),
        ("token_revoke", {"token_id": "0123456789"}),
        ("stop", {}),
        ("hand_over", {"to": "/tmp"}),
    ],
)
async def test_nobody_administers_over_the_network(
    home: Home, name: str, args: dict[str, Any]
) -> None:
    """Whatever the token."""
    token = make(home, role="operator")["token"]
    with trio.fail_after(WITHIN):
        async with conversation(home) as connection:
            await request(connection, "hello", token=token)
            frame = await request(connection, name, **args)
            assert frame["error"]["code"] == "NotAllowed"
            assert "result" in await request(connection, "status")


@pytest.mark.parametrize("command", ["token new", "monitor", "token ls", "stop"])
def test_nobody_administers_in_a_pane(home: Home, command: str) -> None:
    """An agent that types the command is told who can."""
    with home.control() as control:
        before = control("token_ls")
        ran = control(
            "run", command=[sys.executable, "-m", "fugue_actors", *command.split()]
        )
        assert ran["exit_code"] == 1
        assert "for people at a terminal of their own" in " ".join(
            ran["output"].split()
        )
        assert control("token_ls") == before


LEAVE_BEHIND = """
import os, subprocess, sys, time
if os.fork() == 0:
    parent = os.getpid()
    if os.fork() != 0:
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.01)
    os.setsid()
    for name in ("FUGUE_TOKEN", "FUGUE_PANE_ID"):
        del os.environ[name]
    for command in (["token", "new"], ["events"], ["stop"]):
        subprocess.run([sys.executable, "-m", "fugue_actors", *command])
    print("that was all", flush=True)
time.sleep(600)
"""


def test_what_a_pane_left_behind_is_no_person(home: Home) -> None:
    """Else an agent would only have to fork twice to be one."""
    with home.control() as control:
        before = control("token_ls", all=True)
        made = control(
            "create_session",
            name="left",
            command=[sys.executable, "-c", LEAVE_BEHIND],
            columns=1000,
            environment=home.environment,
        )
        pane_id = made["pane_id"]
        control("wait_for", pane=pane_id, text="that was all", timeout=WITHIN)
        said = "\n".join(control("read_pane", pane=pane_id)["text"])
        assert said.count("is for people at a terminal of their own") == 2
        assert "the journal is for people" in said
        assert control("token_ls", all=True) == before
        control("kill_session", session="left")


def test_what_a_pane_left_behind_is_not_called_as_a_person_is(home: Home) -> None:
    """Nor is it the guest of one: it would speak in their name, and read their inbox."""
    says = """[
        ["send", "judge", "I am a person"],
        ["inbox", "--as", "reviewer", "--json"],
        ["inbox", "--as", person(), "--json"],
    ]"""
    script = LEAVE_BEHIND.replace('(["token", "new"], ["events"], ["stop"])', says)
    script = "from fugue_actors.gateways.caller import person\n" + script
    with home.control() as control, home.control(**{"as": "reviewer"}) as reviewer:
        me, other = control("whoami"), reviewer("whoami")
        control("create_session", name="judge", command=["cat"])
        for name in (me["session_name"], "reviewer"):
            control(
                "send_orchestration",
                target={"session": name},
                msg_type="note",
                payload={"text": "for a person only"},
            )
        pane_id = control(
            "create_session",
            name="left",
            command=[sys.executable, "-c", script],
            columns=1000,
            environment=home.environment,
        )["pane_id"]
        control("wait_for", pane=pane_id, text="that was all", timeout=WITHIN)
        assert "for a person" not in str(control("read_pane", pane=pane_id)["text"])
        (message,) = [
            one
            for one in control("messages")["messages"]
            if one["payload"] == {"text": "I am a person"}
        ]
        assert message["from"]["session_name"] == "left-behind"
        assert message["from"]["session_id"] not in (
            me["session_id"],
            other["session_id"],
        )
        control("kill_session", session="left")
        control("kill_session", session="judge")


ORDERS = """
import subprocess, sys, time
for order in {orders}:
    ran = subprocess.run([sys.executable, "-m", "fugue_actors", *order], capture_output=True)
    print("exit", ran.returncode, flush=True)
print("that was all", flush=True)
time.sleep(600)
"""


def test_agents_rename_no_guests_and_are_not_called_as_people_are(home: Home) -> None:
    """Mail for a person would go to them."""
    with home.control() as control, home.control(**{"as": "reviewer"}):
        me = control("whoami")["session_name"]
        orders = [
            ["rename", "reviewer", "gone"],
            ["rename", me, "gone"],
            ["rename", "agent", me],
            ["rename", "agent", "worker"],
        ]
        pane_id = control(
            "create_session",
            name="agent",
            command=[sys.executable, "-c", ORDERS.format(orders=orders)],
            environment=home.environment,
        )["pane_id"]
        control("wait_for", pane=pane_id, text="that was all", timeout=WITHIN)
        shown = control("read_pane", pane=pane_id)["text"]
        assert shown[:4] == ["exit 1", "exit 1", "exit 1", "exit 0"]
        names = {one["session_name"] for one in control("list_sessions")["sessions"]}
        assert {me, "reviewer", "worker"} <= names
        control("kill_session", session="worker")


# ---- nothing tells them


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_secret_is_written_to_any_log_or_command_line(
    mortal: Home, form: str
) -> None:
    """With everything that can be logged, and everything that can go wrong."""
    home = mortal
    with home.control() as control:
        control("stop")
    assert home.daemon is not None
    home.daemon.wait(WITHIN)
    home.environment |= {"FUGUE_LOG": "DEBUG", "FUGUE_LOG_FORMAT": form}
    home.start()
    relay = home.relay("ann")
    good = make(home, role="operator")
    gone = make(home)
    revoke(home, gone)
    texts = [good["token"], gone["token"], "fugue_0123456789_" + "ef" * 32]
    said = []
    for text in texts:
        said.append(await greeted(home, text))
        for path, headers in (
            ("/metrics", {"Authorization": f"Bearer {text}"}),
            (f"/metrics?token={text}", {}),
            (f"/{text}", {"Cookie": text}),
            ("/ws", {"Sec-WebSocket-Protocol": text, "Upgrade": text}),
        ):
            said.append(fetch(home, path, headers))
        with home.control() as control:
            with pytest.raises(Exception, match="no token has the id") as refused:
                control("token_revoke", token_id=text)
            said += [str(refused.value), control("token_ls", all=True)]
            said.append(control("events", last=1000))
    environment = home.environment_of_pane(relay.pane_id)
    (state,) = list((home.root / "state").glob("journal.db"))
    with closing(sqlite3.connect(state)) as journal:
        rows = journal.execute("SELECT body FROM events WHERE kind = 'PaneOpened'")
        panes = [json.loads(body)["pane"] for (body,) in rows]
    secrets = {text.rpartition("_")[2] for text in texts}
    secrets |= {pane["key"] for pane in panes} | {pane["token"] for pane in panes}
    assert environment["FUGUE_TOKEN"] in secrets
    assert len(secrets) == 5
    logs = [home.log, *(home.root / "state").glob("*.log")]
    written = "".join(path.read_text("utf-8", "replace") for path in logs)
    lines = []
    for process in home.processes():
        with suppress(psutil.Error):
            lines.append(" ".join(process.cmdline()))
    for secret in secrets:
        assert secret not in written
        assert secret not in json.dumps(said)
        assert not any(secret in line for line in lines)
    kept = (home.root / "state" / "journal.db").read_bytes()
    assert not any(text.rpartition("_")[2].encode() in kept for text in texts)


def fetch(
    home: Home, path: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], str]:
    """Status, head and body of what the monitor answers."""
    place = urlsplit(monitor(home))
    connection = http.client.HTTPConnection(
        place.hostname or "", place.port, timeout=WITHIN
    )
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


# ---- numbers


def test_metrics_are_for_who_has_a_token_without_limits(home: Home) -> None:
    """Each mistake has its status, and says what is wrong."""
    limited = make(home, tags=["x"])
    revoked = make(home)
    revoke(home, revoked)
    observer, link = make(home), make(home, once=True)
    for given, status, words in (
        ({}, 401, "a token is needed"),
        ({"Authorization": "Basic YTpi"}, 401, "a token is needed"),
        ({"Authorization": "Bearer nonsense"}, 401, "none that this daemon takes"),
        ({"Authorization": f"Bearer {revoked['token']}"}, 401, "was revoked"),
        ({"Authorization": f"Bearer {limited['token']}"}, 403, "limited"),
        ({"Authorization": f"Bearer {link['token']}"}, 401, "opens the page"),
    ):
        found = fetch(home, "/metrics", given)
        assert found[0] == status, words
        assert words in found[2]
        assert (status == 401) == ("WWW-Authenticate" in found[1])
    headers = {"Authorization": f"bearer {observer['token']}"}
    wait_until(lambda: fetch(home, "/metrics", headers)[0] == 200)
    _, head, text = fetch(home, "/metrics", headers)
    assert head["Content-Type"].startswith("text/plain")
    assert head["Cache-Control"] == "no-store"
    samples = {
        sample.name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {"fugue_sessions", "fugue_events_total", "process_open_fds"} <= samples
