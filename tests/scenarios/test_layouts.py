"""Windows and panes through the doors that agents and people use."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import trio
from daemonkit import (
    RELAY,
    Control,
    ControlError,
    Home,
    Relay,
    running_home,
    wait_until,
)
from mcpkit import ToolError, guest, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def control(home: Home) -> Iterator[Control]:
    with home.control(cwd=str(home.root)) as control:
        yield control


def new(control: Control, name: str, **more: Any) -> str:
    """A session of 81 by 25 that runs a shell; its pane."""
    made = control(
        "create_session", name=name, command=["sh"], columns=81, lines=25, **more
    )
    return str(made["pane_id"])


def terminal_of(control: Control, pane: str) -> str:
    """What the terminal in a pane says its size is: lines, then columns."""
    token = secrets.token_hex(4)
    control("send_input", pane=pane, text=f"echo {token} $(stty size)", submit=True)

    def answer() -> str:
        text = "\n".join(control("read_pane", pane=pane)["text"])
        found = re.search(rf"{token} (\d+ \d+)", text)
        return found[1] if found else ""

    return str(wait_until(answer))


def shapes(layout: dict[str, Any]) -> list[dict[str, tuple[int, ...]]]:
    """For each window the places of its panes, by their names."""
    return [
        {
            pane["name"]: tuple(pane[key] for key in ("x", "y", "columns", "lines"))
            for pane in window["panes"]
        }
        for window in layout["windows"]
    ]


def test_terminals_are_as_large_as_they_are_drawn(control: Control) -> None:
    """Asked of the terminals themselves, after a split, a resize and a close."""
    first = new(control, "sized")
    second = control("split_pane", pane=first, command="sh", ratio=0.5)
    assert (second["columns"], second["lines"]) == (40, 25)
    assert terminal_of(control, first) == "25 40"
    assert terminal_of(control, second["pane_id"]) == "25 40"
    wide = control("resize_pane", pane=first, columns=60)
    assert (wide["x"], wide["columns"]) == (0, 60)
    assert terminal_of(control, second["pane_id"]) == "25 20"
    control("resize_window", session="sized", columns=101, lines=30)
    assert terminal_of(control, first) == "30 75"
    closed = control("close_pane", pane=second["pane_id"])
    assert (closed["ended"], closed["session_ended"]) == (1, False)
    assert terminal_of(control, first) == "30 101"


TREE = {
    "direction": "vertical",
    "splits": [
        {"ratio": 0.5, "layout": {"pane": {"name": "editor"}}},
        {
            "ratio": 0.5,
            "layout": {
                "direction": "horizontal",
                "splits": [
                    {
                        "layout": {
                            "pane": {"name": "logs", "command": "sh -c 'sleep 60'"}
                        }
                    },
                    {"layout": {"pane": {"name": "shell", "command": ["sh"]}}},
                ],
            },
        },
    ],
}


@pytest.mark.parametrize("written", ["object", "text", "twice"])
async def test_a_layout_is_built_in_one_call_however_it_is_written(
    home: Home, control: Control, written: str
) -> None:
    """Agents send the object or the same as a JSON string, some encoded twice."""
    new(control, f"built-{written}")
    layout: Any = TREE
    for _ in range(["object", "text", "twice"].index(written)):
        layout = json.dumps(layout)
    async with guest(home) as agent:
        session = f"built-{written}"
        made = await agent.call("create_layout", session=session, layout=layout)
        assert made["pane_count"] == 3
        assert list(made["names"]) == ["editor", "logs", "shell"]
        assert made["pane_ids"] == list(made["names"].values())
        shown = await agent.call("get_layout", session=session)
        assert shapes(shown) == [
            {None: (0, 0, 81, 25)},
            {
                "editor": (0, 0, 40, 25),
                "logs": (41, 0, 40, 12),
                "shell": (41, 13, 40, 12),
            },
        ]
        (_, window) = shown["windows"]
        assert window["window_id"] == made["window_ids"][0]
        again = window["layout"]["splits"][1]["layout"]
        assert (again["direction"], again["splits"][0]["ratio"]) == ("horizontal", 0.5)
    assert terminal_of(control, f"built-{written}:shell") == "12 40"


def test_a_layout_can_be_built_in_a_window_that_is_there(control: Control) -> None:
    """In its right half, by the window's id or name; its panes make room."""
    new(control, "half")
    first = control("get_layout", session="half")["windows"][0]["window_id"]
    made = control("create_layout", session="half", window=first, layout=TREE)
    assert made["window_ids"] == [first]
    shown = control("get_layout", session="half")
    assert shapes(shown) == [
        {
            None: (0, 0, 40, 25),
            "editor": (41, 0, 19, 25),
            "logs": (61, 0, 20, 12),
            "shell": (61, 13, 20, 12),
        }
    ]
    assert terminal_of(control, shown["pane_id"]) == "25 40"
    several = {"windows": [{"layout": {"pane": {}}}] * 2}
    with pytest.raises(ControlError, match="several windows cannot be built in one"):
        control("create_layout", session="half", window=first, layout=several)
    assert control("get_layout", session="half") == shown


async def test_a_layout_that_cannot_be_built_changes_nothing(
    home: Home, control: Control
) -> None:
    """Not a pane and not a process more than before."""
    new(control, "whole")
    before = control("get_layout", session="whole"), control("list_panes")
    bad = {
        "windows": [
            {"name": "one", "layout": TREE},
            {"layout": {"pane": {"command": ["/no/such/program"]}}},
        ]
    }
    async with guest(home) as agent:
        with pytest.raises(ToolError) as refused:
            await agent.call("create_layout", session="whole", layout=bad)
        assert refused.value.code == "InvalidArgument"
        assert "/no/such/program" in refused.value.shape["message"]
        with pytest.raises(ToolError) as refused:
            await agent.call(
                "split_pane", session="whole", command="sh", cwd="/no/such/place"
            )
        assert refused.value.code == "InvalidArgument"
    assert (control("get_layout", session="whole"), control("list_panes")) == before
    panes = {pane["pane_id"] for pane in before[1]["panes"]}
    wait_until(lambda: not strays(home, panes))


def strays(home: Home, panes: set[str]) -> list[int]:
    """Processes of panes that are none of these."""
    found = []
    for process in home.processes():
        with contextlib.suppress(psutil.Error, OSError):
            pane = process.environ().get("FUGUE_PANE_ID")
            if pane is not None and pane not in panes:
                found.append(process.pid)
    return found


async def test_an_agent_splits_beside_itself_and_stays_itself(home: Home) -> None:
    """What it leaves out means its own pane, also when another has the focus."""
    relay = home.relay("self", columns=81, lines=25)
    second = home.root / "second.relay"
    async with inside(relay) as agent:
        made = await agent.call(
            "split_pane",
            command=[sys.executable, str(RELAY), str(second)],
            direction="horizontal",
            ratio=0.75,
            name="helper",
            focus=True,
        )
        assert (made["session_name"], made["y"], made["lines"]) == ("self", 19, 6)
        assert (await agent.call("whoami"))["pane_id"] == relay.pane_id
        assert (await agent.call("read_pane"))["pane_id"] == relay.pane_id
        assert (await agent.call("read_pane"))["lines"] == 18
        focused = await agent.call("read_pane", session="self")
        assert focused["pane_id"] == made["pane_id"]
        assert (await agent.call("read_pane", pane="helper"))["lines"] == 6
        ids = {k: made[k] for k in ("session_id", "session_name", "pane_id")}
        async with inside(Relay(second, ids)) as helper:
            me = await helper.call("whoami")
            assert (me["session_name"], me["pane_id"]) == ("self", made["pane_id"])
            await helper.call("resize_pane", ratio=0.5)
            named = await helper.call("rename_pane", name="mate")
            assert (named["lines"], named["previous_name"]) == (12, "helper")
        assert (await agent.call("focus_pane"))["pane_id"] == relay.pane_id
        closed = await agent.call("close_pane", pane="mate")
        assert not closed["session_ended"]
        assert (await agent.call("read_pane", session="self"))["lines"] == 25


def test_a_pane_moves_and_swaps_by_name(control: Control) -> None:
    """Names are good wherever an id is."""
    new(control, "moved")
    control("create_layout", session="moved", layout=TREE, name="work", focus=True)
    control("swap_panes", pane="moved:editor", other="shell")
    control("move_pane", pane="moved:logs", beside="editor", direction="vertical")
    out = control("move_pane", pane="moved:shell")
    assert (out["columns"], out["lines"]) == (81, 25)
    shown = control("get_layout", session="moved")
    assert shapes(shown)[1:] == [
        {"editor": (0, 0, 40, 25), "logs": (41, 0, 40, 25)},
        {"shell": (0, 0, 81, 25)},
    ]
    assert [window["name"] for window in shown["windows"]] == [None, "work", None]


def test_a_program_that_ended_keeps_its_pane_and_the_last_pane_its_session(
    control: Control,
) -> None:
    """Screen and exit status are there until somebody closes the pane."""
    new(control, "brief")
    done = control(
        "split_pane", session="brief", command=["sh", "-c", "echo so long; exit 3"]
    )["pane_id"]

    def state_of() -> dict[str, Any]:
        panes = control("list_panes", session="brief")["panes"]
        return next(pane for pane in panes if pane["pane_id"] == done)

    wait_until(lambda: state_of()["state"] == "exited")
    control("resize_pane", pane=done, columns=30)
    screen = control("read_pane", pane=done)
    assert (screen["columns"], screen["text"][0]) == (30, "so long")
    assert state_of()["exit"] == {"code": 3, "signal": None}
    rest = control("get_layout", session="brief")["pane_id"]
    assert control("close_pane", pane=rest)["session_ended"] is False
    closed = control("close_pane", pane=done)
    assert closed["session_ended"] is True
    assert closed["exit"] == {"code": 3, "signal": None}
    with pytest.raises(ControlError) as refused:
        control("get_layout", session="brief")
    assert refused.value.code == "SessionNotFound"


@pytest.fixture(scope="module")
def refusing(home: Home) -> str:
    """A session with two panes side by side."""
    with home.control(cwd=str(home.root)) as control:
        new(control, "elsewhere")
        control("rename_pane", session="elsewhere", name="far")
        new(control, "refusing")
        control("rename_pane", session="refusing", name="left")
        control("split_pane", session="refusing", command="sh", name="right")
    return "refusing"


SPLIT, SIZE, BUILD = "split_pane", "resize_pane", "create_layout"


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "words"),
    [
        (SPLIT, {"pane": "pffffffffff"}, "PaneNotFound", "no pane has the id"),
        (SPLIT, {"pane": "nobody:left"}, "SessionNotFound", "nobody"),
        (SPLIT, {"ratio": 0.95}, "InvalidArgument", "0.9"),
        (SPLIT, {"direction": "right"}, "InvalidArgument", "right"),
        (SPLIT, {"name": "p0123456789"}, "InvalidArgument", "looks like a pane's id"),
        (SPLIT, {"name": "left"}, "InvalidArgument", "another pane"),
        (SPLIT, {"command": "sh 'x"}, "InvalidArgument", "split into words"),
        (SIZE, {"columns": 999}, "InvalidArgument", "from 2 to 78"),
        (SIZE, {}, "InvalidArgument", "in one way"),
        (SIZE, {"ratio": 0.5, "lines": 9}, "InvalidArgument", "in one way"),
        (
            SIZE,
            {"ratio": 0.5, "direction": "horizontal"},
            "InvalidArgument",
            "shares its room with no other",
        ),
        ("rename_pane", {"name": "a:b"}, "InvalidArgument", "pane name"),
        ("rename_pane", {"name": "right"}, "InvalidArgument", "another pane"),
        ("swap_panes", {"other": "nobody"}, "PaneNotFound", "nobody"),
        (
            "move_pane",
            {"beside": "elsewhere:far"},
            "InvalidArgument",
            "another session",
        ),
        ("move_pane", {"beside": "left"}, "InvalidArgument", "beside itself"),
        (BUILD, {"layout": []}, "InvalidArgument", "not valid"),
        (BUILD, {"layout": "{"}, "InvalidArgument", "layout is not JSON"),
        (BUILD, {"layout": {"splits": []}}, "InvalidArgument", "layout.direction"),
        (BUILD, {"layout": {"pane": {}}, "columns": 1}, "InvalidArgument", "columns"),
        (BUILD, {"layout": TREE, "lines": 2}, "InvalidArgument", "from 3 to 1000"),
        (BUILD, {"layout": TREE, "window": "w9"}, "WindowNotFound", "or name 'w9'"),
        (BUILD, {"layout": TREE, "name": "7"}, "InvalidArgument", "id or number"),
        (SIZE, {"border": "left", "lines": 9}, "InvalidArgument", "in one way"),
        (SIZE, {"border": "up"}, "InvalidArgument", "shares its room with no other"),
        ("rename_window", {"name": "0"}, "InvalidArgument", "id or number"),
        ("rename_window", {"name": "a:b"}, "InvalidArgument", "window name"),
        ("close_window", {"window": "5"}, "WindowNotFound", "number or name '5'"),
        ("close_window", {"window": "nobody:0"}, "SessionNotFound", "nobody"),
        ("swap_windows", {"other": "logs"}, "WindowNotFound", "logs"),
        ("arrange_window", {"preset": "spiral"}, "InvalidArgument", "spiral"),
        ("new_window", {"command": "/no/such"}, "InvalidArgument", "/no/such"),
        ("new_window", {"name": "9"}, "InvalidArgument", "id or number"),
        ("new_window", {"pane_name": "left"}, "InvalidArgument", "another pane"),
        (
            "rename_session",
            {"name": "elsewhere"},
            "SessionNameExists",
            "exists already",
        ),
        ("rename_session", {"name": "a b"}, "InvalidArgument", "session name"),
        (
            "resize_window",
            {"columns": 4, "lines": 9},
            "InvalidArgument",
            "from 5 to 1000",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    control: Control,
    refusing: str,
    operation: str,
    arguments: dict[str, Any],
    code: str,
    words: str,
) -> None:
    """Each with its code, and words that help."""
    before = control("get_layout", session=refusing), control("list_panes")
    with pytest.raises(ControlError) as refused:
        control(operation, **{"session": refusing, **arguments})
    assert refused.value.code == code
    assert words in refused.value.shape["message"]
    assert (control("get_layout", session=refusing), control("list_panes")) == before


def test_a_guest_has_no_windows_to_build_in(control: Control) -> None:
    """A session that runs no program is told what to do instead."""
    with pytest.raises(ControlError, match="runs no program") as refused:
        control("create_layout", layout={"pane": {}})
    assert refused.value.code == "InvalidArgument"
    with pytest.raises(ControlError) as refused:
        control("split_pane")
    assert refused.value.code == "PaneNotFound"
    with pytest.raises(ControlError, match="has no windows") as refused:
        control("arrange_window")
    assert refused.value.code == "WindowNotFound"


async def test_layout_and_sizes_outlive_the_daemon() -> None:
    """A daemon that is killed costs no pane its place, its name or its size."""
    with running_home() as home:
        with home.control() as control:
            new(control, "kept")
            control("create_layout", session="kept", layout=TREE, name="work")
            control("resize_pane", pane="kept:logs", columns=30, lines=7)
            control("focus_pane", pane="kept:shell")
            before = control("get_layout", session="kept")
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)
        await trio.to_thread.run_sync(home.start)
        with home.control() as control:
            assert control("get_layout", session="kept") == before
            assert terminal_of(control, "kept:shell") == "17 30"
            split = control("split_pane", session="kept", command="sh")
            assert split["columns"] == 15


@pytest.mark.parametrize("delay", [0.03, 0.15])
def test_a_daemon_killed_while_it_builds_leaves_every_program_in_its_place(
    delay: float,
) -> None:
    """At whatever moment: the next one shows each pane once, and none that is not."""
    row = {"splits": [{"layout": {"pane": {"command": ["cat"]}}}] * 5}
    with running_home() as home:
        with home.control() as control:
            new(control, "cut")
            request = {"session": "cut", "layout": {"direction": "vertical", **row}}
            control.send("create_layout", **request)
            time.sleep(delay)
            assert home.daemon is not None
            home.daemon.send_signal(signal.SIGKILL)
            home.daemon.wait(60)
        home.start()
        with home.control() as control:

            def running() -> set[str]:
                panes = control("list_panes", session="cut")["panes"]
                return {one["pane_id"] for one in panes if one["state"] == "running"}

            # Those that were just starting are adopted a little later.
            wait_until(lambda: not strays(home, running()))
            shown = control("get_layout", session="cut")
            places = {
                pane["pane_id"]: (pane["columns"], pane["lines"])
                for window in shown["windows"]
                for pane in window["panes"]
            }
            opened = control("list_panes", session="cut")["panes"]
            assert sorted(places) == sorted(pane["pane_id"] for pane in opened)
            for pane_id in running():
                screen = control("read_pane", pane=pane_id)
                assert (screen["columns"], screen["lines"]) == places[pane_id]
