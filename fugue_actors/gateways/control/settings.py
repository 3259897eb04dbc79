"""What a daemon is told about the monitor, its door for browsers and other programs."""

from __future__ import annotations

from typing import Final

import attrs

LOOPBACK: Final = ("127.0.0.1", "::1")
"""The addresses at which the monitor can be; from elsewhere it is reached by a tunnel."""
USUAL_PORT: Final = 7437


@attrs.frozen(kw_only=True)
class MonitorSettings:
    """The section `[monitor]` of the configuration.

    Attributes:
        enabled: Whether there is a monitor at all.
        host: The address it listens at, one of the loopback's.
        port: The port it is to have, and gets if that is free; 0 for any.
        names: Names in lower case by which it may be asked for besides its own, as behind
            a tunnel or a proxy.
    """

    enabled: bool = True
    host: str = LOOPBACK[0]
    port: int = USUAL_PORT
    names: frozenset[str] = frozenset()
