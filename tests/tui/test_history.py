"""The history of prompts: what is kept of it, and a file that several clients share."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from fugue_actors.tui import history
from fugue_actors.tui.history import MOST, History

if TYPE_CHECKING:
    from pathlib import Path

LINES = 120
WRITER = f"""
import sys
from pathlib import Path
from fugue_actors.tui import history
print("ready", flush=True)
sys.stdin.readline()
for number in range({LINES}):
    history.append(Path(sys.argv[1]), "command", f"{{sys.argv[2]}} {{number}}")
"""


def test_what_begins_with_a_blank_is_not_kept() -> None:
    """As in shells: for what nobody is to find there later."""
    known = History()
    assert not known.add("command", " token new --label secret")
    assert not known.add("command", "")
    assert known.add("command", "ls")
    assert not known.add("command", "ls")
    assert known.add("search", "ls")
    assert known.entries == {"command": ["ls"], "search": ["ls"]}


def test_entries_are_found_by_their_beginning_and_by_a_part() -> None:
    """The newest first, and each once."""
    known = History()
    for text in ("send bob hi", "ls", "send ann hi", "send bob hi"):
        known.add("command", text)
    assert known.matching("command", "send") == ["send bob hi", "send ann hi"]
    assert known.containing("command", "ANN") == ["send ann hi"]


def test_what_a_file_has_is_older_than_what_was_typed_meanwhile() -> None:
    """It may be read after the first prompt was answered."""
    known = History()
    known.add("command", "newest")
    known.fill([":old", "/searched", "what no version wrote", ":older than none"])
    assert known.entries["command"] == ["old", "older than none", "newest"]
    assert known.entries["search"] == ["searched"]


def test_a_file_is_the_user_s_alone_and_bounded(tmp_path: Path) -> None:
    """Commands name people's work; and a client lives for weeks."""
    file = tmp_path / "state" / history.FILE
    for number in range(2 * MOST + 1):
        history.append(file, "command", f"ls {number}")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == MOST
    assert lines[-1] == f":ls {2 * MOST}"
    assert history.read(file) == lines


def test_a_line_that_was_not_written_to_its_end_harms_no_other(tmp_path: Path) -> None:
    """A client may be killed at any time."""
    file = tmp_path / history.FILE
    file.write_text(":half", encoding="utf-8")
    history.append(file, "search", "whole")
    assert history.read(file) == [":half", "/whole"]


def test_a_file_that_cannot_be_read_is_no_history(tmp_path: Path) -> None:
    """A prompt works without one."""
    assert history.read(tmp_path / "none") == []
    (tmp_path / "bytes").write_bytes(b":\xff\n")
    assert history.read(tmp_path / "bytes") == [":\ufffd"]


def test_clients_side_by_side_lose_no_line(tmp_path: Path) -> None:
    """Each appends under a lock."""
    file = tmp_path / history.FILE
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in ("ann", "bob", "cy")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:  # all at once
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    lines = history.read(file)
    for name in ("ann", "bob", "cy"):
        own = [line for line in lines if line.startswith(f":{name} ")]
        assert own == [f":{name} {number}" for number in range(LINES)]
