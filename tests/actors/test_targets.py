"""Targets: every form is read, and each means the sessions it should."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from strategies import json_values, untimed

from fugue_actors.actors.targets import (
    AllOfTarget,
    AnyOfTarget,
    BroadcastTarget,
    Directory,
    NotTarget,
    OrchestratorTarget,
    SessionTarget,
    StateTarget,
    TagTarget,
    Target,
    WorktreeTarget,
    is_broad,
    leaves,
    newcomers,
    parse_address,
    parse_target,
    resolve,
    target_json,
)
from fugue_actors.actors.targets.parsing import DEEPEST, MOST_PARTS
from fugue_actors.errors import Refused
from fugue_actors.journal import State
from fugue_actors.protocol.events import (
    Event,
    Recorded,
    SessionClosed,
    SessionOpened,
    StatusReported,
    TagsChanged,
)
from fugue_actors.protocol.values import ReportedStatus, Scope, Session

if TYPE_CHECKING:
    from collections.abc import Iterable

UUID = "123e4567-e89b-42d3-a456-426614174000"
FORMS: list[tuple[dict[str, Any], Target]] = [
    ({"orchestrator": True}, OrchestratorTarget()),
    ({"session": "bob"}, SessionTarget(session="bob")),
    ({"session": UUID}, SessionTarget(session=UUID)),
    ({"tag": "team/web"}, TagTarget(tag="team/web")),
    ({"broadcast": True}, BroadcastTarget(scope="repository")),
    ({"broadcast": "server"}, BroadcastTarget(scope="server")),
    ({"worktree": "../feature ä"}, WorktreeTarget(path="../feature ä")),
    ({"state": "idle"}, StateTarget(state="idle")),
    (
        {"all": [{"tag": "a"}, {"state": "blocked"}]},
        AllOfTarget(parts=(TagTarget(tag="a"), StateTarget(state="blocked"))),
    ),
    ({"any": [{"tag": "a"}]}, AnyOfTarget(parts=(TagTarget(tag="a"),))),
    (
        {"not": {"any": [{"not": {"tag": "a"}}]}},
        NotTarget(part=AnyOfTarget(parts=(NotTarget(part=TagTarget(tag="a")),))),
    ),
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
        ({"state": "asleep"}, "takes one of idle, working"),
        ({"state": ["idle"]}, "takes one of"),
        ({"all": []}, "a list of one or more targets"),
        ({"any": {"tag": "a"}}, "a list of one or more targets"),
        ({"any": "tag"}, "neither an object nor its JSON"),
        ({"all": [{"tag": "a"}, "b"]}, "neither an object nor its JSON"),
        ({"all": [{"tag": "a", "state": "idle"}]}, "exactly one key"),
        ({"not": [{"tag": "a"}]}, "not an object"),
        ({"not": {"tag": "a", "deliver": "one"}}, "exactly one key"),
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
    st.sampled_from(
        [
            *("orchestrator", "session", "tag", "broadcast", "worktree", "state"),
            *("all", "any", "not", "deliver", "x"),
        ]
    ),
    json_values
    | st.sampled_from([True, "server", "worker", "idle", "one", {"tag": "a"}])
    | st.just([{"tag": "a"}, '{"state": "idle"}']),
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


def candidate(name: str, *tags: str, **more: Any) -> Session:
    fields: dict[str, Any] = {
        "session_id": f"id-{name}",
        "kind": "pane",
        "parent": None,
        "cwd": "/repo",
        "repository": "/repo",
        "worktree": "/repo",
    } | more
    if isinstance(status := fields.get("status"), str):
        fields["status"] = ReportedStatus(status=status, message=None, since="")
    return Session(session_name=name, tags=tuple(sorted(tags)), **fields)


def a_directory(
    everyone: Iterable[Session], parents: dict[str, str | None] | None = None
) -> Directory:
    everyone = tuple(everyone)
    return Directory(
        State(
            sessions={one.session_id: one for one in everyone},
            names={one.session_name: one.session_id for one in everyone},
            parents=parents or {},
        )
    )


def scope_of(sender: Session, target: Target, root: str | None = None) -> Scope:
    """Where a sender stands; every path in the target leads to `root`."""
    paths = [leaf.path for leaf in leaves(target) if isinstance(leaf, WorktreeTarget)]
    return Scope(
        parent=sender.parent,
        cwd=sender.cwd,
        repository=sender.repository,
        worktrees={} if root is None else dict.fromkeys(paths, root),
    )


def names(
    target: Target,
    sender: str,
    *everyone: Session,
    worktree_root: str | None = None,
    parents: dict[str, str | None] | None = None,
) -> list[str]:
    """Names of the recipients."""
    directory = a_directory(everyone, parents)
    scope = scope_of(directory.known[f"id-{sender}"], target, worktree_root)
    found = resolve(target, f"id-{sender}", scope, directory)
    return [directory.known[one].session_name for one in found]


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
    everyone = (
        candidate("bob", session_id="id-bob"),
        candidate("ann", session_id=UUID),
    )
    for session in ("ann", UUID, UUID.upper()):
        assert names(SessionTarget(session=session), "bob", *everyone) == ["ann"]
    assert names(SessionTarget(session="bob"), "bob", *everyone) == ["bob"]


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


# Combining

A, B, C = TagTarget(tag="a"), TagTarget(tag="b"), StateTarget(state="idle")
TEAM = (
    candidate("me", "a", status="idle"),
    candidate("one", "a"),
    candidate("two", "a", "b", status="idle"),
    candidate("three", "b", status="working", repository="/away"),
)


def test_a_state_means_who_last_reported_it() -> None:
    """Who has not reported anything is in no state."""
    assert names(C, "me", *TEAM) == ["two"]
    assert names(NotTarget(part=C), "me", *TEAM) == ["one", "three"]
    refused = refusal_of(StateTarget(state="error"), "me", *TEAM)
    assert "no other session last reported 'error'" in refused.message


def test_targets_are_combined_as_sets_of_the_others() -> None:
    """The sender is in none of them, whatever is excluded."""
    assert names(AllOfTarget(parts=(A, B)), "me", *TEAM) == ["two"]
    assert names(AnyOfTarget(parts=(B, A)), "me", *TEAM) == ["one", "two", "three"]
    assert names(AllOfTarget(parts=(A, NotTarget(part=B))), "me", *TEAM) == ["one"]
    assert names(NotTarget(part=B), "me", *TEAM) == ["one"]
    nothing = NotTarget(part=TagTarget(tag="nobody"))
    assert names(nothing, "me", *TEAM) == ["one", "two", "three"]


def test_oneself_is_meant_by_name_alone_and_never_by_a_combination() -> None:
    """A note to oneself is meant; being one of several is an accident."""
    me = SessionTarget(session="me")
    assert names(me, "me", *TEAM) == ["me"]
    one = SessionTarget(session="one")
    assert names(AnyOfTarget(parts=(me, one)), "me", *TEAM) == ["one"]
    refused = refusal_of(AnyOfTarget(parts=(me,)), "me", *TEAM)
    assert refused.code == "NoRecipients"


def test_a_part_may_mean_nobody_as_long_as_the_whole_means_somebody() -> None:
    """Whoever writes `any` of several does not know which there are."""
    nobody = TagTarget(tag="nobody")
    assert names(AnyOfTarget(parts=(nobody, B)), "me", *TEAM) == ["two", "three"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            AllOfTarget(parts=(A, TagTarget(tag="x"))),
            "no session is tagged 'x', and all",
        ),
        (AllOfTarget(parts=(C, StateTarget(state="working"))), "no session fits all"),
        (
            AnyOfTarget(parts=(TagTarget(tag="x"), StateTarget(state="error"))),
            "no session is tagged 'x'; no other session last reported 'error'",
        ),
        (NotTarget(part=BroadcastTarget(scope="server")), "that is excluded"),
        (
            AnyOfTarget(parts=(NotTarget(part=NotTarget(part=TagTarget(tag="x"))),)),
            "every other session is meant by {",
        ),
        (
            AllOfTarget(parts=(SessionTarget(session="me"), A)),
            "you alone are meant, and nobody gets its own message",
        ),
    ],
)
def test_a_combination_that_means_nobody_says_which_part_is_to_blame(
    target: Target, said: str
) -> None:
    """The next attempt can be right."""
    refused = refusal_of(target, "me", *TEAM)
    assert refused.code == "NoRecipients"
    assert said in refused.message
    assert refused.hint
    assert refused.data == {"target": target_json(target)}


def test_a_combination_without_anybody_else_says_that_and_no_more() -> None:
    """No part of it is wrong."""
    for target in (AllOfTarget(parts=(A,)), AnyOfTarget(parts=(A,)), NotTarget(part=A)):
        refused = refusal_of(target, "me", TEAM[0])
        assert "there is no other session" in refused.message


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (SessionTarget(session="on"), "SessionNotFound"),
        (BroadcastTarget(scope="repository"), "NoRepository"),
        (WorktreeTarget(path="x"), "NoRepository"),
    ],
)
def test_what_is_wrong_by_itself_is_wrong_anywhere_inside(
    part: Target, code: str
) -> None:
    """A slip of the pen must not silently mean fewer."""
    loose = candidate("loose", repository=None)
    for target in (
        AnyOfTarget(parts=(A, part)),
        AllOfTarget(parts=(TagTarget(tag="nobody"), NotTarget(part=part))),
    ):
        assert refusal_of(target, "loose", loose, *TEAM).code == code


def test_how_a_message_is_delivered_may_stand_in_the_target_or_beside_it() -> None:
    """Agents put it where they like; it is no part of the target itself."""
    for value, beside in (
        ({"tag": "a", "deliver": "one"}, None),
        ({"tag": "a"}, "one"),
        ('{"deliver": "one", "tag": "a"}', "one"),
    ):
        address = parse_address(value, beside)
        assert (address.target, address.deliver) == (A, "one")
    assert parse_address({"tag": "a"}).deliver == "all"
    for value, beside, said in (
        ({"tag": "a", "deliver": "some"}, None, '"deliver" takes'),
        ({"tag": "a"}, "some", '"deliver" takes'),
        ({"tag": "a", "deliver": ["one"]}, None, '"deliver" takes'),
        ({"tag": "a", "deliver": "all"}, "one", "beside it"),
        ({"deliver": "one"}, None, "exactly one key"),
        ({"all": [{"tag": "a", "deliver": "one"}]}, None, "exactly one key"),
    ):
        with pytest.raises(Refused) as refusal:
            parse_address(value, beside)
        assert refusal.value.code == "InvalidTarget"
        assert said in refusal.value.message


def test_a_target_has_bounds() -> None:
    """Nobody can make the router work for long."""
    deep: dict[str, Any] = {"tag": "a"}
    for _ in range(DEEPEST - 1):
        deep = {"not": deep}
    parse_target(deep)
    parse_target(json.dumps(deep))
    wide = {"any": [{"tag": "a"}] * (MOST_PARTS - 1)}
    parse_target(wide)
    for value, said in (
        ({"not": deep}, "levels deep"),
        ({"any": [*wide["any"], {"tag": "a"}]}, "at most 64 parts"),
        ({"any": [wide, wide]}, "at most 64 parts"),
    ):
        with pytest.raises(Refused) as refusal:
            parse_target(value)
        assert refusal.value.code == "InvalidTarget"
        assert said in refusal.value.message


def test_what_means_everybody_but_some_counts_as_a_broadcast() -> None:
    """Else the limit on broadcasts were one `any` away."""
    everybody = BroadcastTarget(scope="server")
    broad = [everybody, NotTarget(part=A), AnyOfTarget(parts=(A, everybody))]
    broad.append(AllOfTarget(parts=(everybody, NotTarget(part=A))))
    narrow = [A, C, AllOfTarget(parts=(everybody, A)), AnyOfTarget(parts=(A, B))]
    assert [is_broad(target) for target in broad] == [True] * len(broad)
    assert [is_broad(target) for target in narrow] == [False] * len(narrow)


# Later


def test_newcomers_are_those_a_target_means_by_then() -> None:
    """The sender may have ended, and so may those it named."""
    gone = SessionTarget(session="gone")
    scope = Scope(parent=None, cwd="/repo", repository="/repo")
    directory = a_directory(TEAM[1:])
    assert newcomers(AnyOfTarget(parts=(gone, B)), "id-me", scope, directory) == {
        "id-two",
        "id-three",
    }
    assert newcomers(TagTarget(tag="x"), "id-me", scope, directory) == set()
    assert newcomers(WorktreeTarget(path="x"), "id-me", scope, directory) == set()
    here = BroadcastTarget(scope="repository")
    assert newcomers(here, "id-me", scope, directory) == {"id-one", "id-two"}


# Against a plain model

TAGS = ["orchestrator", "worker", "web"]
PLACES = [None, "/r1", "/r2"]
IDS = [f"id-{number}" for number in range(6)]
STATES = ["idle", "working"]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Session], dict[str, str | None]]:
    living = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    parents = {one: draw(st.none() | st.sampled_from(IDS)) for one in IDS}
    return [
        candidate(
            f"name-{one}",
            *draw(st.frozensets(st.sampled_from(TAGS))),
            session_id=one,
            parent=parents[one],
            cwd="/",
            repository=draw(st.sampled_from(PLACES)),
            worktree=draw(st.sampled_from(PLACES)),
            status=draw(st.none() | st.sampled_from(STATES)),
        )
        for one in living
    ], {one: parents[one] for one in IDS if one not in living}


simple = (
    st.just(OrchestratorTarget())
    | st.builds(SessionTarget, session=st.sampled_from(IDS).map("name-{}".format))
    | st.builds(TagTarget, tag=st.sampled_from(TAGS))
    | st.builds(BroadcastTarget, scope=st.sampled_from(["repository", "server"]))
    | st.builds(WorktreeTarget, path=st.just("x"))
    | st.builds(StateTarget, state=st.sampled_from(STATES))
)
targets: st.SearchStrategy[Target] = st.recursive(
    simple,
    lambda inner: (
        st.builds(AllOfTarget, parts=st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(
            AnyOfTarget, parts=st.lists(inner, min_size=1, max_size=3).map(tuple)
        )
        | st.builds(NotTarget, part=inner)
    ),
    max_leaves=6,
)


class Model:
    """The public contract, sentence by sentence, without care for speed."""

    def __init__(
        self,
        me: Session,
        everyone: list[Session],
        root: str | None,
        ended: dict[str, str | None],
    ) -> None:
        self.me = me
        self.everyone = everyone
        self.others = [one for one in everyone if one is not me]
        self.root = root
        self.ended = ended

    def whole(self, target: Target) -> list[str] | set[str]:
        """Those who get a message, or what may be said if nobody does."""
        if isinstance(target, SessionTarget):
            same = [o for o in self.everyone if o.session_name == target.session]
            return [one.session_id for one in same] or {"SessionNotFound"}
        # Several things may be wrong at once; which is said first is open.
        if wrong := {code for leaf in leaves(target) if (code := self.wrong(leaf))}:
            return wrong
        found = self.meant(target)
        return [o.session_id for o in self.others if o in found] or {"NoRecipients"}

    def wrong(self, leaf: Target) -> str | None:
        """What is wrong with a part by itself."""
        match leaf:
            case SessionTarget(session=name):
                if all(one.session_name != name for one in self.everyone):
                    return "SessionNotFound"
            case WorktreeTarget() if self.root is None:
                return "NoRepository"
            case BroadcastTarget(scope="repository") if self.me.repository is None:
                return "NoRepository"
        return None

    def meant(self, target: Target) -> list[Session]:
        """Those of the others that a target means."""
        match target:
            case OrchestratorTarget():
                return self.orchestrators()
            case SessionTarget(session=name):
                return [one for one in self.others if one.session_name == name]
            case TagTarget(tag=tag):
                return [one for one in self.others if tag in one.tags]
            case StateTarget(state=state):
                return [o for o in self.others if o.status and o.status.status == state]
            case WorktreeTarget():
                return [one for one in self.others if one.worktree == self.root]
            case BroadcastTarget(scope="server"):
                return self.others
            case BroadcastTarget():
                home = self.me.repository
                return [one for one in self.others if one.repository == home]
            case AllOfTarget(parts=parts):
                sets = [self.meant(part) for part in parts]
                return [o for o in self.others if all(o in found for found in sets)]
            case AnyOfTarget(parts=parts):
                sets = [self.meant(part) for part in parts]
                return [o for o in self.others if any(o in found for found in sets)]
            case NotTarget(part=part):
                found = self.meant(part)
                return [one for one in self.others if one not in found]

    def orchestrators(self) -> list[Session]:
        living = {one.session_id: one for one in self.everyone}
        above: list[str] = []
        step = self.me.parent
        while step and step not in above:
            above.append(step)
            step = living[step].parent if step in living else self.ended[step]
        tagged = [one for one in self.others if "orchestrator" in one.tags]
        on_the_way = [o for a in above for o in tagged if o.session_id == a]
        mine = self.me.repository
        home = [o for o in tagged if mine and o.repository == mine]
        # The sender may stand on its own way only if that goes in a circle.
        if self.me.session_id in above:
            reach = above[: above.index(self.me.session_id)]
            on_the_way = [o for o in on_the_way if o.session_id in reach]
        return on_the_way[:1] or home or tagged


@untimed
@given(worlds(), targets, st.data())
def test_resolving_agrees_with_the_contract_taken_literally(
    world: tuple[list[Session], dict[str, str | None]],
    target: Target,
    data: st.DataObject,
) -> None:
    """Any sessions, any parents (circles too), any target, however combined."""
    everyone, ended = world
    sender = data.draw(st.sampled_from(everyone))
    root = data.draw(st.sampled_from(PLACES))
    expected = Model(sender, everyone, root, ended).whole(target)
    directory = a_directory(everyone, ended)
    scope = scope_of(sender, target, root)
    found: list[str] | str
    try:
        found = list(resolve(target, sender.session_id, scope, directory))
    except Refused as refusal:
        found = refusal.code
    if isinstance(expected, list):
        assert found == expected
    else:
        assert found in expected
    assert parse_target(target_json(target)) == target


# Who is there


class Changes(RuleBasedStateMachine):
    """Sessions come, go and change, and the directory is told of each event."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.directory = Directory(self.state)
        self.seq = 0

    def happen(self, event: Event) -> None:
        self.seq += 1
        self.state.apply(Recorded(seq=self.seq, at="now", event=event))
        self.directory.notice(event)

    @rule(number=st.integers(0, 5), tags=st.frozensets(st.sampled_from(TAGS)))
    def open(self, number: int, tags: frozenset[str]) -> None:
        if f"id-{number}" not in self.state.sessions:
            place = PLACES[number % 3]
            session = candidate(str(number), *tags, repository=place, worktree=place)
            self.happen(SessionOpened(session=session))

    @rule(number=st.integers(0, 5))
    def close(self, number: int) -> None:
        self.happen(SessionClosed(session_id=f"id-{number}", reason="ended"))

    @rule(number=st.integers(0, 5), tags=st.frozensets(st.sampled_from(TAGS)))
    def tag(self, number: int, tags: frozenset[str]) -> None:
        self.happen(TagsChanged(session_id=f"id-{number}", tags=tuple(sorted(tags))))

    @rule(number=st.integers(0, 5), status=st.sampled_from(STATES))
    def report(self, number: int, status: str) -> None:
        report = ReportedStatus(status=status, message=None, since="now")
        self.happen(StatusReported(session_id=f"id-{number}", status=report))

    @invariant()
    def is_what_a_new_one_would_be(self) -> None:
        fresh = Directory(self.state)
        assert self.directory.known == fresh.known
        assert self.directory.tags == fresh.tags
        assert self.directory.statuses == fresh.statuses
        assert self.directory.repositories == fresh.repositories
        assert self.directory.worktrees == fresh.worktrees
        everybody = self.directory.everybody
        assert self.directory.in_order(everybody) == fresh.in_order(everybody)


Changes.TestCase.settings = untimed
TestChanges = Changes.TestCase
