"""Links and connections: the token's secrecy, its end, reloads, and a daemon that dies."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import trio
from daemonkit import running_home, wait_until
from visiting import ANY_PORT, Visit, session, token, url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def own_home() -> Iterator[Home]:
    """A daemon of this test's own, which it kills."""
    with running_home(ANY_PORT) as home:
        yield home


async def test_the_token_leaves_no_trace(home: Home, page: Page) -> None:
    """Whoever looks over a shoulder, into the history or a log must not find it."""
    secret = token(home)["token"]
    await page.go(f"{url(home)}/#token={secret}")
    visit = Visit(page, home)
    await visit.is_live()
    assert secret not in await page.evaluate("location.href")
    assert all(secret not in entry for entry in await page.history())
    for request in page.faults.requests:
        assert secret not in request.url
        assert all(secret not in value for value in request.headers.values())
    # It is told once, in the first frame, and shown nowhere.
    assert [secret in frame for frame in page.faults.sent].count(True) == 1
    assert secret in page.faults.sent[0]
    assert secret not in await page.evaluate("document.documentElement.outerHTML")
    assert secret not in home.log.read_text("utf-8")
    for file in home.root.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


async def test_a_link_of_the_monitor_command_is_good_once(
    home: Home, page: Page
) -> None:
    """Browsers note addresses in their profile; what they note opens nothing."""
    secret = token(home, once=True)["token"]
    await page.go(f"{url(home)}/#token={secret}")
    visit = Visit(page, home)
    await visit.is_live()
    kept = await page.evaluate("sessionStorage.getItem('fugue.token')")
    assert kept not in (None, secret)
    await page.reload()
    await visit.is_live()
    # As in another tab, or from the browser's own notes.
    await page.evaluate("sessionStorage.clear()")
    await page.go(f"{url(home)}/#token={secret}")
    await page.until_text("fugue monitor", "#gate")


async def test_the_page_loads_nothing_from_elsewhere(home: Home, page: Page) -> None:
    """No third party learns of a fleet, and the page works without a network."""
    await Visit.begun(page, home)
    origin = url(home)
    for request in page.faults.requests:
        assert request.url.startswith((origin, origin.replace("http", "ws"), "data:"))


async def test_a_reload_comes_back_to_the_same_place(home: Home, page: Page) -> None:
    """The address has no token any more, the tab remembers it."""
    pane = session(home, "stays", "sh", "-c", "echo here; cat")["pane_id"]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("here")
    await page.reload()
    await visit.is_live()
    await visit.screen_shows("here")


async def test_without_a_token_the_page_says_how_to_get_one(
    home: Home, page: Page
) -> None:
    """The bare address is what people bookmark."""
    await page.go(url(home))
    await page.until_text("fugue monitor", "#gate")


async def test_an_expired_link_says_so_and_how_to_get_another(
    home: Home, page: Page
) -> None:
    """Links end by themselves; nobody should take that for a broken daemon."""
    made = token(home, expires_seconds=1)
    with home.control() as control:

        def is_over() -> bool:
            found = control("token_ls", all=True)["tokens"]
            states = {one["token_id"]: one["state"] for one in found}
            return states[made["token_id"]] == "expired"

        await trio.to_thread.run_sync(wait_until, is_over)
    await page.go(f"{url(home)}/#token={made['token']}")
    await page.until_text("expired", "#gate")
    await page.until_text("fugue monitor", "#gate")
    assert await page.evaluate("sessionStorage.getItem('fugue.token')") is None


async def test_a_revoked_token_ends_the_visit_at_once(home: Home, page: Page) -> None:
    """Taking a link back must not wait for a reload."""
    made = token(home)
    await page.go(f"{url(home)}/#token={made['token']}")
    await Visit(page, home).is_live()
    with home.control() as control:
        control("token_revoke", token_id=made["token_id"])
    await page.until_text("revoked", "#gate")


async def test_the_page_survives_the_death_of_the_daemon(
    own_home: Home, page: Page
) -> None:
    """`kill -9` and a new daemon: it says so, keeps what it knew, and goes on by itself."""
    made = session(own_home, "survivor", "sh", "-c", "echo alive; cat")
    visit = await Visit.begun(page, own_home)
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("alive")
    # While nobody listens, the browser itself complains of each try to connect.
    page.faults.allow("WebSocket connection to", "ERR_CONNECTION_REFUSED")
    assert own_home.daemon is not None
    own_home.daemon.send_signal(signal.SIGKILL)
    own_home.daemon.wait()
    await page.until_text("not answering", "#banner")
    assert "survivor" in await page.text("#fleet")
    await trio.to_thread.run_sync(own_home.start)
    await visit.is_live(within=30)
    await page.until_text("Connected again", "#banner")
    await visit.row_says("survivor", "running")
    await visit.take_control()
    await page.write("still here\n")
    await visit.screen_shows("still here")
