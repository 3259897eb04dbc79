"""The reference page of the command line says what the commands say of themselves."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from fugue_actors.cli import exits, shim
from fugue_actors.cli.root import COMMANDS, fugue

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
EVERYWHERE = {"--help", "-h", "--debug"}


def sections() -> dict[str, str]:
    """The text below each command's heading, by command."""
    text = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^## `fugue (\w+)[^`]*`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options_of(name: str) -> set[str]:
    """The options that a command shows to people."""
    if name == "mcp":
        return set(re.findall(r"^  (--\S+)", shim.USAGE, re.MULTILINE))
    command = fugue.get_command(click.Context(fugue), name)
    assert command is not None
    commands = (
        list(command.commands.values()) if isinstance(command, click.Group) else []
    )
    return {
        option
        for parameter in (p for one in (command, *commands) for p in one.params)
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
        if option.startswith("-")
    } - EVERYWHERE


def test_every_command_has_its_section_in_order() -> None:
    """A command that is not documented does not exist, and the other way round."""
    assert list(sections()) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    """As an item of its own, and no other is."""
    items = re.findall(r"^- `(--[\w-]+)[^`]*`: ", sections()[name], re.MULTILINE)
    assert set(items) == options_of(name)


def test_every_exit_code_is_in_the_table() -> None:
    """People's scripts rely on them."""
    codes = {
        *(exits.DONE, exits.FAILED, exits.USAGE, exits.NO_DAEMON),
        *(exits.TIMED_OUT, exits.INTERRUPTED),
    }
    found = re.findall(r"^\| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {int(code) for code in found} == codes
