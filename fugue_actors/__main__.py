"""`python -m fugue_actors` is the `fugue` command."""

from __future__ import annotations

from fugue_actors.cli.entry import main

main()
