"""`fugue token` and `fugue monitor`, with a daemon that answers as a test tells it."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
from clikit import Cli, ScriptedControl
from daemonkit import wait_until

from fugue_actors.cli.options import span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXT = "fugue_0123456789_" + "ab" * 32
PAGE = "http://127.0.0.1:7437/"
MADE = {
    "token_id": "0123456789",
    "role": "operator",
    "label": "ann",
    "state": "good",
    "issued_at": "2026-01-01T00:00:00.000Z",
    "expires_at": "2026-01-01T12:00:00.000Z",
    "revoked_at": None,
    "scope": {"sessions": ["s1", "s2"], "tags": ["x"]},
}


STATUS = {
    "pid": 1,
    "version": "0.1.0",
    "home": "/h",
    "uptime": 1,
    "condition": "ok",
    "degraded": [],
    "reasons": [],
    "sessions": 0,
    "panes": 0,
}


class Daemon:
    """What a daemon with a monitor says.

    Attributes:
        seen: How often the tree was asked for; from the third time on a browser is there.
    """

    def __init__(self, page: str | None = PAGE) -> None:
        self.page = page
        self.seen = 0

    def __call__(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        match name:
            case "status":
                return {"result": {**STATUS, "monitor": self.page}}
            case "token_new":
                return {"result": {**MADE, "token": TEXT}}
            case "token_ls":
                return {"result": {"tokens": [MADE]}}
            case "token_revoke":
                return {"result": {**MADE, **arguments, "state": "revoked"}}
            case "list_sessions":
                row = {"session_id": "s1", "session_name": "bob"}
                return {"result": {"sessions": [row]}}
            case _:
                self.seen += 1
                came = [{"path": "/gateways/web/connections/c1"}]
                return {"result": {"actors": came if self.seen > 2 else []}}


def test_a_new_token_is_all_that_is_printed_so_that_scripts_can_take_it(
    cli: Cli,
) -> None:
    """What it is good for goes to stderr, without the secret."""
    with ScriptedControl(cli.home, Daemon()) as control:
        done = cli("token", "new", "--expires", "30m", "--session", "bob", "--tag", "x")
    assert done.stdout == TEXT + "\n"
    assert "operator of 2 sessions and sessions tagged x until 2026" in done.stderr
    assert TEXT not in done.stderr
    asked = {"role": "observer", "expires_seconds": 1800.0}
    limits = {"sessions": ["bob"], "tags": ["x"]}
    assert control.requests == [("token_new", asked | limits)]


def test_without_limits_none_are_asked_for(cli: Cli) -> None:
    """An empty list would be a token for nothing."""
    with ScriptedControl(cli.home, Daemon()) as control:
        made = cli("token", "new", "--json")
    assert json.loads(made.stdout)["token"] == TEXT
    assert control.requests == [("token_new", {"role": "observer"})]


def test_the_list_names_sessions_as_they_are_called_now(cli: Cli) -> None:
    """One that is gone is its id."""
    with ScriptedControl(cli.home, Daemon()):
        done = cli("token", "ls")
    head, row = done.stdout.splitlines()
    assert head.split("  ")[0] == "token"
    assert "bob, s2" in row
    assert "0123456789" in row


def test_tokens_are_revoked_by_id_or_all_at_once(cli: Cli) -> None:
    """Never by accident: nothing and everything have to be said."""
    with ScriptedControl(cli.home, Daemon()) as control:
        assert cli("token", "revoke").returncode == 2
        assert cli("token", "revoke", "--all", "a").returncode == 2
        assert control.requests == []
        done = cli("token", "revoke", "a", "b", "a")
        assert done.stdout.splitlines() == [
            "token a (ann) is revoked",
            "token b (ann) is revoked",
        ]
        assert cli("token", "revoke", "--all").stdout.startswith("token 0123456789 ")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("1.5h", 5400)],
)
def test_a_span_of_time_is_a_number_with_a_unit(text: str, seconds: float) -> None:
    """As people write it."""
    assert span(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "h", "-1h", "1 h", "1w", "1e3s", "nan"])
def test_what_is_no_span_of_time_is_wrong_usage(cli: Cli, text: str) -> None:
    """Nobody guesses the unit."""
    done = cli("token", "new", f"--expires={text}")
    assert done.returncode == 2
    assert "no span of time" in done.stderr


# ---- the page


def test_the_address_of_the_page_has_the_token_where_browsers_keep_it(cli: Cli) -> None:
    """In the fragment, which no server gets; operators unless only to look."""
    with ScriptedControl(cli.home, Daemon()) as control:
        done = cli("monitor")
        assert done.stdout == f"{PAGE}#token={TEXT}\n"
        assert TEXT not in done.stderr
        assert control.requests[-1] == ("token_new", {"role": "operator", "once": True})
        told = json.loads(cli("monitor", "--observer", "--json").stdout)
        assert control.requests[-1] == ("token_new", {"role": "observer", "once": True})
    assert told == {"url": f"{PAGE}#token={TEXT}", "opened": False, **MADE}


@pytest.mark.parametrize("page", [PAGE, None])
def test_the_status_says_where_the_page_is_without_a_token(
    cli: Cli, page: str | None
) -> None:
    """If there is one; and makes no token for it."""
    with ScriptedControl(cli.home, Daemon(page)) as control:
        lines = cli("status").stdout.splitlines()
    told = [line for line in lines if line.startswith("monitor")]
    assert told == ([] if page is None else [f"monitor: {PAGE}"])
    assert [name for name, _ in control.requests] == ["status"]


def test_a_daemon_without_a_monitor_says_what_to_do_and_makes_no_token(
    cli: Cli,
) -> None:
    """It may be switched off, or its port cannot be had."""
    with ScriptedControl(cli.home, Daemon(page=None)) as control:
        done = cli("monitor")
    assert done.returncode == 1
    assert "monitor.enabled" in done.stderr
    assert [name for name, _ in control.requests] == ["status"]


BROWSER = """\
#!{python} -IS
import json, pathlib, sys, time
(address,) = sys.argv[1:]
path = pathlib.Path(address.removeprefix("file://"))
told = {{"arguments": sys.argv, "mode": path.stat().st_mode, "page": path.read_text()}}
while path.exists():
    time.sleep(0.01)
written = pathlib.Path({told!r} + ".part")
written.write_text(json.dumps(told))
written.rename({told!r})
"""


def browser(cli: Cli) -> tuple[str, Path]:
    """A browser that writes down what it was given when that is gone, and where."""
    told, program = cli.home / "told.json", cli.home / "browser"
    program.write_text(
        BROWSER.format(python=sys.executable, told=str(told)), encoding="utf-8"
    )
    program.chmod(0o700)
    return str(program), told


def test_a_browser_gets_the_token_from_a_file_that_is_gone_afterwards(
    cli: Cli,
) -> None:
    """Everybody on the machine sees command lines; only the user can read the file."""
    program, told = browser(cli)
    with ScriptedControl(cli.home, Daemon()):
        done = cli("monitor", "--open", BROWSER=program)
    wait_until(told.exists)  # a browser goes on by itself
    given = json.loads(told.read_text("utf-8"))
    assert f"url={PAGE}#token={TEXT}" in given["page"]
    assert stat.S_IMODE(given["mode"]) == 0o600
    assert TEXT not in str(given["arguments"])
    assert list((cli.home / "run").glob("*.html")) == []
    assert done.stdout == f"{PAGE} is open in your browser\n"
    assert TEXT not in done.stdout + done.stderr


def test_without_a_browser_the_address_is_printed(cli: Cli) -> None:
    """As over ssh; it is what one needs then."""
    with ScriptedControl(cli.home, Daemon()):
        done = cli("monitor", "--open", BROWSER="/bin/false")
    assert done.stdout == f"{PAGE}#token={TEXT}\n"
    assert "no browser came" in done.stderr
    assert list((cli.home / "run").glob("*.html")) == []
