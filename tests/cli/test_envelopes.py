"""Messages as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from fugue_actors.cli.envelopes import said

ROW = {"session_id": "1", "session_name": "bob", "state": "dead", "reason": "ended"}


def notice(*rows: dict[str, Any], attested: str = "daemon") -> dict[str, Any]:
    return {
        "type": "delivery_failed",
        "from": {"attested": attested},
        "payload": {
            "message_id": "m1",
            "type": "work",
            "recipients": list(rows),
            "reason": "nobody came",
        },
    }


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (
            notice(ROW, {**ROW, "session_name": "c\x1b[2Jid", "state": "expired"}),
            [
                "work was not received by bob, dead: ended",
                "work was not received by c\\x1b[2Jid, expired: ended",
            ],
        ),
        (notice(), ["work was not received: nobody came"]),
    ],
)
def test_what_was_not_received_is_told_in_words(
    message: dict[str, Any], lines: list[str]
) -> None:
    """Nobody has to read JSON to see that work was not done; escapes draw nothing."""
    assert said(message) == lines


def test_what_an_agent_says_under_the_same_type_is_shown_as_it_is() -> None:
    """Its payload may be anything, and it must not look like the daemon's word."""
    message = notice(ROW, attested="process")
    assert said(message)[0].startswith('{"message_id"')
    assert said({**message, "payload": {"text": "hello"}}) == ["hello"]
