"""What a command loads: nothing that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from clikit import Cli, ScriptedControl

LISTING = {"result": {"sessions": []}}
PROBE = """
import json, sys
from fugue_actors.cli import root
code = root.main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(cli: Cli, *arguments: str) -> tuple[int, set[str]]:
    """A command's exit code and the modules that were loaded when it ended."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        env=cli.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["plain", "json"])
def test_ls_loads_no_heavy_library(cli: Cli, flags: tuple[str, ...]) -> None:
    """People list sessions all day: neither trio nor cattrs nor mcp, nor rich in a pipe."""
    with ScriptedControl(cli.home, lambda *_: LISTING):
        code, modules = loaded(cli, "ls", *flags)
    assert code == 0
    heavy = {
        "trio",
        "cattrs",
        "attrs",
        "attr",
        "mcp",
        "pydantic",
        "anyio",
        "rich",
        "psutil",
    }
    assert modules & heavy == set()


def test_a_command_loads_only_its_own_module(cli: Cli) -> None:
    """The group imports a command's module when that command runs, and no other."""
    _, modules = loaded(cli, "ls")
    commands = {
        name for name in modules if name.startswith("fugue_actors.cli.commands.")
    }
    assert commands == {"fugue_actors.cli.commands.sessions"}


def test_help_loads_no_command_at_all(cli: Cli) -> None:
    """Not even the list of all commands needs them."""
    _, modules = loaded(cli, "--help")
    assert not any(name.startswith("fugue_actors.cli.commands") for name in modules)


def test_the_demo_s_director_does_without_mcp(cli: Cli) -> None:
    """Only the agents in the panes are MCP clients; loading it costs half a second."""
    _, modules = loaded(cli, "demo", "--help")
    assert "fugue_actors.demo.command" in modules
    assert modules & {"mcp", "trio", "pydantic"} == set()


def test_attach_loads_nothing_that_only_a_daemon_needs(cli: Cli) -> None:
    """Its first picture is to be there before somebody has noticed that it was not."""
    code = (
        "import sys, json; import fugue_actors.cli.root;"
        "import fugue_actors.cli.commands.attach, fugue_actors.tui.app;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    # What counts the lines of tests loads some of it itself.
    environment = {
        name: value
        for name, value in cli.environment.items()
        if not name.startswith("COVERAGE")
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    modules = set(json.loads(done.stdout))
    heavy = {"cattrs", "mcp", "jsonschema", "rich", "psutil", "sqlite3", "pyte"}
    assert modules & (heavy | {"trio_websocket", "pydantic"}) == set()
    layers = ("actors", "journal", "kernel", "gateways", "daemon", "terminal.emulator")
    names = tuple(f"fugue_actors.{name}" for name in layers)
    assert [name for name in modules if name.startswith(names)] == []
    assert "fugue_actors.protocol.hosting" not in modules
    opened = ("asking", "choosing", "composing", "help", "invoking", "letters", "lists")
    opened += ("buffers", "pager", "prompt", "completion", "verbs", "editing")
    assert modules & {f"fugue_actors.tui.{name}" for name in opened} == set()


def test_a_daemon_starts_without_what_only_its_agents_need(cli: Cli) -> None:
    """The MCP SDK takes half a second and half of the memory; the first agent brings it."""
    code = (
        "import sys, json, fugue_actors.daemon; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=cli.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    modules = set(json.loads(done.stdout))
    assert "fugue_actors.gateways.mcp.connection" in modules
    heavy = {"mcp", "mcp_types", "pydantic", "pydantic_core", "anyio", "starlette"}
    assert modules & heavy == set()
