"""What a connection may do: its role, fixed when it opens and for its whole life. Pure.

- `agent`: a program in a pane, or an agent's client. It acts as its own session, and of
  messages it sees its own.
- `operator`: a person. They look at everything and act on everything.
- `observer`: a person who only looks, and is no session.

Only a person at a terminal of the daemon's machine administers, which is to make and
revoke tokens and to end the daemon: never what runs in a pane, and nobody over the
network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from fugue_actors.protocol.monitor import Role
from fugue_actors.protocol.values import Token

if TYPE_CHECKING:
    from fugue_actors.gateways.identity import Attestation
    from fugue_actors.protocol.values import Reach

Right = Literal["look", "act", "administer"]

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    "observer": frozenset({"look"}),
    "operator": frozenset({"look", "act"}),
    "agent": frozenset({"look", "act"}),
}


@attrs.frozen(kw_only=True)
class Access:
    """What a connection may do.

    Attributes:
        role: See the module's docstring.
        may_administer: Whether it may make tokens and end the daemon.
        token: What it was opened with, if it limits what the connection may do.
    """

    role: Role
    may_administer: bool = False
    token: Token | None = None

    @property
    def is_person(self) -> bool:
        """Whether a person asks, not a program in a pane nor an agent's client."""
        return self.role != "agent"

    @property
    def reach(self) -> Reach | None:
        """The sessions to which it is limited; None for no limit."""
        return None if self.token is None else self.token.reach

    def has(self, right: Right) -> bool:
        """Whether it has a right, whatever it is to be used on."""
        if right == "administer":
            return self.may_administer
        return right in RIGHTS[self.role]


AGENT: Final = Access(role="agent")


def of_agent(attestation: Attestation) -> Access:
    """What who connected to the agents' socket may do, in a pane or not."""
    return AGENT


def of_command(attestation: Attestation) -> Access:
    """What who connected to the control socket may do.

    Who may be in a pane is no person, be it that nobody can say whose agent it is.
    """
    if attestation.session_id is not None or attestation.is_below_pane:
        return AGENT
    return Access(role="operator", may_administer=True)


def of_token(token: Token, attestation: Attestation) -> Access:
    """What who presented a good token may do; inside a pane it is the pane's agent."""
    if attestation.session_id is not None:
        return AGENT
    return Access(role=token.role, token=token)
