"""What holds for every test."""

from __future__ import annotations

import os
import signal
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A script's background jobs begin with Ctrl-C ignored, and so would all that tests start
# and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines differ and are busy: no property is judged by the time it takes. Nor is a change judged
# by chance: the same examples are tried each time, and others by `nox -s fuzz`.
settings.register_profile(
    "untimed",
    deadline=None,
    derandomize="FUGUE_TEST_TIMES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("untimed")

LONGEST = "test_survival.py"
ASKS_TO_MEASURE = "COVERAGE_PROCESS_CONFIG"
"""By this variable coverage is measured in the programs that a test starts, too."""
MEASURED = ("cli", "daemon", "processes", "tui")
"""Directories of tests where it is: programs take two to three times as long then. What those
of other tests do is what those of these do, in larger settings."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mix the files, so that those at work at once do not all compute or all wait.

    The longest one comes first: nobody should wait for it at the end.
    """
    items.sort(
        key=lambda item: (
            item.path.name != LONGEST,
            zlib.crc32(item.path.name.encode()),
            item.path,
        )
    )


@pytest.fixture(scope="module", autouse=True)
def measured_programs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether coverage follows into the programs that the tests of a file start."""
    directory = request.path.relative_to(request.config.rootpath / "tests").parts[0]
    with pytest.MonkeyPatch.context() as patch:
        if directory not in MEASURED:
            patch.delenv(ASKS_TO_MEASURE, raising=False)
        yield
