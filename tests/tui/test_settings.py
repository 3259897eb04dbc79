"""What `[attach]` of the configuration means, for the client and for the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fugue_actors import config
from fugue_actors.errors import Refused
from fugue_actors.tui import settings
from fugue_actors.tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration file of this test's home."""
    monkeypatch.setenv("FUGUE_HOME", str(tmp_path))
    return tmp_path / "config.toml"


def test_without_a_file_everything_is_as_usual(file: Path) -> None:
    """Nobody needs a configuration."""
    assert settings.load() == Settings()


def test_a_file_says_how_it_looks_and_what_keys_do(file: Path) -> None:
    """With keys in any spelling, and the daemon starts with it, too."""
    file.write_text(
        """
        [attach]
        prefix = "^a"
        mouse = false
        status = "top"
        mode_keys = "vi"
        [attach.keys.prefix]
        "|" = "split-window -h"
        "PPage" = ""
        """,
        encoding="utf-8",
    )
    assert settings.load() == Settings(
        prefix="C-a",
        mouse=False,
        status="top",
        mode_keys="vi",
        keys={"prefix": {"|": "split-window -h", "PageUp": ""}},
    )
    assert config.read_settings(file)["attach", "prefix"] == "C-a"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[attach]\nprefix = 3", "attach.prefix must be a key"),
        ('[attach]\nprefix = "C-nosuch"', "attach.prefix must be a key: no such key"),
        ('[attach]\nmouse = "yes"', "attach.mouse must be true or false"),
        ('[attach]\nstatus = "left"', 'must be "bottom" or "top" or "off"'),
        ('[attach]\ncolour = "red"', "attach.colour is not a setting"),
        ('[attach.keys]\n"a" = "x"', "attach.keys must be tables of keys"),
        (
            '[attach.keys.root]\n"nosuch" = "x"',
            "attach.keys.root.nosuch must be a key: no such key",
        ),
        ("[attach.keys.root]\na = 1", "attach.keys.root.a must be a command"),
    ],
)
def test_a_mistake_is_told_by_whoever_looks_first(
    file: Path, text: str, why: str
) -> None:
    """The client and the daemon say the same, with the file and the key."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=why) as said:
        settings.load()
    with pytest.raises(Refused) as also:
        config.read_settings(file)
    assert said.value.message == also.value.message
    assert str(file) in said.value.message
