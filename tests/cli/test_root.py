"""The command line without a daemon: exit codes, errors, help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fugue_actors import __version__
from fugue_actors.cli.root import COMMANDS

if TYPE_CHECKING:
    from clikit import Cli


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("stop",),
        ("ls",),
        ("tree",),
        ("kill", "ada"),
        ("tag", "ada", "+x"),
        ("read", "ada"),
        ("type", "ada", "hello"),
        ("inbox",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_commands_that_only_look_start_no_daemon(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    """Exit code 3 and one line that says what to do; scripts tell it from a refusal."""
    done = cli(*arguments)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "no daemon runs here" in done.stderr
    assert "`fugue serve`" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (cli.home / "run").exists()


def test_errors_are_json_when_json_was_asked_for(cli: Cli) -> None:
    """A program that asked for JSON can parse the refusal too, with its stable code."""
    done = cli("ls", "--json")
    assert done.returncode == 3
    assert json.loads(done.stderr)["code"] == "Unavailable"


def test_wrong_usage_ends_with_2(cli: Cli) -> None:
    """An unknown option is the user's slip, not a failure of the daemon."""
    done = cli("ls", "--colour")
    assert done.returncode == 2
    assert "--colour" in done.stderr


def test_wrong_usage_is_json_when_json_was_asked_for(cli: Cli) -> None:
    """Also where the command line cannot be parsed at all."""
    done = cli("new", "--json")
    assert done.returncode == 2
    assert json.loads(done.stderr)["code"] == "InvalidArgument"


def test_json_after_a_double_dash_belongs_to_the_program(cli: Cli) -> None:
    """`fugue kill -- --json` names a session; the error stays a line for people."""
    done = cli("kill", "--", "--json")
    assert done.returncode == 3
    assert done.stderr.startswith("fugue: ")


def test_a_home_too_deep_for_a_socket_names_the_way_out(cli: Cli) -> None:
    """Socket addresses are short; the message says which variable to set."""
    deep = cli.home / ("d" * 110)
    done = cli("ls", FUGUE_HOME=str(deep))
    assert done.returncode == 1
    assert "FUGUE_HOME" in done.stderr
    assert done.stderr.count("\n") == 1


def test_debug_shows_the_traceback(cli: Cli) -> None:
    """And nothing else does."""
    assert "Traceback" in cli("ls", "--debug").stderr
    assert "Traceback" in cli("--debug", "ls").stderr
    assert "Traceback" not in cli("ls").stderr


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "mcp"])
def test_every_command_explains_itself(cli: Cli, name: str) -> None:
    """Each name of the table can be loaded and has a sentence of help."""
    done = cli(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: fugue {name}")
    assert "--debug" in done.stdout


def test_help_lists_every_command_without_loading_it(cli: Cli) -> None:
    """The list comes from the table, so that it costs nothing."""
    done = cli("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_version_is_the_package_s(cli: Cli) -> None:
    """What a bug report asks for first."""
    assert cli("--version").stdout == f"fugue, version {__version__}\n"


def test_an_unknown_command_is_wrong_usage(cli: Cli) -> None:
    """And says which one was meant to be run."""
    done = cli("lst")
    assert done.returncode == 2
    assert "lst" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "ada", "--size", "120"),
        ("new", "ada", "--size", "0x40"),
        ("new", "ada", "--env", "NOVALUE"),
        ("tag", "ada", "plain"),
        ("type", "ada"),
        ("send", "ada"),
        ("send", "ada", "text", "--payload", "{}"),
        ("send", "ada", "--payload", "[]"),
        ("send", "ada", "--payload", "{"),
        ("send", "tag:", "text"),
        ("send", "ada", "text", "--type", "sync_request"),
        ("send", "ada", "text", "--type", "task_complete"),
        ("inbox", "--wait", "-1"),
        ("read", "ada", "--since", "later"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_any_daemon_is_asked(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    """`new` and `send` would otherwise start a daemon for nothing."""
    done = cli(*arguments)
    assert done.returncode == 2, done.stderr
    assert not (cli.home / "run").exists()
