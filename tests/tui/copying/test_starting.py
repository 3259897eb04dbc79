"""What a client loads before somebody begins copy mode."""

from __future__ import annotations

import subprocess
import sys

from fugue_actors.tui.bindings import PREFIX_KEYS
from fugue_actors.tui.commands import find_command
from fugue_actors.tui.commands.copying import about
from fugue_actors.tui.copying.tables import TABLES

LOADED = """
import sys, fugue_actors.tui.app
print(*(name for name in sys.modules if 'tui.copying.' in name))
"""


def test_a_client_starts_without_copy_mode() -> None:
    """Most clients end without it, and all of them are to start fast."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, check=True, timeout=60
    )
    assert done.stdout.split() == [b"fugue_actors.tui.copying.tables"]


def test_help_knows_every_key_of_copy_mode() -> None:
    """`prefix ?` says of each what it does."""
    known = about()
    for table, keys in TABLES.items():
        for command in keys.values():
            assert known[table][command.removeprefix("send-keys -X ")].endswith(".")


def test_copy_mode_has_the_keys_that_tmux_begins_it_with() -> None:
    """They are in people's fingers."""
    for key in ("[", "PageUp"):
        assert find_command(PREFIX_KEYS[key].split()[0]).name == "copy-mode"
    assert PREFIX_KEYS["]"] == "paste-buffer"
    assert PREFIX_KEYS["="] == "choose-buffer"
