"""A home for each test of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clikit import Cli, empty_home

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cli() -> Iterator[Cli]:
    """`fugue` in a home of its own, where no daemon runs."""
    with empty_home() as home:
        yield Cli(home)
