"""Windows, zoom and new names through the doors that agents and people use."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import Control, ControlError, Home, running_home, wait_until
from mcpkit import guest, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def control(home: Home) -> Iterator[Control]:
    with home.control(cwd=str(home.root)) as control:
        yield control


def new(control: Control, name: str) -> str:
    """A session of 81 by 25 that runs a shell; its pane."""
    made = control("create_session", name=name, command=["sh"], columns=81, lines=25)
    return str(made["pane_id"])


def sizes(control: Control, session: str) -> dict[str | None, tuple[int, int]]:
    """The terminals of a session, by the names of their panes."""
    listed = control("list_panes", session=session)["panes"]
    return {pane["name"]: (pane["columns"], pane["lines"]) for pane in listed}


def windows(shown: dict[str, Any]) -> list[tuple[int, str | None]]:
    """Number and name of each window."""
    return [(window["number"], window["name"]) for window in shown["windows"]]


def test_a_zoomed_pane_has_the_terminal_of_its_window(control: Control) -> None:
    """The hidden ones keep theirs, through another size of the window too, until the end."""
    new(control, "zoomed")
    control("rename_pane", session="zoomed", name="left")
    control("split_pane", session="zoomed", command="sh", name="right")
    stands = control("zoom_pane", pane="zoomed:right")
    assert (stands["zoomed"], stands["columns"], stands["x"]) == (True, 81, 0)
    assert sizes(control, "zoomed") == {"left": (40, 25), "right": (81, 25)}
    (window,) = control("get_layout", session="zoomed")["windows"]
    assert [pane["name"] for pane in window["panes"]] == ["right"]
    assert [pane["x"] for pane in window["tiles"]] == [0, 41]
    assert window["zoomed"] == window["pane_id"] == stands["pane_id"]
    control("resize_window", session="zoomed", columns=101, lines=30)
    assert sizes(control, "zoomed") == {"left": (40, 25), "right": (101, 30)}
    control("focus_pane", pane="zoomed:left")
    assert sizes(control, "zoomed") == {"left": (50, 30), "right": (50, 30)}
    (window,) = control("get_layout", session="zoomed")["windows"]
    assert (window["zoomed"], "tiles" in window) == (None, False)


def test_a_window_is_opened_named_numbered_and_closed(control: Control) -> None:
    """Each by its name, its number or its id; with the last one the session ends."""
    new(control, "several")
    made = control("new_window", session="several", name="logs", command="cat")
    assert (made["window_number"], made["window_name"]) == (1, "logs")
    assert (made["columns"], made["lines"]) == (81, 25)
    third = control("new_window", session="several", command="sh", focus=True)
    shown = control("focus_window", window="several:logs")
    assert shown["pane_id"] == made["pane_id"]
    shown = control("rename_window", window="several:2", name="tests")
    assert (shown["previous_name"], windows(shown)[2]) == (None, (2, "tests"))
    shown = control("move_window", window="several:0")
    assert windows(shown) == [(1, "logs"), (2, "tests"), (3, None)]
    shown = control("swap_windows", window="several:logs", other="3")
    assert windows(shown) == [(1, None), (2, "tests"), (3, "logs")]
    closed = control("close_window", window=f"several:{third['window_id']}")
    assert (closed["session_ended"], closed["ended"]) == (False, 1)
    assert windows(control("get_layout", session="several")) == [(1, None), (3, "logs")]
    control("split_pane", session="several", command="sh")
    control("close_window", window="several:1")
    closed = control("close_window", window="several:logs")
    assert (closed["session_ended"], closed["ended"]) == (True, 2)
    with pytest.raises(ControlError, match="several"):
        control("get_layout", session="several")


async def test_an_agent_means_the_window_that_shows_it(home: Home) -> None:
    """Whichever has the focus; and what it opens stands in its own session."""
    relay = home.relay("own", columns=81, lines=25)
    async with inside(relay) as agent:
        await agent.call("new_window", name="other", command="sh", focus=True)
        await agent.call("split_pane", command="sh", name="helper")
        shown = await agent.call("arrange_window", preset="even-vertical")
        assert shown["session_name"] == "own"
        first, second = shown["windows"]
        assert [pane["y"] for pane in first["panes"]] == [0, 13]
        assert len(second["panes"]) == 1
        named = await agent.call("rename_window", name="work")
        assert windows(named) == [(0, "work"), (1, "other")]
        closed = await agent.call("close_window", window="other")
        assert closed["session_ended"] is False
        shown = await agent.call("get_layout")
        assert windows(shown) == [(0, "work")]


def test_a_pane_breaks_out_into_a_window_with_the_focus(control: Control) -> None:
    """As a person wants it who pressed a key; an agent that moves a pane takes no focus."""
    first = new(control, "broken")
    second = control("split_pane", session="broken", command="sh")["pane_id"]
    out = control("move_pane", pane=second, focus=True)
    assert (out["window_number"], out["columns"]) == (1, 81)
    assert control("get_layout", session="broken")["pane_id"] == second
    back = control("move_pane", pane=second, beside=first, ratio=0.7)
    assert (back["window_number"], back["focused"]) == (0, False)
    moved = control("resize_pane", pane=first, border="left", cells=6)
    assert (moved["columns"], sizes(control, "broken")[None]) == (50, (30, 25))


async def test_a_session_is_found_under_its_new_name_alone(
    home: Home, control: Control
) -> None:
    """By targets, requests and lists; the agent in it stays who it is."""
    relay = home.relay("before", columns=81, lines=25)
    async with inside(relay) as agent, guest(home) as other:
        renamed = await agent.call("rename_session", name="after")
        assert (renamed["previous_name"], renamed["session_name"]) == (
            "before",
            "after",
        )
        assert (await agent.call("whoami"))["session_name"] == "after"
        note = {"msg_type": "note", "payload": {"a": 1}}
        sent = await other.call(
            "send_orchestration", target={"session": "after"}, **note
        )
        assert sent["recipients"][0]["session_name"] == "after"
        (message,) = (await agent.call("poll_messages"))["messages"]
        assert message["payload"] == {"a": 1}
        with pytest.raises(ControlError) as refused:
            control("get_layout", session="before")
        assert refused.value.code == "SessionNotFound"
        panes = control("list_panes", session="after")["panes"]
        assert [pane["session_name"] for pane in panes] == ["after"]
        assert control("new_window", session="after")["session_name"] == "after"
    new(control, "before")
    with pytest.raises(ControlError) as refused:
        control("rename_session", session="before", name="after")
    assert refused.value.code == "SessionNameExists"
    same = control("rename_session", session="before", name="before")
    assert same["previous_name"] == same["session_name"] == "before"


async def test_windows_zoom_and_names_outlive_the_daemon() -> None:
    """To the cell: whoever looks again sees what was there."""
    with running_home() as home:
        with home.control() as control:
            new(control, "kept")
            control("split_pane", session="kept", command="sh", name="right")
            control("new_window", session="kept", name="logs", command="sh")
            control("move_window", window="kept:logs", number=5)
            control("zoom_pane", pane="kept:right")
            control("rename_session", session="kept", name="saved")
            before = control("get_layout", session="saved")
            panes = control("list_panes", session="saved")
        assert home.daemon is not None
        home.daemon.send_signal(signal.SIGKILL)
        home.daemon.wait(60)
        await trio.to_thread.run_sync(home.start)
        with home.control() as control:
            wait_until(lambda: control("list_panes", session="saved") == panes)
            assert control("get_layout", session="saved") == before
            assert before["windows"][0]["zoomed"] is not None
            assert windows(before) == [(0, None), (5, "logs")]


def test_a_guest_that_was_renamed_is_found_by_the_name_its_client_asks_for() -> None:
    """Its client knows no other; its messages wait under either name."""
    with running_home() as home:
        with home.control() as control:
            with home.control(**{"as": "reviewer"}) as reviewer:
                me = reviewer("whoami")
                control("rename_session", session="reviewer", name="critic")
                assert reviewer("whoami")["session_name"] == "critic"
            with home.control(**{"as": "reviewer"}) as again:
                assert again("whoami")["session_id"] == me["session_id"]
