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


def test_a_disk_that_takes_no_cards_makes_the_daemon_degraded_and_no_more(
    home: Home,
) -> None:
    """Calls go on, status names who waits, and what was not written is written later."""
    with home.control() as control:
        session = control("create_session", name="ann", command=["sleep", "1000"])
        card = home.run / "panes" / f"{session['pane_id']}.json"
        wait_until(card.exists)
        in_the_way = card.with_suffix(".new")
        wait_until(lambda: not in_the_way.exists())
        in_the_way.mkdir()
        control("set_tags", session="ann", add=["late"])
        wait_until(lambda: control("status")["condition"] == "degraded")
        assert control("status")["degraded"] == ["/machine/keeper"]
        assert control("get_tags", session="ann")["tags"] == ["late"]
        in_the_way.rmdir()
        wait_until(lambda: control("status")["condition"] == "ok")
        wait_until(lambda: json.loads(card.read_bytes())["session"]["tags"] == ["late"])
    assert home.daemon is not None
    assert home.daemon.poll() is None
