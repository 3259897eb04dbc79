"""Where the `fugue` command starts.

`fugue mcp` runs once for every agent, for as long as the agent lives, so it goes
straight to the shim and loads nothing but the standard library. Everything else goes
to the click commands in `cli.root`.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process; leaves by `SystemExit`."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["mcp"]:
        from fugue_actors.cli import shim

        sys.exit(shim.main(arguments[1:]))
    from fugue_actors.cli.root import main as run_command

    sys.exit(run_command())
