"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Machines differ and are busy: no property is judged by the time it takes.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("untimed")
