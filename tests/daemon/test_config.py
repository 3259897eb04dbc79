"""The configuration: every setting reaches its place, every mistake is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fugue_actors import config
from fugue_actors.actors.arbiter import ControlSettings
from fugue_actors.errors import Refused
from fugue_actors.gateways.control.settings import MonitorSettings

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000
WRONG = "true", "1.5", "0", "-1", "1000001", "''", "[1]", "{a = 1}", "2026-01-01"


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Path:
    """An empty home with a short name, and a user with a shell."""
    directory = tmp_path_factory.mktemp("h")
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FUGUE_HOME", str(directory))
    monkeypatch.setenv("SHELL", "/bin/zsh")
    return directory


def write(home: Path, text: str | bytes) -> None:
    """The configuration file of a home."""
    data = text if isinstance(text, bytes) else text.encode()
    (home / "config.toml").write_bytes(data)


def refusal(home: Path, text: str | bytes) -> str:
    """What is said of a file that is wrong; one line that names it."""
    write(home, text)
    with pytest.raises(Refused) as refused:
        config.load()
    assert refused.value.code == "InvalidArgument"
    message = refused.value.message
    assert str(home / "config.toml") in message
    assert "\n" not in message
    return message


def test_without_a_file_everything_has_the_default_that_the_reference_names(
    home: Path,
) -> None:
    """The documentation's table is what a daemon does."""
    made = config.load()
    assert (made.fleet.columns, made.fleet.lines) == (80, 24)
    assert made.fleet.default_command == ("/bin/zsh",)
    assert made.history_lines == 10_000
    assert not made.has_clipboard
    assert made.limits.inbox_messages == 10_000
    assert made.limits.inbox_megabytes == 64
    assert made.limits.broadcasts_per_minute == 60
    assert made.limits.broadcast_burst == 20
    assert made.limits.sends_per_minute == 12_000
    assert made.limits.send_burst == 6_000
    assert made.limits.conversation_per_minute == 600
    assert made.limits.conversation_burst == 1_000
    assert made.limits.pause_seconds == 60
    assert made.fleet.control == ControlSettings(
        prefix_seconds=0.5,
        typing_seconds=2,
        layout_seconds=5,
        idle_seconds=60,
        patience_seconds=10,
    )
    assert made.log_format == "text"
    assert made.monitor.enabled
    assert (made.monitor.host, made.monitor.port) == ("127.0.0.1", 7437)
    assert made.monitor.names == frozenset()
    assert made.record.directory == made.state_dir / "recordings"
    assert (made.record.most_bytes, made.record.free_bytes) == (256 * MB, 512 * MB)


def test_every_setting_reaches_its_place(home: Path) -> None:
    """A setting that does nothing is worse than none."""
    write(
        home,
        "[terminal]\ncolumns = 120\nlines = 40\nhistory_lines = 7\nshell = '/bin/fish'\n"
        "clipboard = 'keep'\n"
        "[messages]\ninbox_messages = 1\ninbox_megabytes = 9\nretained_messages = 8\nbroadcasts_per_minute = 2\nbroadcast_burst = 3\n"
        "sends_per_minute = 0\nsend_burst = 4\nconversation_per_minute = 5\n"
        "conversation_burst = 6\npause_seconds = 0.5\n"
        "[control]\nprefix_seconds = 1\ntyping_seconds = 2.5\nlayout_seconds = 3\n"
        "idle_seconds = 4\npatience_seconds = 0.5\n"
        "[log]\nformat = 'json'\n"
        "[record]\nmax_megabytes = 3\nmin_free_megabytes = 0\nmask = ['A-[0-9]+']\n"
        "[monitor]\nenabled = false\nhost = '::1'\nport = 0\nnames = ['Box.Example', 'b']",
    )
    made = config.load()
    assert (made.fleet.columns, made.fleet.lines) == (120, 40)
    assert made.fleet.default_command == ("/bin/fish",)
    assert made.history_lines == 7
    assert made.has_clipboard
    assert made.limits.inbox_messages == 1
    assert made.limits.inbox_megabytes == 9
    assert made.limits.retained_messages == 8
    assert made.limits.broadcasts_per_minute == 2
    assert made.limits.broadcast_burst == 3
    assert made.limits.sends_per_minute == 0
    assert made.limits.send_burst == 4
    assert made.limits.conversation_per_minute == 5
    assert made.limits.conversation_burst == 6
    assert made.limits.pause_seconds == 0.5
    assert made.fleet.control == ControlSettings(
        prefix_seconds=1,
        typing_seconds=2.5,
        layout_seconds=3,
        idle_seconds=4,
        patience_seconds=0.5,
    )
    assert made.log_format == "json"
    assert (made.record.most_bytes, made.record.free_bytes) == (3 * MB, 0)
    assert made.monitor == MonitorSettings(
        enabled=False, host="::1", port=0, names=frozenset({"box.example", "b"})
    )


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        (section, key, value)
        for (section, key), kind in config.KEYS.items()
        for value in WRONG
        if (kind, value) != (float, "1.5")
        and (key, value) != ("mouse", "true")
        and (kind, value) != (bool, "true")
        and not (value == "0" and isinstance(kind, range) and 0 in kind)
    ],
)
def test_a_value_of_the_wrong_kind_names_the_key_and_what_is_wanted(
    home: Path, section: str, key: str, value: str
) -> None:
    """Whoever wrote the file knows where to look and what to write."""
    message = refusal(home, f"[{section}]\n{key} = {value}\n")
    assert f"{section}.{key} must be " in message


@pytest.mark.parametrize("name", ["", "a b", "a:80", "http://a", "a/", "-a", "a.", 7])
def test_a_name_of_the_monitor_is_that_of_a_machine(home: Path, name: object) -> None:
    """A port or an address in its place would never match, and nobody would know why."""
    message = refusal(home, f"[monitor]\nnames = ['good', {name!r}]\n")
    assert "monitor.names must be a list of names" in message


@pytest.mark.parametrize("mask", ["(", "", "a*", 7])
def test_what_is_to_be_masked_is_a_pattern_that_can_match(
    home: Path, mask: object
) -> None:
    """Whoever gives one that hides nothing believes to be safe."""
    message = refusal(home, f"[record]\nmask = ['good', {mask!r}]\n")
    assert "record.mask must be a list of regular expressions" in message


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "192.168.0.1", "::"])
def test_the_monitor_is_not_to_be_had_from_other_machines(
    home: Path, host: str
) -> None:
    """Nothing that goes over a network is encrypted here: that is for a tunnel."""
    message = refusal(home, f"[monitor]\nhost = '{host}'\n")
    assert 'monitor.host must be "127.0.0.1" or "::1"' in message


@pytest.mark.parametrize("value", [0, 1001])
def test_a_terminal_has_a_size_that_panes_can_have(home: Path, value: int) -> None:
    """Better said at the start than with each pane."""
    for key, least in (("columns", 2), ("lines", 1)):
        message = refusal(home, f"[terminal]\n{key} = {value}\n")
        assert f"from {least} to 1000" in message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[terminal]\ncolour = 1", "terminal.colour"),
        ("[termnal]\ncolumns = 1", "termnal.columns"),
        ("columns = 80", "columns"),
        ("terminal = 80", "terminal"),
    ],
)
def test_an_unknown_key_is_named_and_the_known_ones_are_listed(
    home: Path, text: str, named: str
) -> None:
    """A misspelt setting must not be silently without effect."""
    write(home, text)
    with pytest.raises(Refused) as refused:
        config.load()
    assert f": {named} is not a setting" in refused.value.message
    for section, key in config.KEYS:
        assert f"{section}.{key}" in (refused.value.hint or "")


def test_what_is_no_toml_names_the_line(home: Path) -> None:
    """TOML's own words are the best there are."""
    assert "line 2" in refusal(home, "[terminal]\ncolumns =\n")


def test_what_is_no_text_names_the_byte(home: Path) -> None:
    """A file in another encoding is a mistake of whoever wrote it, not a bug."""
    assert "not UTF-8 at byte 18" in refusal(home, b"[terminal]\nshell='\xff'\n")


def test_a_directory_in_place_of_the_file_is_named(home: Path) -> None:
    """As is whatever else the system says about reading it."""
    (home / "config.toml").mkdir()
    with pytest.raises(Refused, match=r"config\.toml cannot be read: Is a directory"):
        config.load()


def test_a_home_too_long_for_a_panes_socket_is_refused_at_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fit the daemon's own sockets, and no pane could ever start."""
    fits = "/tmp/" + "x" * (107 - len("/tmp//run/control.sock"))
    monkeypatch.setenv("FUGUE_HOME", fits)
    with pytest.raises(Refused, match="set FUGUE_HOME to a shorter directory"):
        config.load()


def test_without_a_shell_it_is_the_login_shell_or_the_one_that_every_system_has(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container a process may run as a user that the system does not know."""
    import os
    import pwd

    monkeypatch.delenv("SHELL")
    login = pwd.getpwuid(os.getuid()).pw_shell
    assert config.load().fleet.default_command == (login,)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert config.load().fleet.default_command == ("/bin/sh",)


def test_the_paths_are_those_of_the_home(home: Path) -> None:
    """One place for everything, so that several daemons live side by side."""
    made = config.load()
    assert made.home == str(home)
    assert made.mcp_socket == home / "run" / "mcp.sock"
    assert made.control_socket == home / "run" / "control.sock"
    assert made.panes_dir == home / "run" / "panes"
    assert made.journal.journal == home / "state" / "journal.db"
    assert made.fleet.socket == str(made.mcp_socket)
