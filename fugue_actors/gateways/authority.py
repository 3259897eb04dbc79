"""The one place that decides whether a caller may do something.

Every request of every connection passes `authorize` before it is carried out. What a
connection may do at all is its `Access`, fixed for its life; other users of the machine
never get this far (`identity.py` turns them away). Whose message it is decides who may
look at it; that is known where it is looked up, in `receiving.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.errors import Refused
from fugue_actors.gateways.sight import Selection, Sight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.gateways.access import Access
    from fugue_actors.gateways.caller import Caller
    from fugue_actors.gateways.operations.operation import Operation


def authorize(
    caller: Caller, operation: Operation, arguments: Mapping[str, Any]
) -> None:
    """Let a request through, or refuse it.

    Args:
        caller: Whose connection it came over.
        operation: What is asked for.
        arguments: Its arguments, checked already.

    Raises:
        Refused: `NotAllowed`, with what would be needed.
    """
    if not caller.access.has(operation.right):
        raise missing_right(caller.access, operation)


def missing_right(access: Access, operation: Operation) -> Refused:
    """Why a role does not do for an operation."""
    if operation.right == "administer":
        return Refused(
            "NotAllowed",
            f"{operation.name} is for people at a terminal of their own: not for what "
            "runs in a pane, and not over the network",
            hint="let a person do it, outside of fugue's panes",
        )
    return Refused(
        "NotAllowed",
        f"{operation.name} changes something, and an {access.role} only looks",
        hint="use a token with the role operator",
    )


def sight(caller: Caller) -> Sight:
    """What a caller may see of all that can be subscribed to."""
    access = caller.access
    if not access.is_person:
        return Sight.of_agent(caller.attestation.session_id or "")
    if access.token is None or access.token.reach is None:
        return Sight()
    reach = access.token.reach
    return Sight(
        scope=Selection(sessions=frozenset(reach.sessions), tags=frozenset(reach.tags))
    )
