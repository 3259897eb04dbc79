"""Tokens as people make, list and revoke them."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from fugue_actors.gateways import tokens
from fugue_actors.gateways.caller import person
from fugue_actors.gateways.operations import OPERATIONS

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock


async def test_a_new_token_is_taken_and_told_once(
    patient_clock: MockClock, gate: Gate
) -> None:
    """What is listed and recorded afterwards does not hold it."""
    line = await gate.control()
    made = await line.call("token_new", role="operator", label="ann")
    jsonschema.validate(made, OPERATIONS["token_new"].gives)
    now = datetime.datetime.now(datetime.UTC)
    known = gate.world.journal.state.tokens
    token = tokens.check(known, made["token"], now)
    assert (token.role, token.label, token.reach) == ("operator", "ann", None)
    listed = await line.call("token_ls")
    jsonschema.validate(listed, OPERATIONS["token_ls"].gives)
    assert [one["token_id"] for one in listed["tokens"]] == [made["token_id"]]
    secret = made["token"].rpartition("_")[2]
    assert secret not in json.dumps(listed)
    assert secret not in repr(known)


async def test_whoever_is_limited_is_not_called_as_the_user_is(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A guest of the user's name has the user's inbox, and two of one name share one."""
    line = await gate.control()
    made = [await line.call("token_new", tags=["ours"]) for _ in range(2)]
    labels = {one["label"] for one in made}
    assert len(labels) == 2
    assert person() not in labels
    assert (await line.call("token_new", tags=["ours"], label="ann"))["label"] == "ann"


async def test_without_a_word_a_token_only_looks_and_is_good_for_half_a_day(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The least that is of use."""
    line = await gate.control()
    made = await line.call("token_new")
    assert (made["role"], made["label"], made["scope"]) == ("observer", person(), None)
    token = gate.world.journal.state.tokens[made["token_id"]]
    left = tokens.seconds_left(token, datetime.datetime.now(datetime.UTC))
    assert 11.9 * 3600 < left <= 12 * 3600


async def test_a_scope_names_sessions_by_id_whatever_they_are_called_later(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A name may be somebody else's tomorrow."""
    ann = await gate.agent("ann")
    line = await gate.control()
    made = await line.call("token_new", sessions=["ann", ann.session_id], tags=["x"])
    assert made["scope"] == {"sessions": [ann.session_id], "tags": ["x"]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"sessions": ["nobody"]}, "SessionNotFound"),
        ({"tags": ["no good tag"]}, "InvalidArgument"),
        ({"sessions": [], "tags": []}, "InvalidArgument"),
        ({"label": "no good name"}, "InvalidArgument"),
        ({"role": "administrator"}, "InvalidArgument"),
        ({"expires_seconds": 0}, "InvalidArgument"),
        ({"expires_seconds": tokens.LONGEST_SECONDS + 1}, "InvalidArgument"),
    ],
)
async def test_a_token_that_cannot_be_meant_is_not_made(
    patient_clock: MockClock, gate: Gate, arguments: dict[str, Any], code: str
) -> None:
    """Above all not one without limits in the place of one with odd limits."""
    line = await gate.control()
    refused = await line.call("token_new", **arguments)
    assert refused["code"] == code
    assert gate.world.journal.state.tokens == {}


async def test_a_revoked_token_is_listed_only_with_those_that_ended(
    patient_clock: MockClock, gate: Gate
) -> None:
    """And revoking it again changes nothing."""
    line = await gate.control()
    first = await line.call("token_new")
    second = await line.call("token_new")
    revoked = await line.call("token_revoke", token_id=first["token_id"])
    jsonschema.validate(revoked, OPERATIONS["token_revoke"].gives)
    assert revoked["state"] == "revoked"
    again = await line.call("token_revoke", token_id=first["token_id"])
    assert again["revoked_at"] == revoked["revoked_at"]
    good = await line.call("token_ls")
    assert [one["token_id"] for one in good["tokens"]] == [second["token_id"]]
    every = await line.call("token_ls", all=True)
    assert [one["state"] for one in every["tokens"]] == ["revoked", "good"]


async def test_revoking_what_is_no_token_is_refused_without_repeating_a_secret(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Somebody may give the whole token by mistake."""
    line = await gate.control()
    made = await line.call("token_new")
    refused = await line.call("token_revoke", token_id=made["token"])
    assert refused["code"] == "InvalidArgument"
    assert made["token"].rpartition("_")[2] not in json.dumps(refused)
