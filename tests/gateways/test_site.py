"""What the monitor's port answers to a head, before anybody has said who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fugue_actors.gateways.control import pages
from fugue_actors.gateways.control.http import Request, Response, said
from fugue_actors.gateways.control.site import Site, Upgrade

if TYPE_CHECKING:
    from pathlib import Path

HOST = ("host", "localhost:7437")
HANDSHAKE = {
    "host": "localhost:7437",
    "connection": "keep-alive, Upgrade",
    "upgrade": "WebSocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small page."""
    (tmp_path / "index.html").write_text("<p>hello", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "main.js").write_text("1", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("none of the page's", encoding="utf-8")
    return Site(
        pages=pages.load(tmp_path),
        answers={"/healthz": lambda _: said(200, "fine")},
    )


def answer(
    site: Site, path: str, *headers: tuple[str, str], method: str = "GET"
) -> Response:
    """What becomes of a request that is no upgrade."""
    decided = site.decide(Request(method, path, (HOST, *headers)))
    assert isinstance(decided, Response)
    return decided


def handshake(
    site: Site, path: str = "/ws", **changed: str | None
) -> Response | Upgrade:
    """What becomes of a handshake with some headers changed, or left out if None."""
    names = HANDSHAKE | {key.replace("_", "-"): value for key, value in changed.items()}
    kept = tuple((name, value) for name, value in names.items() if value is not None)
    return site.decide(Request("GET", path, kept))


def test_the_page_and_its_parts_come_with_their_types(site: Site) -> None:
    """Browsers run no script that does not say that it is one."""
    assert answer(site, "/").body == b"<p>hello"
    assert answer(site, "/").media_type == "text/html; charset=utf-8"
    assert answer(site, "/static/parts/main.js").media_type == (
        "text/javascript; charset=utf-8"
    )
    assert answer(site, "/healthz").body == b"fine\n"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/static/",
        "/static/notes.txt",
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/static//parts/main.js",
        "//static/parts/main.js",
        "http://localhost:7437/",
        "*",
        "/ws/",
    ],
)
def test_there_is_nothing_but_the_pages_own_files(site: Site, path: str) -> None:
    """Paths are looked up, never opened."""
    assert answer(site, path).status == 404


def test_a_browser_that_has_a_file_is_not_sent_it_again(site: Site) -> None:
    """It asks each time, since names stay the same when the content changes."""
    first = answer(site, "/")
    tag = dict(first.headers)["ETag"]
    again = answer(site, "/", ("if-none-match", f'"other", W/{tag}'))
    assert (again.status, again.body) == (304, b"")
    assert answer(site, "/", ("if-none-match", '"other"')).status == 200
    assert dict(first.headers)["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/ws"])
def test_everything_is_only_read(site: Site, path: str, method: str) -> None:
    """What changes anything goes over the WebSocket, with a token."""
    refused = answer(site, path, method=method)
    assert refused.status == 405
    assert dict(refused.headers)["Allow"].startswith("GET")


def test_a_body_has_nowhere_to_go(site: Site) -> None:
    """Nobody would read it."""
    decided = site.decide(Request("GET", "/", (HOST,), has_body=True))
    assert isinstance(decided, Response)
    assert decided.status == 413


@pytest.mark.parametrize("path", ["/", "/ws", "/nothing"])
def test_a_foreign_name_is_refused_before_anything_is_looked_up(
    site: Site, path: str
) -> None:
    """Also two names, or none: a proxy in between may believe the other one."""
    for hosts in (("evil.example",), ("localhost", "evil.example"), ()):
        heads = tuple(("host", host) for host in hosts)
        decided = site.decide(Request("GET", path, heads))
        assert isinstance(decided, Response)
        assert decided.status == 421


def test_further_names_are_ours_when_they_are_set(site: Site) -> None:
    """As behind a proxy that passes the browser's Host on."""
    named = Site(pages=site.pages, answers={}, names=frozenset({"box.example"}))
    request = Request("GET", "/", (("host", "box.example"),))
    assert isinstance(decided := named.decide(request), Response)
    assert decided.status == 200


def test_pages_of_other_servers_get_nothing(site: Site) -> None:
    """No socket, and not so much as the state of health."""
    for path in ("/ws", "/healthz", "/"):
        decided = site.decide(
            Request("GET", path, (HOST, ("origin", "http://evil.example")))
        )
        assert isinstance(decided, Response)
        assert decided.status == 403
    both = (("origin", "http://localhost:7437"), ("origin", "http://evil.example"))
    assert answer(site, "/", *both).status == 403


def test_a_handshake_is_accepted_with_the_answer_to_its_key(site: Site) -> None:
    """From our own page, and from a script, which sends no Origin."""
    for origin in (None, "http://localhost:7437"):
        upgrade = handshake(site, origin=origin)
        assert isinstance(upgrade, Upgrade)
        assert upgrade.accepted.startswith(b"HTTP/1.1 101 ")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in upgrade.accepted  # RFC 6455, 1.3


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"connection": "close"}, 400),
        ({"upgrade": None}, 400),
        ({"upgrade": "h2c"}, 400),
        ({"sec_websocket_version": None}, 400),
        ({"sec_websocket_version": "8"}, 426),
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_key": "c2hvcnQ="}, 400),
        ({"sec_websocket_key": "!" * 24}, 400),
        ({"host": "evil.example"}, 421),
        ({"origin": "null"}, 403),
        ({"path": "/"}, 200),
    ],
)
def test_a_handshake_that_is_none_is_refused(
    site: Site, changed: dict[str, str | None], status: int
) -> None:
    """With the code that says what is wrong; elsewhere it is a plain request."""
    decided = handshake(site, **changed)  # type: ignore[arg-type]
    assert isinstance(decided, Response)
    assert decided.status == status
