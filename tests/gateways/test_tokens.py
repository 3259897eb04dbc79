"""Tokens: what is handed out, what is kept, and what is said to who presents one."""

from __future__ import annotations

import datetime

import attrs
import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.errors import Refused
from fugue_actors.gateways import tokens
from fugue_actors.journal.views import State
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import Recorded
from fugue_actors.protocol.values import Reach, Token

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


def issued(seconds: float = 60) -> tuple[Token, str]:
    return tokens.issue(role="observer", label="ann", seconds=seconds, now=NOW)


def refusal(
    known: dict[str, Token], presented: str, now: datetime.datetime = NOW
) -> str:
    """The reason for which a text is turned away."""
    with pytest.raises(Refused) as refused:
        tokens.check(known, presented, now)
    assert refused.value.code == "NotAllowed"
    said = str(attrs.asdict(Said.of(refused.value)))
    assert len(presented) < 40 or presented not in said
    assert refused.value.data is not None
    return str(refused.value.data["reason"])


@attrs.frozen
class Said:
    """All that a refusal says."""

    message: str
    hint: str | None
    data: object

    @classmethod
    def of(cls, refused: Refused) -> Said:
        return cls(refused.message, refused.hint, refused.data)


def test_a_token_is_good_from_when_it_is_made_until_it_expires() -> None:
    """To the millisecond, whatever the zone of the clock."""
    token, text = issued(seconds=60)
    known = {token.token_id: token}
    assert tokens.check(known, text, NOW) is token
    last = NOW + 60 * SECOND - datetime.timedelta(milliseconds=1)
    assert tokens.check(known, text, last) is token
    east = datetime.timezone(datetime.timedelta(hours=9))
    assert tokens.check(known, text, last.astimezone(east)) is token
    assert refusal(known, text, NOW + 60 * SECOND) == "expired"


def test_a_token_of_a_link_is_good_soon_and_once() -> None:
    """Its first user gets another secret for it, for as long as was asked."""
    token, text = tokens.issue(
        role="operator", label="ann", seconds=3600, now=NOW, once=True
    )
    known = {token.token_id: token}
    assert tokens.check(known, text, NOW) is token
    assert refusal(known, text, NOW + tokens.LINK_SECONDS * SECOND) == "expired"
    event, second = tokens.exchange(token, NOW)
    state = State(tokens=known)
    state.apply(Recorded(seq=1, at="", event=event))
    assert refusal(known, text) == "unknown"
    last = NOW + 3599 * SECOND
    assert tokens.check(known, second, last) is known[token.token_id]
    # Whoever was slower with the same link has a secret that counts for nothing.
    late, third = tokens.exchange(token, NOW)
    state.apply(Recorded(seq=2, at="", event=late))
    assert refusal(known, third) == "unknown"
    assert tokens.check(known, second, last).exchange_seconds is None


def test_a_short_token_of_a_link_is_no_longer_good_than_asked() -> None:
    """The link itself must not outlive what it is for."""
    token, _ = tokens.issue(role="observer", label="a", seconds=5, now=NOW, once=True)
    assert tokens.seconds_left(token, NOW) == 5


def test_a_revoked_link_cannot_be_exchanged() -> None:
    """What was taken back stays so, whoever was about to use it."""
    token, _ = tokens.issue(role="observer", label="a", seconds=5, now=NOW, once=True)
    state = State(tokens={token.token_id: attrs.evolve(token, revoked_at="now")})
    event, text = tokens.exchange(token, NOW)
    state.apply(Recorded(seq=1, at="", event=event))
    assert refusal(state.tokens, text) == "unknown"


def test_what_is_kept_does_not_hold_the_secret() -> None:
    """Neither the journal nor a log nor a traceback gives it away."""
    token, text = issued()
    secret = text.rpartition("_")[2]
    assert len(secret) >= 32
    assert secret not in str(to_json(token))
    assert token.digest not in repr(token)
    assert text.startswith(f"fugue_{token.token_id}_")


def test_two_tokens_have_nothing_in_common() -> None:
    """They are made of chance alone."""
    (one, first), (two, second) = issued(), issued()
    assert one.token_id != two.token_id
    assert one.digest != two.digest
    known = {one.token_id: two}  # the id of one with the secret of the other
    assert refusal(known, first) == "unknown"
    assert refusal({}, second) == "unknown"


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_that_a_token_has_ended_is_said_only_to_who_knows_its_secret(end: str) -> None:
    """Others could else find out which tokens there were."""
    token, text = issued(seconds=0.001 if end == "expired" else 60)
    if end == "revoked":
        token = attrs.evolve(token, revoked_at="2026-01-01T12:00:00.000Z")
    known, now = {token.token_id: token}, NOW + SECOND
    assert refusal(known, text, now) == end
    guess = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert refusal(known, guess, now) == "unknown"
    never, _ = issued()
    other = f"fugue_{never.token_id}_{text.rpartition('_')[2]}"
    said = []
    for presented in (guess, other, "nonsense"):
        with pytest.raises(Refused) as refused:
            tokens.check(known, presented, now)
        said.append(Said.of(refused.value))
    assert said[0] == said[1] == said[2]


@untimed
@given(st.text(), st.data())
def test_nothing_but_the_token_itself_is_taken(text: str, data: st.DataObject) -> None:
    """Not a part of it, not with something around it, not in capitals."""
    token, right = issued()
    at = data.draw(st.integers(0, len(right) - 1))
    for presented in (
        text,
        text + right if text else "",
        right + text if text else "",
        right[:at],
        right.upper(),
        right[:at] + data.draw(st.characters()) * 2 + right[at + 1 :],
    ):
        assert refusal({token.token_id: token}, presented) == "unknown"


def test_a_revoked_token_that_would_have_expired_too_was_revoked() -> None:
    """What somebody did says more than what time did."""
    token, text = issued(seconds=1)
    token = attrs.evolve(token, revoked_at="2026-01-01T12:00:00.500Z")
    assert refusal({token.token_id: token}, text, NOW + 9 * SECOND) == "revoked"


def test_times_are_written_as_everywhere() -> None:
    """So that their texts can be compared."""
    token, _ = tokens.issue(
        role="operator",
        label="ann",
        seconds=0.5,
        now=NOW,
        reach=Reach(sessions=("s",), tags=("t",)),
    )
    assert token.issued_at == "2026-01-01T12:00:00.000Z"
    assert token.expires_at == "2026-01-01T12:00:00.500Z"
    assert tokens.seconds_left(token, NOW) == 0.5
    assert tokens.is_good(token, NOW)
    assert not tokens.is_good(token, NOW + SECOND)
