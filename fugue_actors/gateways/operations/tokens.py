"""Operations on the tokens with which people connect over the network."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors.targets import no_session
from fugue_actors.errors import Refused
from fugue_actors.gateways import tokens
from fugue_actors.gateways.caller import person
from fugue_actors.journal.views import MOST_TOKENS
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import TokenIssued, TokenRevoked
from fugue_actors.protocol.ids import check_session_name, check_tag
from fugue_actors.protocol.values import Reach

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.journal import State
    from fugue_actors.protocol.values import Token

SHORTEST_SECONDS: Final = 1


async def token_new(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make a token; this is the only answer that has its secret."""
    state, now = context.journal.state, datetime.datetime.now(datetime.UTC)
    good = sum(tokens.is_good(token, now) for token in state.tokens.values())
    if good >= MOST_TOKENS:
        raise Refused(
            "Busy",
            f"there are {good} tokens already that are good",
            hint="revoke some: `fugue token ls`, `fugue token revoke`",
        )
    reach = reach_of(state, arguments)
    token, text = tokens.issue(
        role=arguments.get("role", "observer"),
        label=check_session_name(arguments.get("label", usual_label(reach))),
        seconds=arguments.get("expires_seconds", tokens.USUAL_SECONDS),
        now=now,
        reach=reach,
        once=arguments.get("once", False),
    )
    await context.journal.record(TokenIssued(token=token))
    return {**view(token, now), "token": text}


async def token_ls(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The tokens that there are, or were lately."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "tokens": [
            view(token, now)
            for token in context.journal.state.tokens.values()
            if arguments.get("all", False) or tokens.is_good(token, now)
        ]
    }


async def token_revoke(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Take a token back; connections that were opened with it end."""
    known = context.journal.state.tokens
    token_id = arguments["token_id"]
    if token_id not in known:
        raise Refused(
            "InvalidArgument",
            f"no token has the id {token_id[:40]!a}",
            hint="`fugue token ls` shows the ids; a secret is never needed for this",
        )
    await context.journal.record(TokenRevoked(token_id=token_id))
    return view(known[token_id], datetime.datetime.now(datetime.UTC))


def reach_of(state: State, arguments: dict[str, Any]) -> Reach | None:
    """What a new token is limited to; None if nothing was said of it.

    Raises:
        Refused: `SessionNotFound`; or `InvalidArgument` for what is no tag.
    """
    named, tags = arguments.get("sessions"), arguments.get("tags")
    if named is None and tags is None:
        return None
    found = []
    for name in named or ():
        session = state.session_named(name)
        if session is None:
            raise no_session(name, list(state.names))
        found.append(session.session_id)
    if not found and not tags:
        raise Refused(
            "InvalidArgument",
            "a token for no session at all would be good for nothing",
            hint="name sessions or tags, or leave both out for a token for everything",
        )
    return Reach(
        sessions=tuple(dict.fromkeys(found)),
        tags=tuple(dict.fromkeys(check_tag(tag) for tag in tags or ())),
    )


def view(token: Token, now: datetime.datetime) -> dict[str, Any]:
    """A token as people may see it."""
    if token.revoked_at is not None:
        state = "revoked"
    else:
        state = "expired" if tokens.has_expired(token, now) else "good"
    return {
        "token_id": token.token_id,
        "role": token.role,
        "label": token.label,
        "state": state,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "once": token.exchange_seconds is not None,
        "scope": None if token.reach is None else to_json(token.reach),
    }


def usual_label(reach: Reach | None) -> str:
    """What who uses a token is called if nobody says.

    Whoever is limited is somebody else than the user: as the user's guest they would read
    the user's inbox, which is within no limits.
    """
    return person() if reach is None else f"{person()}-{secrets.token_hex(3)}"
