"""The control client against a socket that does what no good daemon does."""

from __future__ import annotations

import json
import socket
import threading

import pytest
from clikit import Cli, ScriptedControl

REFUSED = {
    "error": {
        "code": "SessionNotFound",
        "message": "no session is called 'ada'",
        "hint": "list them",
    }
}


def test_a_refusal_is_one_line_with_what_to_do(cli: Cli) -> None:
    """Message and hint, and exit code 1."""
    with ScriptedControl(cli.home, lambda *_: REFUSED):
        done = cli("tag", "ada")
    assert done.returncode == 1
    assert done.stderr == "fugue: no session is called 'ada'; list them\n"


def test_a_refusal_keeps_its_shape_as_json(cli: Cli) -> None:
    """The daemon's code, message and hint reach the program that asked."""
    with ScriptedControl(cli.home, lambda *_: REFUSED):
        done = cli("tag", "ada", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr) == REFUSED["error"]


def test_a_timeout_of_the_daemon_ends_with_124(cli: Cli) -> None:
    """So that a script can tell waiting in vain from being refused."""
    slow = {"error": {"code": "Timeout", "message": "nobody answered"}}
    with ScriptedControl(cli.home, lambda *_: slow):
        assert cli("tag", "ada").returncode == 124


def test_a_daemon_that_goes_away_while_it_is_asked_is_a_failure(cli: Cli) -> None:
    """Exit code 1: one was reached, and what was asked may have been done."""
    with ScriptedControl(cli.home, lambda *_: None):
        done = cli("ls", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "Unavailable"
    assert "may or may not have been done" in done.stderr


def test_half_a_line_is_no_answer(cli: Cli) -> None:
    """Bytes without their newline are what a daemon leaves that died while writing."""
    with ScriptedControl(cli.home, lambda *_: b'{"id": 1, "result": {}}'):
        done = cli("ls")
    assert done.returncode == 1
    assert "closed the connection" in done.stderr


def test_an_answer_that_is_not_json_is_reported_as_such(cli: Cli) -> None:
    """Another program on the socket is a riddle; the line gives its solution."""
    with ScriptedControl(cli.home, lambda *_: b"220 smtp ready\n"):
        done = cli("ls")
    assert done.returncode == 1
    assert "not JSON" in done.stderr


def test_events_between_request_and_answer_are_passed_over(cli: Cli) -> None:
    """They carry no id; only the answer's id counts."""
    lines = b'{"seq": 7, "event": "x"}\n{"id": 1, "result": {"tags": ["a"]}}\n'
    with ScriptedControl(cli.home, lambda *_: lines):
        assert cli("tag", "ada").stdout == "a\n"


def test_another_version_is_named_when_a_request_fails(cli: Cli) -> None:
    """Skew explains most odd refusals; both versions stand in the line."""
    control = ScriptedControl(cli.home, lambda *_: REFUSED)
    control.version = "9.9.9"
    with control:
        done = cli("tag", "ada")
    assert "9.9.9" in done.stderr
    assert "0.1.0" in done.stderr


def test_the_daemon_is_told_who_calls(cli: Cli) -> None:
    """The program's name, the wanted guest, and the pane's secret if there is one."""
    empty = {"result": {"messages": []}}
    with ScriptedControl(cli.home, lambda *_: empty) as control:
        cli("inbox", "--as", "bob", FUGUE_TOKEN="secret")
    assert control.hellos == [
        {"client": "fugue inbox", "version": "0.1.0", "as": "bob", "token": "secret"}
    ]


def test_a_stale_socket_counts_as_no_daemon(cli: Cli) -> None:
    """What a killed daemon leaves behind is a file that nobody listens on."""
    with ScriptedControl(cli.home, lambda *_: None):
        pass
    done = cli("ls")
    assert done.returncode == 3
    assert "no daemon runs here" in done.stderr


def test_a_request_too_large_for_a_line_is_refused_here(cli: Cli) -> None:
    """The daemon would hang up on it; the client says what to do instead."""
    nothing = {"result": {"panes": []}}
    with ScriptedControl(cli.home, lambda *_: nothing) as control:
        done = cli("type", "ada", "-", stdin="x" * 5_000_000)
    assert done.returncode == 1
    assert "4194304" in done.stderr
    assert [name for name, _ in control.requests] == ["list_panes"]


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[m", "a\nb", "bell\x07"])
def test_escapes_in_an_error_do_not_reach_the_terminal(cli: Cli, text: str) -> None:
    """Names come from agents; one line of printable characters is all that is shown."""
    shape = {"error": {"code": "Internal", "message": text}}
    with ScriptedControl(cli.home, lambda *_: shape):
        done = cli("tag", "ada")
    assert done.stderr.removesuffix("\n").isprintable()


@pytest.mark.parametrize("reads_first", [True, False])
def test_a_daemon_with_too_many_connections_is_not_taken_for_none(
    cli: Cli, reads_first: bool
) -> None:
    """It hangs up with a last word, perhaps before it is asked anything."""
    word = b'{"id": null, "error": {"code": "Busy", "message": "too many"}}\n'
    (cli.home / "run").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(cli.home / "run" / "control.sock"))
        door.listen()

        def turn_away() -> None:
            connection, _ = door.accept()
            with connection:
                if reads_first:
                    connection.recv(65536)
                connection.sendall(word)

        thread = threading.Thread(target=turn_away)
        thread.start()
        done = cli("stop")
        thread.join()
    assert done.returncode == 1
    assert done.stderr == "fugue: too many\n"
