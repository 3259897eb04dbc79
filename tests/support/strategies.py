"""What Hypothesis needs to know in several tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings, strategies as st

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Nothing here is judged by time: in a fresh checkout, on a busy machine, Hypothesis
builds its tables of Unicode first, which takes longer than it allows itself."""

TIMES = int(os.environ.get("FUGUE_TEST_TIMES", "1"))


def examples(count: int) -> settings:
    """So many examples of what takes long; `nox -s fuzz` tries ten times as many, and others."""
    return settings(untimed, max_examples=count * TIMES)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Any value that JSON text can hold, infinite numbers as Python writes them included."""
