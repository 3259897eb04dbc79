"""Whose names and whose pages the monitor's port answers to."""

from __future__ import annotations

import pytest

from fugue_actors.gateways.control.origins import is_host_ours, is_origin_ours

OURS = frozenset({"box.example"})


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7437",
        "LocalHost:7437",
        "127.0.0.1:7437",
        "[::1]:7437",
        "[::1]",
        "localhost:8000",  # forwarded to another port, as with `ssh -L`
        "box.example",
        "Box.Example:443",
    ],
)
def test_the_names_of_the_loopback_and_those_that_were_set_are_ours(host: str) -> None:
    """At any port: it is the one that was connected to, wherever it is forwarded."""
    assert is_host_ours(host, OURS)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " localhost",
        "localhost ",
        "localhost.",
        "localhost.evil.example",
        "evil.example",
        "evil.example:7437",  # DNS rebinding: our address under a name of theirs
        "127.0.0.1.nip.io:7437",
        "127.0.0.2:7437",
        "127.1:7437",
        "2130706433:7437",
        "0x7f000001",
        "0.0.0.0:7437",
        "[::]:7437",
        "[::ffff:127.0.0.1]:7437",
        "::1",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "localhost:7437:80",
        "localhost:+7437",
        "localhost:\uff17\uff14\uff13\uff17",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost/",
        "localhost,evil.example",
        "localhost\tevil.example",
        "localhost\n",
        "xbox.example",
        "box.example.evil",
    ],
)
def test_any_other_name_is_foreign(host: str) -> None:
    """However much it looks like ours, and also if it leads to our address."""
    assert not is_host_ours(host, OURS)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:7437", "localhost:7437"),
        ("http://LOCALHOST:7437", "localhost:7437"),
        ("http://127.0.0.1:7437", "127.0.0.1:7437"),
        ("http://[::1]:7437", "[::1]:7437"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://localhost", "localhost"),
        ("http://localhost", "localhost:80"),
        ("https://box.example", "box.example"),  # behind a proxy that speaks TLS
        ("https://box.example", "box.example:443"),
    ],
)
def test_a_page_of_the_very_same_server_may_ask(origin: str, host: str) -> None:
    """Its scheme's port may be named or left out."""
    assert is_origin_ours(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:7437"),
        ("http://localhost:3000", "localhost:7437"),  # somebody else's on this machine
        ("http://localhost", "localhost:7437"),
        ("http://127.0.0.1:7437", "localhost:7437"),
        ("http://localhost:7437", "[::1]:7437"),
        ("https://localhost:80", "localhost"),
        ("https://localhost", "localhost:80"),
        ("null", "localhost:7437"),
        ("", "localhost:7437"),
        ("file://", "localhost:7437"),
        ("localhost:7437", "localhost:7437"),
        ("ws://localhost:7437", "localhost:7437"),
        ("chrome-extension://localhost:7437", "localhost:7437"),
        ("http://localhost:7437@evil.example", "localhost:7437"),
        ("http://evil.example@localhost:7437", "localhost:7437"),
        ("http://localhost:7437/", "localhost:7437"),
        ("http://localhost:7437.evil.example", "localhost:7437"),
        ("http://localhost:7437#evil.example", "localhost:7437"),
        ("http://localhost:7437 http://evil.example", "localhost:7437"),
        ("http:localhost:7437", "localhost:7437"),
        ("http://localhost:07437", "localhost:7436"),
    ],
)
def test_a_page_of_any_other_server_may_not(origin: str, host: str) -> None:
    """Other schemes, names and ports are other servers, and so is a sandboxed page."""
    assert not is_origin_ours(origin, host)
