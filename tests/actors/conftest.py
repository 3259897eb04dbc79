"""Clocks for actors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from actorkit import patient

if TYPE_CHECKING:
    from trio.testing import MockClock


@pytest.fixture
def patient_clock() -> MockClock:
    """Time that passes only when a test says so; see `actorkit.patient`."""
    return patient()
