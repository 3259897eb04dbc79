"""Cards: beside each pane host's socket lies what a daemon must know to adopt it.

A card is there before its host is, and goes with it. So a program is known however soon
after its start the daemon dies, and also if the journal is lost. It holds the pane's key
and environment; only its user may read it.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Final

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import records
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.hosting import ORPHANED
from fugue_actors.protocol.values import Pane, Session

logger = logging.getLogger(__name__)

VERSION: Final = 1
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
CANNOT_BE_ADOPTED: Final = (
    "the host of pane %s cannot be adopted: its card cannot be read (%s); "
    "`kill %d` ends it with its program"
)


def boot() -> str:
    """What tells this start of the machine from others, where the system says it."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@attrs.frozen(kw_only=True)
class Card:
    """Whose pane a host has, and since which start of the machine."""

    session: Session
    pane: Pane
    boot: str = attrs.field(factory=boot)


def path_of(directory: Path, pane_id: str) -> Path:
    """Where a pane's card lies."""
    return directory / f"{pane_id}.json"


def socket_of(directory: Path, pane_id: str) -> Path:
    """Where a pane's host listens."""
    return directory / f"{pane_id}.sock"


def write(directory: Path, card: Card) -> None:
    """Write a pane's card, or replace it as a whole.

    Raises:
        OSError: The disk does not take it.
    """
    path = path_of(directory, card.pane.pane_id)
    new = path.with_suffix(".new")
    shape = {
        "version": VERSION,
        "boot": card.boot,
        "session": to_json(card.session),
        "pane": to_json(card.pane),
    }
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(shape))
    new.replace(path)


def remove(directory: Path, pane_id: str) -> None:
    """Take a pane's card away, if it has one."""
    path_of(directory, pane_id).unlink(missing_ok=True)


def is_orphaned(directory: Path, pane_id: str) -> bool:
    """Whether a host that is gone ended because no daemon came for it."""
    return socket_of(directory, pane_id).with_suffix(ORPHANED).exists()


def bury(directory: Path, pane_id: str) -> None:
    """Take away what a dead host left behind."""
    remove(directory, pane_id)
    path = socket_of(directory, pane_id)
    path.unlink(missing_ok=True)
    path.with_suffix(ORPHANED).unlink(missing_ok=True)


def read(path: Path) -> Card:
    """One card.

    Raises:
        OSError: It cannot be read.
        RemoteProtocolError: It is none.
    """
    try:
        shape = json.loads(path.read_bytes())
    except ValueError as error:
        raise RemoteProtocolError(f"not JSON: {error}") from error
    if not isinstance(shape, dict) or shape.get("version") != VERSION:
        raise RemoteProtocolError(f"not a card of version {VERSION}")
    return Card(
        session=records.read(shape.get("session"), Session),
        pane=records.read(shape.get("pane"), Pane),
        boot=str(shape.get("boot", "")),
    )


def is_inhabited(directory: Path) -> bool:
    """Whether any pane's host listens; changes nothing."""
    paths = directory.glob("*.sock")
    return any(listener_of(path) is not None for path in paths)


def hosts(directory: Path) -> dict[str, int]:
    """The panes whose hosts listen, each with the host's pid.

    Sockets on which nobody listens are removed, and cards that were never finished.
    """
    for path in directory.glob("*.new"):
        path.unlink(missing_ok=True)
    found = {}
    for path in sorted(directory.glob("*.sock")):
        host = listener_of(path)
        if host is None:
            path.unlink(missing_ok=True)
        else:
            found[path.stem] = host
    return found


def unknown(directory: Path, hosts: dict[str, int], known: set[str]) -> list[Card]:
    """The cards of panes that nobody knows of; a host without one is named in the log.

    A host that does not listen is looked for by its process, unless the machine was
    started anew since. One that nobody was ever told of is forgotten.
    """
    found = []
    there = {path.stem for path in directory.glob("*.json")}
    for pane_id in sorted((there | hosts.keys()) - known):
        path = path_of(directory, pane_id)
        try:
            card = read(path)
        except (OSError, RemoteProtocolError) as error:
            if pane_id in hosts:
                logger.warning(CANNOT_BE_ADOPTED, pane_id, error, hosts[pane_id])
            continue
        if pane_id in hosts or (card.pane.hosted is not None and card.boot == boot()):
            found.append(card)
        else:
            path.unlink(missing_ok=True)
    for path in directory.glob(f"*{ORPHANED}"):
        if path.stem not in known:
            path.unlink(missing_ok=True)
    return found


def listener_of(path: Path) -> int | None:
    """The process that listens on a socket; None if nobody does, 0 if it is not told."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except BlockingIOError:
            return 0  # so many ask already
        except OSError:
            return None
        if not hasattr(socket, "SO_PEERCRED"):
            return 0
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)
