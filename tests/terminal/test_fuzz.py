"""A short run of what `nox -s fuzz` does with tens of millions of bytes."""

from __future__ import annotations

import pytest
from terminalfuzz import KINDS, fuzz


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_random_bytes_do_no_harm(kind: str) -> None:
    """Nothing raises, the screen keeps its shape, and time and memory stay bounded."""
    assert fuzz(kind, 100_000, seed=1).size >= 100_000
