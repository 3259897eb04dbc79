"""The ledger's promises, one by one, as its docstring numbers them."""

from __future__ import annotations

import attrs
import pytest
from ledgerstory import Story

from fugue_actors.journal import ledger as module
from fugue_actors.journal.ledger import Ledger
from fugue_actors.protocol.values import Sender, Terms

KEPT = Terms(retain_until="2026-01-02T00:00:00.000Z")


def steps(story: Story, message_id: str, name: str) -> list[tuple[str, str, object]]:
    row = story.ledger.messages[message_id].recipients[f"id-{name}"]
    return [*map(attrs.astuple, row.steps), (row.state, row.at, row.evidence)]


# 1. Rows


def test_each_step_of_a_row_keeps_its_time_and_what_shows_it() -> None:
    """A sender can be shown why the daemon believes what it says."""
    story = Story("ann", "bob")
    story.send("m1", "bob")
    story.offer("m1", "bob")
    story.give_back("m1", "bob")
    story.offer("m1", "bob")
    story.consume("m1", "bob")
    assert steps(story, "m1", "bob") == [
        ("queued", "t3", None),
        ("offered", "t4", "/c"),
        ("queued", "t5", None),
        ("offered", "t6", "/c"),
        ("consumed", "t7", "it is"),
    ]


def test_a_redelivery_stays_one_although_it_was_given_back_unseen_later() -> None:
    """What may have been seen once is a possible duplicate for ever."""
    story = Story("ann", "bob")
    story.send("m1", "bob")
    for seen in (True, False):
        story.offer("m1", "bob")
        story.give_back("m1", "bob", seen=seen)
    (envelope,) = story.ledger.inbox("id-bob")
    assert envelope.redelivered


def test_whoever_gets_a_job_after_another_hears_that_it_may_have_been_begun() -> None:
    """Else a job that kills its worker kills the next one unwarned, and all of them."""
    story = Story("ann", "bob", "cid", "dan")
    for id in ("m1", "m2"):
        story.send(id, "bob", "cid", "dan", deliver="one")
        story.offer(id, "bob")
    story.give_back("m1", "bob")
    story.close("bob")
    for name in ("cid", "dan"):
        inbox = story.ledger.inbox(f"id-{name}")
        assert [(one.id, one.redelivered) for one in inbox] == [
            ("m1", True),
            ("m2", True),
        ]


@pytest.mark.parametrize("state", ["queued", "offered", "consumed"])
def test_who_answers_a_message_has_it_however_it_got_it(state: str) -> None:
    """The answer is the best proof, and it names itself as such."""
    story = Story("ann", "bob")
    story.send("m1", "bob")
    if state != "queued":
        story.offer("m1", "bob")
    if state == "consumed":
        story.consume("m1", "bob")
    bob = Sender(session_id="id-bob", session_name="bob", attested="process")
    story.send("m2", "ann", sender=bob, in_reply_to="m1")
    assert steps(story, "m1", "bob")[-2:] == [
        (state, *steps(story, "m1", "bob")[-2][1:]),
        ("answered", f"t{story.seq}", "m2"),
    ]
    assert story.inbox("bob") == []
    assert list(story.ledger.finished) == ["m1"]


def test_what_has_ended_is_not_answered_and_an_answer_of_another_changes_nothing() -> (
    None
):
    """A late answer does not turn `expired` into something better, nor a stranger's."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob")
    cid = Sender(session_id="id-cid", session_name="cid", attested="process")
    story.send("m2", "ann", sender=cid, in_reply_to="m1")
    assert story.rows("m1") == {"bob": "queued"}
    story.end("m1", "bob")
    bob = Sender(session_id="id-bob", session_name="bob", attested="process")
    story.send("m3", "ann", sender=bob, in_reply_to="m1")
    assert story.rows("m1") == {"bob": "expired"}


@pytest.mark.parametrize("refused", [(), ("ann",)])
def test_what_the_sender_does_not_get_is_no_answer(refused: tuple[str, ...]) -> None:
    """Bob asks somebody else first, or ann's inbox is full: she has heard nothing."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob")
    bob = Sender(session_id="id-bob", session_name="bob", attested="process")
    story.send("m2", "cid", sender=bob, in_reply_to="m1", refused=refused)
    assert story.rows("m1") == {"bob": "queued"}
    assert story.inbox("bob") == ["m1"]
    story.send("m3", "ann", sender=bob, in_reply_to="m1")
    assert story.rows("m1") == {"bob": "answered"}


def test_what_a_connection_holds_does_not_expire_but_can_be_refused() -> None:
    """It may be consumed at this moment; only whoever has it can say no."""
    story = Story("ann", "bob")
    story.send("m1", "bob")
    story.offer("m1", "bob")
    story.end("m1", "bob")
    assert story.rows("m1") == {"bob": "offered"}
    story.end("m1", "bob", state="refused")
    assert story.rows("m1") == {"bob": "refused"}
    assert story.inbox("bob") == []


# 2. Inboxes


def test_an_inbox_is_read_by_priority_and_then_in_the_order_of_sending() -> None:
    """Priority overtakes, and nothing is swapped within it, not even by a return."""
    story = Story("ann", "bob")
    for number, priority in enumerate(("low", "normal", "high", "normal", "high")):
        story.send(f"m{number}", "bob", priority=priority)
    assert story.inbox("bob") == ["m2", "m4", "m1", "m3", "m0"]
    story.offer("m1", "bob")
    story.give_back("m1", "bob")
    assert story.inbox("bob") == ["m2", "m4", "m1", "m3", "m0"]


# 3. For one of several


def test_work_that_was_given_back_is_everybodys_again_in_its_old_place() -> None:
    """Those that waited aside do not get it behind what was sent later."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid", deliver="one")
    story.offer("m1", "bob")
    story.send("m2", "cid")
    assert (story.inbox("bob"), story.inbox("cid")) == (["m1"], ["m2"])
    story.give_back("m1", "bob")
    assert (story.inbox("bob"), story.inbox("cid")) == (["m1"], ["m1", "m2"])
    assert not story.ledger.claimed


@pytest.mark.parametrize("claimed", [True, False])
def test_work_that_one_has_taken_is_in_no_other_inbox_and_finished(
    claimed: bool,
) -> None:
    """One does it; nobody else ever hears of it again."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid", deliver="one", terms=KEPT)
    if claimed:
        story.offer("m1", "bob")
    story.consume("m1", "bob")
    story.join("m1", "ann")
    assert story.rows("m1") == {"bob": "consumed"}
    assert (story.inbox("ann"), story.inbox("bob"), story.inbox("cid")) == ([], [], [])
    assert list(story.ledger.finished) == ["m1"]
    assert not story.ledger.retained
    assert not story.ledger.claimed


def test_work_that_one_has_answered_is_nobody_elses_either() -> None:
    """Whoever answers has done it."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid", deliver="one")
    bob = Sender(session_id="id-bob", session_name="bob", attested="process")
    story.send("m2", "ann", sender=bob, in_reply_to="m1")
    assert story.rows("m1") == {"bob": "answered"}
    assert story.inbox("cid") == []


def test_the_work_of_one_that_ended_or_refused_is_the_others() -> None:
    """A claimer that dies takes nothing along, and neither does one that does not want."""
    story = Story("ann", "bob", "cid", "dan")
    story.send("m1", "bob", "cid", "dan", deliver="one")
    story.offer("m1", "bob")
    story.close("bob")
    assert story.rows("m1") == {"cid": "queued", "dan": "queued"}
    story.offer("m1", "cid")
    story.end("m1", "cid", state="refused")
    assert story.inbox("dan") == ["m1"]
    assert story.to_report == {}


def test_nobody_waits_aside_for_ever_once_the_others_have_ended() -> None:
    """A claim that nobody waits for is not kept, whatever becomes of it."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid", deliver="one")
    story.offer("m1", "bob")
    assert list(story.ledger.claimed) == ["m1"]
    story.close("cid")
    assert not story.ledger.claimed
    assert story.ledger.messages["m1"].open == 1
    story.close("bob")
    assert story.rows("m1") == {"bob": "dead"}
    assert story.to_report == {"m1": ["id-bob"]}


def test_a_newcomer_waits_aside_for_work_that_is_claimed() -> None:
    """Or two would do it."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", deliver="one", terms=KEPT)
    story.offer("m1", "bob")
    story.join("m1", "cid", "bob")
    assert story.inbox("cid") == []
    story.give_back("m1", "bob")
    assert (story.inbox("bob"), story.inbox("cid")) == (["m1"], ["m1"])
    assert story.ledger.messages["m1"].open == 2


# 4. What is to be told


def test_work_has_not_failed_while_a_newcomer_may_still_take_it() -> None:
    """A notice that something is lost must not be overtaken by somebody who does it."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", refused=("cid",), deliver="one", terms=KEPT)
    story.close("bob")
    assert story.to_report == {}
    story.end_retention("m1")
    assert story.to_report == {"m1": ["id-bob", "id-cid"]}


def test_each_recipient_of_a_message_for_all_fails_for_itself() -> None:
    """That others have it is no comfort."""
    story = Story("ann", "bob", "cid", "dan")
    story.send("m1", "bob", "cid", refused=("dan",))
    assert story.to_report == {"m1": ["id-dan"]}
    story.consume("m1", "bob")
    story.end("m1", "cid")
    assert story.to_report == {"m1": ["id-dan", "id-cid"]}


def test_nothing_is_to_be_told_to_whom_does_not_want_to_know() -> None:
    """The sender can switch it off for each message."""
    story = Story("ann", "bob")
    story.send("m1", "bob", terms=Terms(tell_failure=False))
    story.send("m2", terms=attrs.evolve(KEPT, tell_failure=False))
    story.close("bob")
    story.end_retention("m2")
    assert story.to_report == {}
    assert list(story.ledger.finished) == ["m1", "m2"]


# 5. What is remembered


def test_the_newest_finished_messages_stay_as_far_as_their_rows_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand broadcasts to a thousand sessions are not a million rows in memory."""
    monkeypatch.setattr(module, "KEEP_FINISHED", 3)
    monkeypatch.setattr(module, "KEEP_FINISHED_ROWS", 5)
    story = Story("ann", "bob", "cid")
    for number in range(5):
        story.send(f"m{number}", "bob")
        story.consume(f"m{number}", "bob")
    assert list(story.ledger.messages) == ["m2", "m3", "m4"]
    for id in ("m5", "m6"):
        story.send(id, "bob", "cid")
        story.consume(id, "cid")
        story.consume(id, "bob")
    assert list(story.ledger.messages) == ["m4", "m5", "m6"]
    story.send("m7", "ann", "bob", "cid")
    for name in ("ann", "bob", "cid"):
        story.consume("m7", name)
    assert list(story.ledger.messages) == ["m6", "m7"]
    assert story.ledger.finished_rows == 5


def test_few_large_messages_are_kept_when_they_are_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five thousand of 256 KiB would be more than a gigabyte."""
    monkeypatch.setattr(module, "KEEP_FINISHED_CHARACTERS", 5)
    story = Story("ann", "bob")
    for number in range(5):  # a payload of {} has two characters
        story.send(f"m{number}", "bob")
        story.consume(f"m{number}", "bob")
    assert list(story.ledger.messages) == ["m3", "m4"]
    assert story.ledger.finished_characters == 4


def test_only_the_newest_keys_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key protects a retry, not the repetition of last year."""
    monkeypatch.setattr(module, "KEEP_KEYS", 2)
    story = Story("ann", "bob")
    for number in range(4):
        terms = Terms(idempotency_key=f"k{number}", fingerprint=f"f{number}")
        story.send(f"m{number}", "bob", terms=terms)
    assert {key: attrs.astuple(of) for key, of in story.ledger.keys.items()} == {
        ("id-ann", "k2"): ("m2", "f2"),
        ("id-ann", "k3"): ("m3", "f3"),
    }


def test_unfinished_messages_can_be_put_back_as_they_were() -> None:
    """A ledger made from another's open messages goes on where that one stood."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid", deliver="one", terms=KEPT)
    story.send("m2", "bob")
    story.send("m3", "bob", priority="high")
    story.offer("m1", "bob")
    again = Ledger()
    for name in ("ann", "bob", "cid"):
        again.open_inbox(f"id-{name}")
    for record in story.ledger.messages.values():
        again.take_up(record)
    story.state.ledger = again
    assert story.inbox("bob") == ["m3", "m1", "m2"]
    assert list(again.held("id-bob")) == [("m1", "/c")]
    assert list(again.retained) == list(again.claimed) == ["m1"]
    story.give_back("m1", "bob")
    assert story.inbox("cid") == ["m1"]


# 6. What comes too late, or twice


def test_a_message_that_comes_twice_is_one() -> None:
    """Whatever happened to the first stays true."""
    story = Story("ann", "bob", "cid")
    for _ in range(2):
        story.send("m1", "bob", "bob", "cid", refused=("bob", "ann", "ann"))
        story.offer("m1", "bob")
        story.consume("m1", "bob")
    assert story.rows("m1") == {"bob": "consumed", "cid": "queued", "ann": "refused"}
    assert story.ledger.messages["m1"].open == 1
    assert story.to_report == {"m1": ["id-ann"]}


def test_a_session_that_is_announced_twice_keeps_its_inbox() -> None:
    """Else what it has not read would be neither read nor dead, ever."""
    story = Story("ann", "bob")
    story.send("m1", "bob")
    story.open("bob")
    assert story.inbox("bob") == ["m1"]


def test_a_message_whose_recipients_have_all_ended_was_not_sent() -> None:
    """Its sender is refused, so it must not be found later either."""
    story = Story("ann", "bob", "cid")
    story.close("bob")
    terms = Terms(idempotency_key="k")
    story.send("m1", "bob", refused=("cid",), terms=terms)
    assert (story.ledger.messages, story.ledger.keys) == ({}, {})
    assert story.to_report == {}
    story.send("m2", "bob", "cid")
    assert story.rows("m2") == {"cid": "queued"}
