"""`/healthz`: whether the daemon is there and well, for programs that watch over it.

It says no more than that, since whoever asks needs no token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fugue_actors.gateways.control.http import Request, Response
from fugue_actors.gateways.operations.daemon import troubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Kernel

PATH = "/healthz"


def health(kernel: Kernel, journal: Journal) -> Callable[[Request], Response]:
    """Who answers: with 200 as long as anybody does, and whether something is wrong."""

    def answer(_: Request) -> Response:
        is_well = not any(troubles(kernel, journal))
        body = json.dumps({"status": "ok" if is_well else "degraded"})
        return Response(
            200, body.encode(), "application/json", (("Cache-Control", "no-store"),)
        )

    return answer
