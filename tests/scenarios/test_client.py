"""Programs that watch a real daemon with the typed client, over its socket and its port."""

from __future__ import annotations

import json
import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import Home, running_home

from fugue_actors.client import Model, open_client
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol.monitor import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

STATE_KINDS = ["tree", "states", "messages"]
STATE_COLLECTIONS = COLLECTIONS[:5]


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A daemon that the tests of this module share."""
    with running_home("[monitor]\nport = 0\n") as home:
        yield home


def url_of(home: Home) -> str:
    with home.control() as control:
        url: str = control("status")["monitor"]
        return url


def token(home: Home, role: str, **limits: Any) -> str:
    with home.control() as control:
        made: str = control("token_new", role=role, label=f"{role}-x", **limits)[
            "token"
        ]
        return made


def folded(model: Model) -> dict[str, Any]:
    return {name: dict(model.collection(name)) for name in STATE_COLLECTIONS}


async def test_observers_and_operators_see_the_same_truth(home: Home) -> None:
    """Two of each at once, over both doors, while things happen; one comes late."""
    url = url_of(home)
    tokens = [token(home, role) for role in ("observer", "observer", "operator")]
    chance = random.Random(5)
    with trio.fail_after(120):
        async with AsyncExitStack() as stack:
            watching = [
                await stack.enter_async_context(open_client(url, token=one))
                for one in tokens
            ]
            operator = await stack.enter_async_context(
                open_client(socket=str(home.control_socket), name="operator-y")
            )
            watching.append(operator)
            for rate, client in zip((30, 7, 30, 1), watching, strict=True):
                await client.subscribe(STATE_KINDS, rate=rate)  # type: ignore[arg-type]
            await operator.request(
                "create_session", name="boss", command=["cat"], tags=["orchestrator"]
            )
            names = ["ann", "bob", "cid"]
            for name in names:
                await operator.request("create_session", name=name, command=["cat"])
            for number in range(60):
                acting = chance.choice(watching[2:])
                name = chance.choice(names)
                match chance.randrange(4):
                    case 0:
                        tag = f"t{number % 3}"
                        await acting.request("set_tags", session=name, add=[tag])
                    case 1:
                        await acting.request(
                            "send_orchestration",
                            target={"session": name},
                            msg_type="note",
                            payload={"number": number},
                        )
                    case 2:
                        await acting.request(
                            "report_status", status="working", message=str(number)
                        )
                    case _:
                        await acting.request("kill_session", session=name)
                        await acting.request(
                            "create_session", name=name, command=["cat"]
                        )
            late = await stack.enter_async_context(open_client(url, token=tokens[0]))
            await late.subscribe(STATE_KINDS)  # type: ignore[arg-type]
            await late.wait_loaded()
            marker = "the last word"
            await operator.request("report_status", status="idle", message=marker)
            for client in (*watching, late):
                while marker not in json.dumps(client.model.states):
                    await client.changed.wait()
            seen = {one["session_name"] for one in late.model.sessions.values()}
            assert seen >= {*names, "operator-x", "operator-y"}
            # The daemon itself may still have something to say: of messages that died
            # with their sessions. Each hears it at a rate of its own.
            for client in watching:
                while folded(client.model) != folded(late.model):
                    await trio.sleep(0.05)
            for client in watching[:2]:
                with pytest.raises(Refused) as refused:
                    await client.request("set_tags", session="ann", add=["x"])
                assert refused.value.code == "NotAllowed"


async def test_a_scoped_token_shows_its_sessions_and_no_others(home: Home) -> None:
    """A guest reviewer sees one agent, not the fleet."""
    with home.control() as control:
        for name in ("dan", "eve"):
            control("create_session", name=name, command=["cat"])
    with trio.fail_after(60):
        secret = token(home, "observer", sessions=["dan"])
        async with open_client(url_of(home), token=secret) as client:
            await client.subscribe([*STATE_KINDS, "actors"])  # type: ignore[list-item]
            model = await client.wait_loaded()
            names = {one["session_name"] for one in model.sessions.values()}
            assert names == {"dan"}
            assert len(model.panes) == len(model.states) == 1


async def test_who_reconnects_goes_on_and_a_new_daemon_begins_anew(home: Home) -> None:
    """Numbers of events mean something within one life of the daemon."""
    path = str(home.control_socket)
    with trio.fail_after(120):
        async with open_client(socket=path) as client:
            assert not (await client.subscribe(["tree"]))["resumed"]
            model = await client.wait_loaded()
        with home.control() as control:
            control("create_session", name="fay", command=["cat"])
        async with open_client(socket=path) as client:
            assert (await client.subscribe(["tree"], model=model))["resumed"]
            async for _ in client.changes():
                names = {one["session_name"] for one in model.sessions.values()}
                if "fay" in names:
                    break
            assert home.daemon is not None
            home.daemon.kill()
            await client.is_over.wait()
            assert [one async for one in client.changes()] == []
            with pytest.raises(Unavailable):
                await client.request("status")
        home.daemon.wait(60)
        await trio.to_thread.run_sync(home.start)
        async with open_client(socket=path) as client:
            assert not (await client.subscribe(["tree"], model=model))["resumed"]
            async for change in client.changes():
                if "sessions" in change.documents:
                    break
            names = {one["session_name"] for one in model.sessions.values()}
            assert "fay" in names


async def test_screens_and_the_log_are_told_as_they_happen(home: Home) -> None:
    """A program that watches needs neither a terminal emulator nor the journal's file."""
    path = str(home.control_socket)
    with trio.fail_after(60):
        async with open_client(socket=path) as client:
            made = await client.request(
                "create_session", name="gil", command=["sh", "-c", "echo hello; cat"]
            )
            await client.subscribe(["screens", "log"], screens=[made["pane_id"]])
            screens = client.model.screens
            await client.request("set_tags", session="gil", add=["seen"])
            events = []
            async for change in client.changes():
                events += change.events
                has_event = any(one["event"] == "TagsChanged" for one in events)
                screen = screens.get(made["pane_id"])
                if has_event and screen is not None and "hello" in screen.text:
                    break
            assert screen.head["columns"] == 80


async def test_a_client_that_cannot_be_served_says_why(
    home: Home, tmp_path: Any
) -> None:
    """A wrong token, and nobody there, are different troubles."""
    url = url_of(home)
    with trio.fail_after(60):
        with pytest.raises(Refused) as refused:
            async with open_client(url, token="fugue_no_good"):
                pass
        assert refused.value.code == "NotAllowed"
        with pytest.raises(Unavailable):
            async with open_client("http://127.0.0.1:1", token="x"):
                pass
        with pytest.raises(Unavailable, match="no daemon"):
            async with open_client(socket=str(tmp_path / "none.sock")):
                pass
        with pytest.raises(ZeroDivisionError):  # what its user raises is not wrapped
            async with open_client(socket=str(home.control_socket)):
                raise ZeroDivisionError
