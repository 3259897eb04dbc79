"""The rows of the table that are about tokens."""

from __future__ import annotations

from typing import Final, get_args

from fugue_actors.gateways.operations import tokens
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    Schema,
    arguments,
    flag,
    result,
    strings,
    text,
)
from fugue_actors.gateways.tokens import LONGEST_SECONDS, USUAL_SECONDS
from fugue_actors.protocol.values import TokenRole

ROLE: Final[Schema] = {
    "type": "string",
    "enum": list(get_args(TokenRole)),
    "default": "observer",
    "description": "observer: look; operator: act as well.",
}
FIELDS: Final[dict[str, Schema]] = {
    "token_id": text("Its public name."),
    "role": {key: value for key, value in ROLE.items() if key != "default"},
    "label": text("What who presents it is called."),
    "state": {"type": "string", "enum": ["good", "expired", "revoked"]},
    "issued_at": text("When it was made, RFC 3339."),
    "expires_at": text("From when on it is refused."),
    "revoked_at": {"type": ["string", "null"], "description": "When it was revoked."},
    "once": {
        "type": "boolean",
        "description": "Good for one connection, which is handed another secret.",
    },
    "scope": {
        "type": ["object", "null"],
        "description": "What it is limited to: sessions (ids) and tags; null: nothing.",
    },
}
REQUIRED: Final = ("token_id", "role", "label", "state", "expires_at", "scope")

ROWS: Final = (
    Operation(
        name="token_new",
        title="Make a token",
        description=(
            "Make a token with which a browser or a program can connect over the "
            "network. Its secret is in this answer and is kept nowhere."
        ),
        takes=arguments(
            role=ROLE,
            label=text(
                "A name for who will use it; what they send comes from a session of "
                "this name, and its inbox is theirs. Default: the user's name; with "
                "limits, one of its own."
            ),
            expires_seconds={
                "type": "number",
                "minimum": tokens.SHORTEST_SECONDS,
                "maximum": LONGEST_SECONDS,
                "default": USUAL_SECONDS,
                "description": "How long it is good.",
            },
            sessions=strings("Limit it to these sessions, by name or uuid."),
            tags=strings("Limit it to whichever sessions have one of these tags."),
            once=flag(
                "For a link: good for one connection within ten minutes; the answer to its "
                "hello has a token that takes its place, good for expires_seconds."
            ),
        ),
        gives=result(
            *REQUIRED,
            "token",
            **FIELDS,
            token=text("The token itself: fugue_ID_SECRET."),
        ),
        run=tokens.token_new,
        tool=False,
        administers=True,
    ),
    Operation(
        name="token_ls",
        title="List tokens",
        description="The tokens that are good; never their secrets.",
        takes=arguments(all=flag("Those that expired or were revoked lately as well.")),
        gives=result(
            "tokens",
            tokens={
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": FIELDS,
                    "required": list(REQUIRED),
                },
            },
        ),
        run=tokens.token_ls,
        tool=False,
        administers=True,
        reads_only=True,
    ),
    Operation(
        name="token_revoke",
        title="Revoke a token",
        description="End a token at once, and every connection opened with it.",
        takes=arguments("token_id", token_id=text("The token's id, not its secret.")),
        gives=result(*REQUIRED, **FIELDS),
        run=tokens.token_revoke,
        tool=False,
        administers=True,
        destroys=True,
    ),
)
