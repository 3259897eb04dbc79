"""How much is kept for those who watch. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Bounds:
    """See the module's docstring.

    Attributes:
        messages: So many are shown, the newest.
        documents: So many may wait to be sent to a client before it has to start over;
        events: and so many of the log.
    """

    messages: int = 500
    documents: int = 5_000
    events: int = 1_000
