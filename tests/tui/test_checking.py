"""What the user has bound is checked before a key is pressed."""

from __future__ import annotations

import re

import pytest

from fugue_actors.errors import Refused
from fugue_actors.tui import checking, tables
from fugue_actors.tui.bindings import PREFIX_KEYS

VERBS = ("ls", "send")


def check(table: str, command: str) -> None:
    """Check one binding."""
    checking.check("my.toml", {table: {"F2": command}}, VERBS)


@pytest.mark.parametrize(
    ("table", "command", "why"),
    [
        ("root", "split-windw -h", "root.F2: there is no command 'split-windw'"),
        ("prefix", "split-window -Y", "prefix.F2: there is no flag -Y"),
        ("prefix", "next ; display 'x", "prefix.F2: a ' has no partner"),
        ("prefx", "next-window", "prefx is no table"),
    ],
)
def test_a_mistake_is_refused_with_its_file_and_key(
    table: str, command: str, why: str
) -> None:
    """Not when the key is pressed, a week later."""
    with pytest.raises(Refused, match=re.escape(f"my.toml: attach.keys.{why}")):
        check(table, command)


@pytest.mark.parametrize(
    "command", ["", "splitw -h ; next", "ls --json", "send ann it's done", "lastp"]
)
def test_what_can_be_typed_can_be_bound(command: str) -> None:
    """Commands by any of their names, verbs, and nothing to unbind a key."""
    check("root", command)


def test_what_is_bound_from_the_start_would_pass() -> None:
    """So would a copy of it in a file of one's own."""
    checking.check("my.toml", {"prefix": PREFIX_KEYS, **tables.TABLES}, VERBS)
