"""Targets: every form is read, and each means the sessions it should."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from strategies import json_values, untimed

from fugue_actors.actors.targets import (
    BroadcastTarget,
    Candidate,
    OrchestratorTarget,
    SessionTarget,
    TagTarget,
    Target,
    WorktreeTarget,
    parse_target,
    resolve,
    target_json,
)
from fugue_actors.errors import Refused

UUID = "123e4567-e89b-42d3-a456-426614174000"
FORMS: list[tuple[dict[str, Any], Target]] = [
    ({"orchestrator": True}, OrchestratorTarget()),
    ({"session": "bob"}, SessionTarget(session="bob")),
    ({"session": UUID}, SessionTarget(session=UUID)),
    ({"tag": "team/web"}, TagTarget(tag="team/web")),
    ({"broadcast": True}, BroadcastTarget(scope="repository")),
    ({"broadcast": "server"}, BroadcastTarget(scope="server")),
    ({"worktree": "../feature ä"}, WorktreeTarget(path="../feature ä")),
]


# Reading


@pytest.mark.parametrize(("shape", "target"), FORMS)
def test_a_target_is_read_from_an_object_or_from_its_json(
    shape: dict[str, Any], target: Target
) -> None:
    """Agents send both, and some encode twice (BUG-061)."""
    once = json.dumps(shape)
    assert parse_target(shape) == target
    assert parse_target(once) == target
    assert parse_target(f" {once}\n") == target
    assert parse_target(json.dumps(once)) == target
    assert target_json(target) == shape


@pytest.mark.parametrize(
    ("value", "lesson"),
    [
        (None, "not an object"),
        (3, "not an object"),
        ([], "not an object"),
        ("bob", "neither an object nor its JSON"),
        ("{tag: worker}", "neither an object nor its JSON"),
        ('"bob"', "not an object"),
        ("[1]", "not an object"),
        ({}, "exactly one key"),
        ({"tag": "a", "session": "b"}, "exactly one key"),
        ({"tags": "a"}, "'tags' is not a kind of target"),
        ({"orchestrator": False}, "takes true, not false"),
        ({"orchestrator": 1}, "takes true, not 1"),
        ({"orchestrator": "true"}, "takes true, not 'true'"),
        ({"session": ""}, "not empty"),
        ({"session": None}, "not empty"),
        ({"session": ["a"]}, "not empty"),
        ({"session": 10**5000}, "not empty, not int"),
        ({"session": "\ud800"}, "surrogate"),
        ({"tag": ""}, "not empty"),
        ({"tag": "two words"}, "not a tag"),
        ({"broadcast": False}, "your repository"),
        ({"broadcast": 1}, "your repository"),
        ({"broadcast": "hello all"}, "goes into the message"),
        ({"broadcast": {"message": "hi"}}, "goes into the message"),
        ({"worktree": ""}, "not empty"),
        ({"worktree": "a\0b"}, "not empty"),
        ("[" * 100_000, "neither an object nor its JSON"),
        ('{"session": NaN}', "neither an object nor its JSON"),
    ],
)
def test_what_is_no_target_is_refused_with_a_lesson(value: object, lesson: str) -> None:
    """The sender is a program that can read: say what is wrong, and show what is right."""
    with pytest.raises(Refused) as refusal:
        parse_target(value)
    assert refusal.value.code == "InvalidTarget"
    assert lesson in refusal.value.message
    assert '{"worktree": "<path>"}' in (refusal.value.hint or "")
    assert len(refusal.value.message) < 300
    (refusal.value.message + (refusal.value.hint or "")).encode()


def test_a_misspelt_key_is_put_right_by_the_hint() -> None:
    """Most unknown keys are near misses."""
    with pytest.raises(Refused) as refusal:
        parse_target({"broadcasts": True})
    assert 'did you mean "broadcast"?' in (refusal.value.hint or "")


almost_targets = st.dictionaries(
    st.sampled_from(["orchestrator", "session", "tag", "broadcast", "worktree", "x"]),
    json_values | st.sampled_from([True, "server", "worker"]),
    max_size=2,
)


def outcome(value: object) -> tuple[object, ...]:
    try:
        return ("target", parse_target(value))
    except Refused as refusal:
        return ("refused", refusal.code)


@untimed
@given(almost_targets | st.dictionaries(st.text(), json_values))
def test_an_object_and_its_json_always_come_out_the_same(value: dict[str, Any]) -> None:
    """In whichever form an agent sends it, right or wrong."""
    once = json.dumps(value)
    expected = outcome(value)
    assert outcome(once) == outcome(json.dumps(once)) == expected
    if isinstance(expected[1], Target):
        assert parse_target(target_json(expected[1])) == expected[1]


@untimed
@given(json_values | st.text().map(lambda text: "{" + text))
def test_reading_anything_gives_a_target_or_a_refusal(value: object) -> None:
    """No input may take the reader down."""
    assert outcome(value)[0] in ("target", "refused")


# Resolving


def candidate(name: str, *tags: str, **more: Any) -> Candidate:
    fields: dict[str, Any] = {
        "parent": None,
        "cwd": "/repo",
        "repository": "/repo",
        "worktree": "/repo",
    } | more
    return Candidate(
        session_id=f"id-{name}", session_name=name, tags=frozenset(tags), **fields
    )


def names(
    target: Target, sender: str, *everyone: Candidate, **options: Any
) -> list[str]:
    """Names of the recipients."""
    found = resolve(target, by_id(everyone)[f"id-{sender}"], by_id(everyone), **options)
    return [one.removeprefix("id-") for one in found]


def by_id(everyone: tuple[Candidate, ...]) -> dict[str, Candidate]:
    return {one.session_id: one for one in everyone}


def refusal_of(*args: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        names(*args, **options)
    return refusal.value


ORCHESTRATOR = OrchestratorTarget()


def test_the_nearest_orchestrator_above_the_sender_gets_it_alone() -> None:
    """Two teams in one repository each report to their own."""
    everyone = (
        candidate("top", "orchestrator"),
        candidate("lead", "orchestrator", parent="id-top"),
        candidate("mate", parent="id-lead"),
        candidate("worker", parent="id-mate"),
        candidate("other", "orchestrator"),
    )
    assert names(ORCHESTRATOR, "worker", *everyone) == ["lead"]
    assert names(ORCHESTRATOR, "lead", *everyone) == ["top"]
    assert names(ORCHESTRATOR, "top", *everyone) == ["lead", "other"]


def test_an_orchestrator_elsewhere_is_found_along_the_parents() -> None:
    """A worker may be sent into another repository by its orchestrator."""
    everyone = (
        candidate("lead", "orchestrator", repository="/away"),
        candidate("local", "orchestrator"),
        candidate("worker", parent="id-lead"),
    )
    assert names(ORCHESTRATOR, "worker", *everyone) == ["lead"]


def test_the_way_up_leads_through_sessions_that_have_ended() -> None:
    """A helper that started a worker and ended does not cut it off."""
    everyone = (
        candidate("lead", "orchestrator"),
        candidate("other", "orchestrator"),
        candidate("worker", parent="id-ended-2"),
    )
    parents = {"id-ended-2": "id-ended-1", "id-ended-1": "id-lead"}
    assert names(ORCHESTRATOR, "worker", *everyone, parents=parents) == ["lead"]
    assert names(ORCHESTRATOR, "worker", *everyone) == ["lead", "other"]


def test_without_one_above_those_of_the_repository_count_then_all() -> None:
    """The order of the public contract."""
    here, away = (
        candidate("here", "orchestrator"),
        candidate("away", "orchestrator", repository="/away"),
    )
    nowhere = candidate("nowhere", "orchestrator", repository=None)
    worker = candidate("worker")
    loose = candidate("loose", repository=None)
    assert names(ORCHESTRATOR, "worker", here, away, nowhere, worker) == ["here"]
    assert names(ORCHESTRATOR, "worker", away, nowhere, worker) == ["away", "nowhere"]
    # No repository is no repository in common.
    assert names(ORCHESTRATOR, "loose", here, nowhere, loose) == ["here", "nowhere"]


def test_an_orchestrator_never_writes_to_itself() -> None:
    """BUG-073: a worker taken for the orchestrator delegated to itself."""
    alone = candidate("lead", "orchestrator", parent="id-lead")
    refused = refusal_of(ORCHESTRATOR, "lead", alone, candidate("worker"))
    assert refused.code == "NoRecipients"
    assert "you alone" in refused.message


def test_parents_that_go_in_a_circle_end_somewhere() -> None:
    """It cannot happen, and if it does the router must not hang."""
    everyone = (candidate("a", parent="id-b"), candidate("b", parent="id-a"))
    assert refusal_of(ORCHESTRATOR, "a", *everyone).code == "NoRecipients"
    parents = {"id-x": "id-y", "id-y": "id-x"}
    lost = candidate("lost", parent="id-x")
    assert (
        refusal_of(ORCHESTRATOR, "lost", lost, parents=parents).code == "NoRecipients"
    )


def test_a_session_is_found_by_uuid_or_name_even_the_senders_own() -> None:
    """A note to oneself is the one message a sender gets back."""
    uuid = Candidate(
        session_id=UUID,
        session_name="bob",
        tags=frozenset(),
        parent=None,
        cwd="/",
        repository=None,
        worktree=None,
    )
    everyone = {UUID: uuid}
    for session in ("bob", UUID, UUID.upper()):
        assert resolve(SessionTarget(session=session), uuid, everyone) == (UUID,)


def test_a_session_that_is_not_there_is_an_error_with_near_names() -> None:
    """The sender can put it right at once."""
    everyone = [candidate(n) for n in ("worker-1", "worker-2", "lead", "Wanda")]
    for wrong, near in (("worker1", "worker-1"), ("wanda", "Wanda"), ("wor", "worker")):
        refused = refusal_of(SessionTarget(session=wrong), "lead", *everyone)
        assert refused.code == "SessionNotFound"
        assert near in (refused.hint or "")
    assert "the name 'wor'" in refused.message
    refused = refusal_of(SessionTarget(session=UUID), "lead", *everyone)
    assert "the id" in refused.message
    assert refused.data == {"near": []}


def test_a_name_is_compared_as_a_whole_and_in_its_case() -> None:
    """A near match is for the hint only; a message to the wrong one is worse."""
    everyone = (candidate("lead"), candidate("worker-1"))
    for wrong in ("worker", "Worker-1", "worker-12", "*"):
        refused = refusal_of(SessionTarget(session=wrong), "lead", *everyone)
        assert refused.code == "SessionNotFound"


def test_a_tag_reaches_all_who_have_it_wherever_they_are() -> None:
    """Tags are not bound to a repository; the sender is left out."""
    everyone = (
        candidate("a", "worker", repository="/away"),
        candidate("b", "worker", "web"),
        candidate("c", "web"),
        candidate("d", "worker", repository=None),
    )
    assert names(TagTarget(tag="worker"), "b", *everyone) == ["a", "d"]
    assert names(TagTarget(tag="worker"), "c", *everyone) == ["a", "b", "d"]


def test_a_tag_nobody_else_has_is_an_error_that_names_those_in_use() -> None:
    """Success for a message nobody got is what upstream is blamed for most."""
    everyone = (candidate("a", "worker", "web"), candidate("b", "only"))
    refused = refusal_of(TagTarget(tag="workers"), "b", *everyone)
    assert refused.code == "NoRecipients"
    assert "worker" in (refused.hint or "")
    assert "only" in refusal_of(TagTarget(tag="only"), "b", *everyone).message
    assert "no other has a tag" in (
        refusal_of(TagTarget(tag="x"), "a", *everyone[:1]).hint or ""
    )


def test_a_broadcast_stays_in_the_senders_repository() -> None:
    """All its worktrees, nobody else's; the server only when asked for."""
    everyone = (
        candidate("a"),
        candidate("b", worktree="/feature"),
        candidate("c", repository="/away"),
        candidate("d", repository=None),
    )
    assert names(BroadcastTarget(scope="repository"), "a", *everyone) == ["b"]
    assert names(BroadcastTarget(scope="server"), "a", *everyone) == ["b", "c", "d"]
    refused = refusal_of(BroadcastTarget(scope="repository"), "c", *everyone)
    assert refused.code == "NoRecipients"
    assert '{"broadcast": "server"}' in (refused.hint or "")
    refused = refusal_of(BroadcastTarget(scope="server"), "a", everyone[0])
    assert refused.code == "NoRecipients"


def test_a_broadcast_from_outside_of_any_repository_has_no_repository() -> None:
    """Two sessions outside of any repository have nothing in common by that."""
    loose = [candidate(n, repository=None, cwd="/tmp") for n in "ab"]
    refused = refusal_of(BroadcastTarget(scope="repository"), "a", *loose)
    assert refused.code == "NoRepository"
    assert "/tmp" in refused.message
    assert refused.hint


def test_a_worktree_reaches_who_works_in_exactly_that_one() -> None:
    """A worktree inside another's directory is not part of it."""
    everyone = (
        candidate("main"),
        candidate("deep", cwd="/repo/src"),
        candidate("inner", worktree="/repo/.trees/x", cwd="/repo/.trees/x/src"),
        candidate("away", repository="/away", worktree="/away"),
        candidate("loose", repository=None, worktree=None),
    )
    target = WorktreeTarget(path="src")
    assert names(target, "deep", *everyone, worktree_root="/repo") == ["main"]
    assert names(target, "away", *everyone, worktree_root="/repo/.trees/x") == ["inner"]
    refused = refusal_of(target, "away", *everyone, worktree_root="/away")
    assert refused.code == "NoRecipients"
    refused = refusal_of(target, "away", *everyone, worktree_root=None)
    assert refused.code == "NoRepository"


# Against a plain model

TAGS = ["orchestrator", "worker", "web"]
PLACES = [None, "/r1", "/r2"]
IDS = [f"id-{number}" for number in range(6)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Candidate], dict[str, str | None]]:
    living = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    parents = {one: draw(st.none() | st.sampled_from(IDS)) for one in IDS}
    return [
        Candidate(
            session_id=one,
            session_name=f"name-{one}",
            tags=draw(st.frozensets(st.sampled_from(TAGS))),
            parent=parents[one],
            cwd="/",
            repository=draw(st.sampled_from(PLACES)),
            worktree=draw(st.sampled_from(PLACES)),
        )
        for one in living
    ], {one: parents[one] for one in IDS if one not in living}


targets = (
    st.just(OrchestratorTarget())
    | st.builds(SessionTarget, session=st.sampled_from(IDS).map("name-{}".format))
    | st.builds(TagTarget, tag=st.sampled_from(TAGS))
    | st.builds(BroadcastTarget, scope=st.sampled_from(["repository", "server"]))
    | st.builds(WorktreeTarget, path=st.just("x"))
)


def model(
    target: Target,
    me: Candidate,
    everyone: list[Candidate],
    root: str | None,
    ended: dict[str, str | None],
) -> list[str] | str:
    """The public contract, sentence by sentence, without care for speed."""
    others = [one for one in everyone if one is not me]
    living = {one.session_id: one for one in everyone}
    if isinstance(target, SessionTarget):
        same = [one for one in everyone if one.session_name == target.session]
        return [one.session_id for one in same] or "SessionNotFound"
    found: list[Candidate] = []
    if isinstance(target, OrchestratorTarget):
        above: list[str] = []
        step = me.parent
        while step and step not in above:
            above.append(step)
            step = living[step].parent if step in living else ended[step]
        tagged = [one for one in others if "orchestrator" in one.tags]
        on_the_way = [o for a in above for o in tagged if o.session_id == a]
        home = [o for o in tagged if me.repository and o.repository == me.repository]
        # The sender may stand on its own way only if that goes in a circle.
        if me.session_id in above:
            reach = above[: above.index(me.session_id)]
            on_the_way = [o for o in on_the_way if o.session_id in reach]
        found = on_the_way[:1] or home or tagged
    elif isinstance(target, TagTarget):
        found = [one for one in others if target.tag in one.tags]
    elif isinstance(target, WorktreeTarget):
        if root is None:
            return "NoRepository"
        found = [one for one in others if one.worktree == root]
    elif target.scope == "server":
        found = others
    elif me.repository is None:
        return "NoRepository"
    else:
        found = [one for one in others if one.repository == me.repository]
    return [one.session_id for one in found] or "NoRecipients"


@untimed
@given(worlds(), targets, st.data())
def test_resolving_agrees_with_the_contract_taken_literally(
    world: tuple[list[Candidate], dict[str, str | None]],
    target: Target,
    data: st.DataObject,
) -> None:
    """Any sessions, any parents (circles too), any target."""
    everyone, ended = world
    sender = data.draw(st.sampled_from(everyone))
    root = data.draw(st.sampled_from(PLACES))
    found: list[str] | str
    try:
        found = list(
            resolve(
                target,
                sender,
                {one.session_id: one for one in everyone},
                worktree_root=root,
                parents=ended,
            )
        )
    except Refused as refusal:
        found = refusal.code
    assert found == model(target, sender, everyone, root, ended)
