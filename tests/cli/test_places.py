"""Where a daemon's files are looked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from fugue_actors import places
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set but a home directory."""
    for name in ("FUGUE_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ann")


def test_without_any_variable_the_user_decides() -> None:
    """The defaults that the documentation states."""
    assert places.runtime_dir() == f"/tmp/fugue-{os.getuid()}"
    assert places.state_dir() == "/home/ann/.local/state/fugue"
    assert places.config_file() == "/home/ann/.config/fugue/config.toml"
    assert places.mcp_socket() == f"/tmp/fugue-{os.getuid()}/mcp.sock"
    assert places.control_socket() == f"/tmp/fugue-{os.getuid()}/control.sock"


def test_xdg_directories_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system says where things belong, that is where they go."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7/")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert places.runtime_dir() == "/run/user/7/fugue"
    assert places.state_dir() == "/state/fugue"
    assert places.config_file() == "/config/fugue/config.toml"


def test_relative_xdg_directories_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their standard calls them invalid; each program would mean another place."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert places.runtime_dir() == f"/tmp/fugue-{os.getuid()}"
    assert places.state_dir() == "/home/ann/.local/state/fugue"


def test_fugue_home_moves_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Several daemons live side by side; a relative path means one place for all."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FUGUE_HOME", "here")
    assert places.fugue_home() == f"{tmp_path}/here"
    assert places.runtime_dir() == f"{tmp_path}/here/run"
    assert places.state_dir() == f"{tmp_path}/here/state"
    assert places.config_file() == f"{tmp_path}/here/config.toml"


def test_a_socket_path_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket address holds so many bytes, and a letter may have several."""
    limit = places.SOCKET_PATH_LIMIT_BYTES
    monkeypatch.setenv("FUGUE_HOME", "/" + "x" * (limit - len("//run/mcp.sock")))
    assert len(places.mcp_socket()) == limit
    with pytest.raises(Refused, match="FUGUE_HOME") as refused:
        places.control_socket()
    assert refused.value.code == "InvalidArgument"
    monkeypatch.setenv("FUGUE_HOME", "/" + "ü" * (limit // 2))
    with pytest.raises(Refused, match="FUGUE_HOME"):
        places.mcp_socket()
