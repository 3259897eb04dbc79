"""What went wrong waits in the ledger until it is settled with the sender, once."""

from __future__ import annotations

from ledgerstory import Story

from fugue_actors.journal.ledger import KEEP_FINISHED
from fugue_actors.protocol import events as happened
from fugue_actors.protocol.values import DAEMON, Terms


def test_a_failure_that_comes_while_another_is_reported_is_not_lost() -> None:
    """A report settles what it names: what happened meanwhile is still to be told."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", "cid")
    story.close("bob")
    story.close("cid")
    story.report("m1", "bob")
    assert story.to_report == {"m1": ["id-cid"]}
    story.report("m1", "cid")
    assert story.to_report == {}


def test_a_message_is_not_forgotten_before_its_sender_was_told() -> None:
    """However much else ends meanwhile, the notice can still say what it is about."""
    story = Story("ann", "bob")
    story.send("m0", "bob")
    story.end("m0", "bob")
    for number in range(KEEP_FINISHED + 1):
        story.send(f"n{number}", "bob")
        story.consume(f"n{number}", "bob")
    assert "m0" in story.state.ledger.messages
    story.report("m0", "bob")
    for number in range(KEEP_FINISHED):
        story.send(f"o{number}", "bob")
        story.consume(f"o{number}", "bob")
    assert "m0" not in story.state.ledger.messages
    assert len(story.state.ledger.messages) == KEEP_FINISHED


def test_what_the_daemon_says_is_never_reported_back() -> None:
    """No notice is about a notice, or two dead sessions would keep it busy for ever."""
    story = Story("ann", "bob")
    story.send("m1", "bob", sender=DAEMON)
    story.close("bob")
    assert story.to_report == {}


def test_of_a_withdrawn_message_nothing_more_is_told() -> None:
    """Whoever took it back knows, and does not care for those that held it just then."""
    story = Story("ann", "bob", "cid", "dan")
    story.send("m1", "bob", "cid", "dan")
    story.offer("m1", "bob")
    story.close("dan")
    story.end("m1", "bob", "cid", withdrawn=True)
    assert story.to_report == {}
    story.close("bob")
    assert story.to_report == {}
    rows = story.state.ledger.messages["m1"].recipients.values()
    assert [row.state for row in rows] == ["dead", "expired", "dead"]
    assert list(story.state.ledger.finished) == ["m1"]


def test_one_full_inbox_is_no_failure_of_a_message_that_another_can_get() -> None:
    """Work for any one of several has not failed while somebody can do it."""
    story = Story("ann", "bob", "cid")
    story.send("m1", "bob", refused=("cid",), deliver="one")
    assert story.to_report == {}
    story.close("bob")
    assert story.to_report == {"m1": ["id-bob", "id-cid"]}


def test_a_message_kept_for_newcomers_that_never_came_is_a_failure_of_nobody() -> None:
    """Its sender hears that nobody got it, unless it does not want to."""
    for tell, expected in ((True, {"m1": []}), (False, {})):
        story = Story("ann")
        story.send("m1", terms=Terms(retain_until="later", tell_failure=tell))
        story.tell(happened.RetentionEnded(session_id="id-ann", message_id="m1"))
        assert story.to_report == expected
        story.report("m1")
        assert story.to_report == {}
        assert list(story.state.ledger.finished) == ["m1"]
