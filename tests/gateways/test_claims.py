"""Which messages a connection has on its way, and when they count as received."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fugue_actors.gateways.claims import Claims


def sent(claims: Claims, request: int, position: int) -> None:
    """The answer to a request is written, and leaves the daemon."""
    claims.written(request)
    claims.handed_over(request, position)


def test_a_request_after_the_answer_proves_what_the_answer_carried() -> None:
    """Noted, written, handed over, proved: each message takes the last step once."""
    claims = Claims()
    claims.note(1, "ann", ("a", "b"))
    assert claims.proof(9) == {}
    claims.written(1)
    assert claims.proof(9) == {}
    claims.handed_over(1, 3)
    assert claims.proof(4) == {"ann": ("a", "b")}
    assert claims.proof(9) == {}


def test_a_request_that_had_arrived_when_the_answer_left_proves_nothing() -> None:
    """What had begun to arrive was said before the answer could be seen."""
    claims = Claims()
    claims.note(1, "ann", ("a",))
    sent(claims, 1, position=3)
    assert claims.proof(2) == {}
    assert claims.proof(3) == {"ann": ("a",)}


def test_answers_that_left_one_after_the_other_are_proved_together() -> None:
    """In the order they were written, for each session its own."""
    claims = Claims()
    for request, session, message in (
        (1, "ann", "a"),
        (2, "bob", "b"),
        (3, "ann", "c"),
    ):
        claims.note(request, session, (message,))
        sent(claims, request, position=1)
    assert claims.proof(2) == {"ann": ("a", "c"), "bob": ("b",)}


def test_a_cancellation_withdraws_an_answer_before_and_after_it_left() -> None:
    """Its client throws it away either way; afterwards nothing is left to prove."""
    claims = Claims()
    for request in (1, 2):
        claims.note(request, "ann", (f"m{request}",))
        claims.written(request)
    claims.handed_over(1, 1)
    assert claims.withdrawn(1, is_under_way=False) == ("ann", ("m1",))
    assert claims.withdrawn(2, is_under_way=True) == ("ann", ("m2",))
    assert claims.withdrawn(2, is_under_way=False) is None
    claims.handed_over(2, 1)
    assert claims.proof(9) == {}


def test_a_cancellation_before_the_answer_makes_it_one_that_nobody_wants() -> None:
    """It may be written all the same, where the two cross inside the daemon."""
    claims = Claims()
    for request in ("known by then", "not yet"):
        if request == "known by then":
            claims.note(request, "ann", ("a",))
        assert claims.withdrawn(request, is_under_way=True) is None
        claims.note(request, "ann", ("a",))
        assert claims.written(request) == ("ann", ("a",))
        claims.handed_over(request, 1)
        assert claims.proof(9) == {}
    assert not claims.noted
    assert not claims.unwanted


def test_a_cancelled_request_is_forgotten_with_its_end() -> None:
    """Ids come again; the next request of this name is another."""
    claims = Claims()
    claims.withdrawn(1, is_under_way=True)
    assert claims.unwritten(1) is None
    claims.note(1, "ann", ("a",))
    assert claims.written(1) is None
    claims.withdrawn(2, is_under_way=False)
    claims.note(2, "ann", ("b",))
    assert claims.written(2) is None


def test_an_answer_that_is_not_written_gives_its_messages_back_once() -> None:
    """And what was given back is never proved."""
    claims = Claims()
    claims.note(1, "ann", ("a",))
    assert claims.unwritten(1) == ("ann", ("a",))
    assert claims.unwritten(1) is None
    sent(claims, 1, position=1)
    assert claims.proof(9) == {}


def test_an_answer_that_was_written_has_nothing_to_give_back() -> None:
    """It may have arrived; whoever thinks otherwise learns it from the connection's end."""
    claims = Claims()
    claims.note(1, "ann", ("a",))
    sent(claims, 1, position=1)
    assert claims.unwritten(1) is None
    assert claims.proof(2) == {"ann": ("a",)}


def test_an_answer_without_messages_is_not_kept() -> None:
    """Most answers carry none, and a connection lives for days."""
    claims = Claims()
    claims.note(1, "ann", ())
    assert claims.noted == {}
    sent(claims, 1, position=1)
    claims.written("never noted")
    assert claims.proof(9) == {}


def test_what_is_acknowledged_by_hand_no_request_proves() -> None:
    """Its agent may still want to give it back after it has looked at it."""
    claims = Claims()
    claims.note(1, "ann", ("a",), by_hand=True)
    claims.note(2, "ann", ("b",))
    for request in (1, 2):
        sent(claims, request, position=1)
    assert claims.proof(2) == {"ann": ("b",)}
    assert not claims.outstanding


def test_what_is_acknowledged_by_hand_is_given_back_where_it_was_not_received() -> None:
    """A cancelled or unwritten answer was seen by nobody who could acknowledge it."""
    claims = Claims()
    claims.note(1, "ann", ("a",), by_hand=True)
    assert claims.unwritten(1) == ("ann", ("a",))
    claims.note(2, "ann", ("b",), by_hand=True)
    sent(claims, 2, position=1)
    assert claims.withdrawn(2, is_under_way=False) == ("ann", ("b",))


def test_a_proof_that_could_not_be_recorded_is_given_again_by_the_next_request() -> (
    None
):
    """A disk that was full for a moment must not leave messages claimed for days."""
    claims = Claims()
    claims.note(1, "ann", ("a",))
    sent(claims, 1, position=1)
    assert claims.proof(2) == {"ann": ("a",)}
    claims.unproved("ann", ("a",))
    assert claims.proof(0) == {"ann": ("a",)}
    assert claims.proof(9) == {}


class ClaimsMachine(RuleBasedStateMachine):
    """Every message is in exactly one place: noted, outstanding, proved or given back."""

    def __init__(self) -> None:
        super().__init__()
        self.claims = Claims()
        self.number = 0
        self.under_way: dict[int, tuple[str, tuple[str, ...]]] = {}
        self.written_ones: dict[str, tuple[str, ...]] = {}

    @rule(session=st.sampled_from(["ann", "bob"]), count=st.integers(0, 3))
    def note(self, session: str, count: int) -> None:
        self.number += 1
        ids = tuple(f"{self.number}.{place}" for place in range(count))
        self.claims.note(self.number, session, ids)
        self.under_way[self.number] = (session, ids)

    @rule(pick=st.integers(0, 100))
    def write(self, pick: int) -> None:
        if self.under_way:
            request = sorted(self.under_way)[pick % len(self.under_way)]
            sent(self.claims, request, position=0)
            session, ids = self.under_way.pop(request)
            if ids:
                self.written_ones[session] = self.written_ones.get(session, ()) + ids

    @rule(pick=st.integers(0, 100))
    def drop(self, pick: int) -> None:
        if self.under_way:
            request = sorted(self.under_way)[pick % len(self.under_way)]
            claim = self.under_way.pop(request)
            assert self.claims.unwritten(request) == (claim if claim[1] else None)

    @rule()
    def prove(self) -> None:
        assert self.claims.proof(1) == self.written_ones
        self.written_ones = {}

    @invariant()
    def nothing_is_kept_for_longer_than_it_matters(self) -> None:
        assert set(self.claims.noted) <= set(self.under_way)


TestClaims = ClaimsMachine.TestCase
