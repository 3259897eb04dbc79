"""`/metrics`: the daemon in numbers, for who has a token without limits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.gateways import metrics, tokenlife, tokens
from fugue_actors.gateways.control.http import Response, said
from fugue_actors.gateways.control.site import Slow
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.gateways.operations.daemon import troubles
from fugue_actors.journal import Journal
from fugue_actors.kernel import Kernel

if TYPE_CHECKING:
    from fugue_actors.gateways.control.http import Request

PATH: Final = "/metrics"
SCHEME: Final = "bearer"


@attrs.frozen(kw_only=True)
class Scrape:
    """Who answers to a request for the numbers.

    Attributes:
        kernel: The tree.
        journal: What is the case.
        daemon: What the daemon says of itself.
        tally: What happened since it began.
    """

    kernel: Kernel
    journal: Journal
    daemon: DaemonInfo
    tally: metrics.Tally

    def __call__(self, request: Request) -> Response | Slow:
        """The numbers, or why they are not told (401, 403)."""
        refusal = self.refuse(request)
        if refusal is not None:
            return refusal
        figures = metrics.gather(
            self.journal,
            self.kernel.snapshot(),
            self.tally,
            daemon=self.daemon,
            degraded=sum(1 for _ in troubles(self.kernel, self.journal)),
            now=tokenlife.wall_clock(),
        )
        return Slow(
            functools.partial(told, figures, ",".join(request.values("accept")))
        )

    def refuse(self, request: Request) -> Response | None:
        """What is wrong with the token that a request came with, if anything."""
        given = request.values("authorization")
        scheme, _, presented = (given[0] if len(given) == 1 else "").partition(" ")
        if scheme.lower() != SCHEME:
            return unknown("a token is needed: Authorization: Bearer fugue_…")
        try:
            token = tokens.check(
                self.journal.state.tokens, presented.strip(), tokenlife.wall_clock()
            )
        except Refused as error:
            return unknown(error.message)
        if token.exchange_seconds is not None:
            return unknown("the token of a link opens the page, and nothing else")
        if token.reach is not None:
            return said(403, "this token is limited to some sessions")
        return None


def unknown(why: str) -> Response:
    """Nobody knows who asks."""
    return said(401, why, ("WWW-Authenticate", 'Bearer realm="fugue"'))


def told(figures: metrics.Figures, accept: str) -> Response:
    """The numbers as a response."""
    text, media_type = metrics.exposition(figures, accept)
    return Response(200, text, media_type, (("Cache-Control", "no-store"),))
