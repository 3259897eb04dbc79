"""What holds for every test."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

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
