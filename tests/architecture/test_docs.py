"""What the documentation says is so: generated pages, transcripts, names, links."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from fugue_actors import config, daemon
from fugue_actors.actors.environment import pane_environment
from fugue_actors.cli.root import COMMANDS, fugue

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts),
]
TRANSCRIPTS = [page for page in PAGES if "```console\n" in page.read_text("utf-8")]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:^|[`\s|&'])fugue ([a-z]+(?: [^`\n|&]*)?)")
QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
GENERATED: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_its_table_says(name: str) -> None:
    """Else `python docs/generate.py` was forgotten after a change."""
    assert (DOCS / name).read_text(encoding="utf-8") == GENERATED[name]


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("page", TRANSCRIPTS, ids=named)
def test_the_sessions_of_a_page_can_be_repeated(page: Path) -> None:
    """Each command is run again; `python docs/transcript.py PAGE` renews the page."""
    differences = runpy.run_path(str(DOCS / "transcript.py"))["differences"]
    assert differences(page) == []


def test_the_readme_and_the_tutorial_have_sessions() -> None:
    """Guards the test above against finding nothing."""
    assert {"README.md", "docs/tutorials/first-team.md"} <= set(map(named, TRANSCRIPTS))


def test_the_readme_names_the_two_commands() -> None:
    """The whole of installing and of testing, to be copied as they stand."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "pip install . && fugue demo" in lines
    assert "pip install nox && nox" in lines


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Sphinx checks links inside docs/ only."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_snippets_of_configuration_can_be_read(page: Path) -> None:
    """People paste them."""
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "json":
            json.loads(text)
        if language == "toml":
            tomllib.loads(text)


def commands_in(page: Path) -> Iterator[str]:
    """Every command line of fugue that a page shows."""
    for found in COMMAND.findall(page.read_text(encoding="utf-8")):
        words = found.split()
        if words[0] in COMMANDS:
            yield QUOTED.sub("", found.partition(" -- ")[0])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_options_that_a_page_shows_exist(page: Path) -> None:
    """Of every `fugue COMMAND --option` in code or text."""
    for line in commands_in(page):
        name, *words = line.split()
        used = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert used <= options_of(name) | {"--json", "--help", "--debug"}, line


def options_of(name: str) -> set[str]:
    if name == "mcp":
        return {"--as", "--token-file"}
    command = fugue.get_command(click.Context(fugue), name)
    assert command is not None
    members = command.commands.values() if isinstance(command, click.Group) else ()
    return {
        option
        for one in (command, *members)
        for parameter in one.params
        for option in parameter.opts
    }


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_commands_of_a_code_block_exist(page: Path) -> None:
    """A word after `fugue` at the beginning of a command line is a command."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    for language, text in blocks:
        if language in ("bash", "console"):
            for name in re.findall(r"^(?:\$ )?fugue (\w+)", text, re.MULTILINE):
                assert name in COMMANDS


def test_the_tree_in_the_explanation_is_the_one_of_the_daemon() -> None:
    """`daemon.py` opens with it, and people read it in either place."""
    page = (DOCS / "explanation/supervision.md").read_text(encoding="utf-8")
    shown = FENCE.search(page)
    assert shown is not None
    assert daemon.__doc__ is not None
    lines = [line.removeprefix("    ") for line in daemon.__doc__.splitlines()]
    assert shown[2].rstrip() in "\n".join(lines)


def test_every_setting_is_documented_and_nothing_else() -> None:
    """A key that does nothing, or that nobody knows of, is worse than none."""
    page = (DOCS / "reference/configuration.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z_]+\.[a-z_]+)`", page, re.MULTILINE) == [
        f"{section}.{key}" for section, key in config.KEYS
    ]


def test_what_a_pane_is_given_is_documented() -> None:
    """People and agents rely on these names."""
    page = (DOCS / "reference/environment.md").read_text(encoding="utf-8")
    given = pane_environment(
        {},
        {},
        session_id="",
        session_name="",
        pane_id="",
        token="",
        socket="",
        home="",
    )
    assert all(f"`{name}`" in page for name in given)


def test_every_variable_that_the_code_reads_is_documented() -> None:
    """Found by its name in the source, so that none is forgotten."""
    page = (DOCS / "reference/environment.md").read_text(encoding="utf-8")
    read: set[str] = set()
    for path in (ROOT / "fugue_actors").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r"""environ[^\n]*?["'](FUGUE_\w+|XDG_\w+)["']""", text))
        read |= set(re.findall(r"""xdg_dir\("(XDG_\w+)"\)""", text))
    assert {"FUGUE_HOME", "FUGUE_LOG", "FUGUE_SOCKET", "XDG_RUNTIME_DIR"} <= read
    assert {name for name in read if f"`{name}`" not in page} == set()


def test_the_contributors_page_stays_short() -> None:
    """It is read once, in one go."""
    lines: list[Any] = (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    assert len(lines) <= 120
