"""Tokens: how they are made, and who presents one. Pure, but for chance.

What is handed out is `fugue_<id>_<secret>`. The daemon keeps the id and a digest of the
secret, so neither its journal nor its memory gives a token away. The secret is random
and as long as a key, which is why a plain digest will do. Whoever does not know it
learns nothing here, not even whether there ever was a token with that id.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.protocol.events import TokenExchanged
from fugue_actors.protocol.times import written
from fugue_actors.protocol.values import Reach, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.protocol.values import TokenRole

FORM: Final = re.compile(r"fugue_([0-9a-f]{10})_([0-9a-f]{64})")
USUAL_SECONDS: Final = 12 * 3600
LINK_SECONDS: Final = 600
"""How long a link waits for the browser that it is for."""
LONGEST_SECONDS: Final = 365 * 24 * 3600
NOBODYS: Final = hashlib.sha256(secrets.token_bytes()).hexdigest()
NOT_TAKEN: Final = "the token is none that this daemon takes"
ANOTHER: Final = "make another one with `fugue token new` or `fugue monitor`"


def issue(
    *,
    role: TokenRole,
    label: str,
    seconds: float,
    now: datetime.datetime,
    reach: Reach | None = None,
    once: bool = False,
) -> tuple[Token, str]:
    """A new token, and the text to hand out, which nobody can find out again.

    Args:
        role: What it is good for.
        label: What who presents it is called.
        seconds: How long it is good.
        now: The time, with its zone.
        reach: What it is limited to, if to anything.
        once: Whether it is good for one connection, soon, that is handed another secret
            for it then: what was in a link may be noted in many places.
    """
    token_id, secret = secrets.token_hex(5), secrets.token_hex(32)
    token = Token(
        token_id=token_id,
        digest=digest(secret),
        role=role,
        label=label,
        issued_at=written(now),
        expires_at=after(now, min(seconds, LINK_SECONDS) if once else seconds),
        reach=reach,
        exchange_seconds=seconds if once else None,
    )
    return token, told(token_id, secret)


def exchange(token: Token, now: datetime.datetime) -> tuple[TokenExchanged, str]:
    """Another secret for a token that was good for one connection.

    Returns:
        What is to be recorded, and the text to hand out. It counts only if the token has
        this digest afterwards: somebody else may have been quicker.
    """
    assert token.exchange_seconds is not None
    secret = secrets.token_hex(32)
    event = TokenExchanged(
        token_id=token.token_id,
        digest=digest(secret),
        expires_at=after(now, token.exchange_seconds),
    )
    return event, told(token.token_id, secret)


def told(token_id: str, secret: str) -> str:
    """A token as it is handed out."""
    return f"fugue_{token_id}_{secret}"


def after(now: datetime.datetime, seconds: float) -> str:
    """A time from now, as all times are written."""
    return written(now + datetime.timedelta(seconds=seconds))


def check(tokens: Mapping[str, Token], presented: str, now: datetime.datetime) -> Token:
    """The token that somebody presents, if it is still good.

    That it was good once is told only to who knows its secret.

    Args:
        tokens: Those that there are, by id.
        presented: The text, as it was handed out.
        now: The time, with its zone.

    Raises:
        Refused: `NotAllowed`; `data.reason` is `unknown`, `revoked` or `expired`.
    """
    found = FORM.fullmatch(presented)
    token_id, secret = found.groups() if found else ("", "")
    token = tokens.get(token_id)
    expected = NOBODYS if token is None else token.digest
    # Each way takes as long, whatever is wrong.
    is_right = hmac.compare_digest(expected, digest(secret))
    if token is None or not is_right:
        raise refusal(NOT_TAKEN, "unknown")
    ended = why_ended(token, now)
    if ended is not None:
        raise ended
    return token


def why_ended(token: Token, now: datetime.datetime) -> Refused | None:
    """Why a token is good no more, if it is not; for who knows its secret."""
    if token.revoked_at is not None:
        return refusal(f"the token was revoked at {token.revoked_at}", "revoked")
    if has_expired(token, now):
        return refusal(f"the token expired at {token.expires_at}", "expired")
    return None


def refusal(message: str, reason: str) -> Refused:
    """What is said to who is turned away."""
    return Refused("NotAllowed", message, hint=ANOTHER, data={"reason": reason})


def has_expired(token: Token, now: datetime.datetime) -> bool:
    """Whether a token's time is over."""
    return seconds_left(token, now) <= 0


def seconds_left(token: Token, now: datetime.datetime) -> float:
    """How long a token is still good by its date; negative if it is not."""
    expires = datetime.datetime.fromisoformat(token.expires_at)
    return (expires - now).total_seconds()


def is_good(token: Token, now: datetime.datetime) -> bool:
    """Whether a token may be used."""
    return why_ended(token, now) is None


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
