"""One frozen configuration, made of each layer's settings.

From the environment, then `config.toml`. An unknown key is an error that names it: a
setting that does nothing is worse than none.
"""

from __future__ import annotations

import os
import pwd
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import attrs

from fugue_actors import logs, places
from fugue_actors.actors.arbiter import ControlSettings
from fugue_actors.actors.fleet import FleetSettings
from fugue_actors.actors.limits import Limits
from fugue_actors.errors import Refused
from fugue_actors.gateways.control.settings import LOOPBACK, MonitorSettings
from fugue_actors.gateways.recordings import RecordSettings
from fugue_actors.journal import goodcopy, roster, store
from fugue_actors.journal.opening import Places
from fugue_actors.journal.tidying import Keep
from fugue_actors.protocol.hosting import COLUMNS_LIMIT, LINES_LIMIT
from fugue_actors.protocol.ids import new_pane_id
from fugue_actors.tui import settings as attach

MILLION: Final = 1_000_000
ORPHAN_HOURS: Final = 24
STAY: Final = "stay"
IGNORE: Final = "ignore"
HOST_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
Kind = (
    range
    | type[str | float | bool | re.Pattern[str] | attach.Settings]
    | tuple[str, ...]
    | re.Pattern[str]
)
KEYS: Final[dict[tuple[str, str], Kind]] = {
    ("terminal", "columns"): range(2, COLUMNS_LIMIT + 1),
    ("terminal", "lines"): range(1, LINES_LIMIT + 1),
    ("terminal", "history_lines"): range(1, MILLION + 1),
    ("terminal", "shell"): str,
    ("terminal", "clipboard"): (IGNORE, "keep"),
    ("panes", "orphans"): (STAY, "end"),
    ("panes", "orphan_hours"): float,
    ("journal", "keep_days"): float,
    ("journal", "keep_megabytes"): range(1, MILLION + 1),
    ("messages", "inbox_messages"): range(1, MILLION + 1),
    ("messages", "inbox_megabytes"): range(1, MILLION + 1),
    ("messages", "retained_messages"): range(1, MILLION + 1),
    ("messages", "broadcasts_per_minute"): range(MILLION + 1),
    ("messages", "broadcast_burst"): range(1, MILLION + 1),
    ("messages", "sends_per_minute"): range(MILLION + 1),
    ("messages", "send_burst"): range(1, MILLION + 1),
    ("messages", "conversation_per_minute"): range(MILLION + 1),
    ("messages", "conversation_burst"): range(1, MILLION + 1),
    ("messages", "pause_seconds"): float,
    ("control", "prefix_seconds"): float,
    ("control", "typing_seconds"): float,
    ("control", "layout_seconds"): float,
    ("control", "idle_seconds"): float,
    ("control", "patience_seconds"): float,
    ("monitor", "enabled"): bool,
    ("monitor", "host"): LOOPBACK,
    ("monitor", "port"): range(65_536),
    ("monitor", "names"): HOST_NAME,
    ("log", "format"): logs.FORMATS,
    **{(attach.SECTION, key): attach.Settings for key in attach.NAMES},
    ("record", "max_megabytes"): range(1, MILLION + 1),
    ("record", "min_free_megabytes"): range(MILLION + 1),
    ("record", "mask"): re.Pattern,
}


@attrs.frozen(kw_only=True)
class Config:
    """Everything a daemon is told.

    Attributes:
        runtime_dir: Sockets, lock and pane hosts.
        state_dir: The journal, and logs.
        home: `FUGUE_HOME`, if the daemon has one.
        history_lines: Lines of history of each pane.
        orphan_limit: Seconds that a pane without a daemon goes on; None for ever.
        has_clipboard: Whether programs may set a clipboard.
        fleet: What sessions get.
        record: What is kept of recordings, and where.
        keep: How much of the past stays in the journal.
        limits: How much may be said.
        monitor: The door for browsers and other programs.
        log_format: How the log is written, unless the environment says.
    """

    runtime_dir: Path
    state_dir: Path
    home: str | None
    history_lines: int
    orphan_limit: float | None
    has_clipboard: bool
    fleet: FleetSettings
    limits: Limits
    record: RecordSettings
    keep: Keep = attrs.Factory(Keep)
    monitor: MonitorSettings = attrs.Factory(MonitorSettings)
    log_format: str = logs.TEXT

    @property
    def mcp_socket(self) -> Path:
        """Where agents connect."""
        return self.runtime_dir / places.MCP_SOCKET

    @property
    def control_socket(self) -> Path:
        """Where people's commands connect."""
        return self.runtime_dir / places.CONTROL_SOCKET

    @property
    def monitor_port(self) -> Path:
        """Where the monitor's port is kept for the next daemon."""
        return self.state_dir / places.MONITOR_PORT

    @property
    def journal(self) -> Places:
        """What the next daemon begins with."""
        return Places(
            journal=self.state_dir / store.FILE,
            copy=self.state_dir / goodcopy.FILE,
            roster=self.state_dir / roster.FILE,
            panes=self.panes_dir,
        )

    @property
    def panes_dir(self) -> Path:
        """Where pane hosts have their sockets."""
        return self.runtime_dir / places.PANES


def load() -> Config:
    """The configuration of this process's environment.

    Raises:
        Refused: `InvalidArgument`, naming file and key.
    """
    settings = read_settings(Path(places.config_file()))
    # The longest path of all: better said now than with the first pane.
    places.checked(f"{places.runtime_dir()}/{places.PANES}/{new_pane_id()}.sock")
    environment = dict(os.environ)
    shell = settings.get(("terminal", "shell")) or default_shell(environment)
    limits = Limits()
    return Config(
        runtime_dir=Path(places.runtime_dir()),
        state_dir=Path(places.state_dir()),
        home=places.fugue_home(),
        history_lines=settings.get(("terminal", "history_lines"), 10_000),
        orphan_limit=orphan_limit(settings),
        has_clipboard=settings.get(("terminal", "clipboard"), IGNORE) != IGNORE,
        fleet=FleetSettings(
            socket=places.mcp_socket(),
            home=places.fugue_home(),
            environment=environment,
            default_command=(shell,),
            columns=settings.get(("terminal", "columns"), 80),
            lines=settings.get(("terminal", "lines"), 24),
            control=ControlSettings(
                **{
                    key: float(value)
                    for (section, key), value in settings.items()
                    if section == "control"
                }
            ),
        ),
        keep=Keep(
            **{
                key.removeprefix("keep_"): value
                for (section, key), value in settings.items()
                if section == "journal"
            }
        ),
        limits=attrs.evolve(
            limits,
            **{
                key: value
                for (section, key), value in settings.items()
                if section == "messages"
            },
        ),
        record=record_settings(settings, Path(places.state_dir())),
        monitor=monitor_settings(settings),
        log_format=settings.get(("log", "format"), logs.TEXT),
    )


def read_settings(path: Path) -> dict[tuple[str, str], Any]:
    """The file's settings by section and key; empty if there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Refused(
            "InvalidArgument", f"{path} cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise Refused(
            "InvalidArgument", f"{path} is not UTF-8 at byte {error.start}"
        ) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused("InvalidArgument", f"{path}: {error}") from error
    settings: dict[tuple[str, str], Any] = {}
    for section, table in document.items():
        entries = table if isinstance(table, dict) else {"": table}
        for key, value in entries.items():
            settings[section, key] = checked(path, section, key, value)
    return settings


def checked(path: Path, section: str, key: str, value: Any) -> Any:
    """A setting, once it is known and its value will do."""
    place = f"{path}: {section}.{key}" if key else f"{path}: {section}"
    kind = KEYS.get((section, key))
    if kind is None:
        known = ", ".join(".".join(pair) for pair in KEYS)
        raise Refused(
            "InvalidArgument", f"{place} is not a setting", hint=f"known are: {known}"
        )
    if kind is attach.Settings:
        return attach.checked(path, key, value)
    if isinstance(kind, range):
        will_do = type(value) is int and value in kind
        wanted = f"a whole number from {kind[0]} to {kind[-1]}"
    elif isinstance(kind, tuple):
        will_do = value in kind
        wanted = " or ".join(f'"{choice}"' for choice in kind)
    elif isinstance(kind, re.Pattern):
        will_do = is_list_of(value, kind)
        wanted = 'a list of names, such as ["box.example"], without a port'
    elif kind is re.Pattern:
        will_do = isinstance(value, list) and all(map(is_pattern, value))
        wanted = 'a list of regular expressions, such as ["ACME-[0-9]+"]'
    elif kind is bool:
        will_do = type(value) is bool
        wanted = "true or false"
    elif kind is float:
        will_do = type(value) in (int, float) and 0 < value <= MILLION
        wanted = f"a number above 0, up to {MILLION}"
    else:
        will_do = isinstance(value, str) and value != ""
        wanted = "a text"
    if not will_do:
        raise Refused("InvalidArgument", f"{place} must be {wanted}")
    return value


def is_list_of(value: Any, form: re.Pattern[str]) -> bool:
    """Whether a value is a list of texts of a form."""
    return isinstance(value, list) and all(
        isinstance(each, str) and form.fullmatch(each) for each in value
    )


def is_pattern(value: Any) -> bool:
    """Whether a value is a regular expression that can hide something."""
    if not isinstance(value, str):
        return False
    try:
        return re.compile(value).match("") is None
    except re.error:
        return False


def record_settings(
    settings: dict[tuple[str, str], Any], state_dir: Path
) -> RecordSettings:
    """The section about recordings, but for what only concerns an export."""
    bytes_of = {
        key: value * MILLION
        for (section, key), value in settings.items()
        if section == "record" and key.endswith("_megabytes")
    }
    usual = RecordSettings(directory=state_dir / places.RECORDINGS)
    return attrs.evolve(
        usual,
        most_bytes=bytes_of.get("max_megabytes", usual.most_bytes),
        free_bytes=bytes_of.get("min_free_megabytes", usual.free_bytes),
    )


def monitor_settings(settings: dict[tuple[str, str], Any]) -> MonitorSettings:
    """The section about the monitor."""
    given = {
        key: value for (section, key), value in settings.items() if section == "monitor"
    }
    names = frozenset(name.lower() for name in given.pop("names", ()))
    return MonitorSettings(**given, names=names)


def orphan_limit(settings: dict[tuple[str, str], Any]) -> float | None:
    """Seconds after which a pane that no daemon has adopted ends; None for never."""
    if settings.get(("panes", "orphans"), STAY) == STAY:
        return None
    return float(settings.get(("panes", "orphan_hours"), ORPHAN_HOURS)) * 3600


def default_shell(environment: dict[str, str]) -> str:
    """The user's shell."""
    if shell := environment.get("SHELL"):
        return shell
    try:
        return pwd.getpwuid(os.getuid()).pw_shell or "/bin/sh"
    except KeyError:  # a user id that no user has, as in containers
        return "/bin/sh"
