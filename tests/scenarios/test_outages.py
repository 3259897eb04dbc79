"""What people see of an outage: `degraded`, and the same daemon afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from daemonkit import Home, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def test_a_disk_that_refuses_makes_the_daemon_degraded_and_no_more(home: Home) -> None:
    """Calls go on, status names who waits, and what was not written is written later."""
    roster = home.root / "state" / "roster.json"
    in_the_way = roster.with_suffix(".new")
    with home.control() as control:
        session = control("create_session", name="ann", command=["sleep", "1000"])
        wait_until(roster.exists)
        wait_until(lambda: session["session_id"] in roster.read_text("utf-8"))
        in_the_way.mkdir()
        control("set_tags", session="ann", add=["late"])
        wait_until(lambda: control("status")["condition"] == "degraded")
        assert control("status")["degraded"] == ["/machine/keeper"]
        assert control("get_tags", session="ann")["tags"] == ["late"]
        in_the_way.rmdir()
        wait_until(lambda: control("status")["condition"] == "ok")

        def tags() -> list[str]:
            (written,) = json.loads(roster.read_bytes())["sessions"]
            return list(written["tags"])

        wait_until(lambda: tags() == ["late"])
    assert home.daemon is not None
    assert home.daemon.poll() is None
