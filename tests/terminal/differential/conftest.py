"""One tmux for the whole suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tmuxjudge

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def tmux() -> Iterator[tmuxjudge.Server]:
    """The judge; without one, tests are skipped."""
    reason = tmuxjudge.why_not()
    if reason:
        pytest.skip(reason)
    with tmuxjudge.judge() as server:
        yield server
