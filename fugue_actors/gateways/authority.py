"""The one place that decides whether a caller may do something.

Every request of every connection passes `authorize` before it is carried out. The
policy is one sentence for now: whoever is the daemon's own user may do everything
(other users never get this far, `identity.py` turns them away). Whose message it is
decides who may look at it; that is known where it is looked up, in `receiving.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.gateways.caller import Caller


def authorize(caller: Caller, operation: str, arguments: Mapping[str, Any]) -> None:
    """Let a request through, or refuse it.

    Args:
        caller: Whose connection it came over.
        operation: The operation's name.
        arguments: Its arguments, checked already.

    Raises:
        Refused: `NotAllowed`. Nothing raises it here yet: all of one user is allowed.
    """
