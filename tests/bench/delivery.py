"""From one agent's send to another agent's waiting poll, both in panes of their own.

The clock runs from the first byte of the sender's call to the line that answers the
receiver's poll: twice the shim, the router, the journal and the receiver's session.
"""

from __future__ import annotations

import time

from daemonkit import running_home
from figures import MS, Figure, Numbers, latencies
from rawclient import RawClient, in_pane

FIGURES = [
    Figure("delivery.p50", "send to waiting poll, two panes, p50", MS, aim=3.0),
    Figure("delivery.p99", "the same, p99", MS),
]

COUNT = 200
WARM_UP = 20
# The receiver's poll has reached its session when a later ping was answered, but for
# the last hop, which has no answer to wait for.
LAST_HOP = 0.002
CONTENT = {"status_update": {"status": "working", "message": "halfway through"}}


def one(sender: RawClient, receiver: RawClient) -> float:
    """The seconds one message takes."""
    receiver.send_call("fugue_poll_messages", wait_seconds=30)
    receiver.request("ping")
    time.sleep(LAST_HOP)
    began = time.perf_counter()
    sender.send_call(
        "fugue_send_orchestration", target={"session": "bob"}, message=CONTENT
    )
    polled = receiver.receive_result()
    seconds = time.perf_counter() - began
    sent = sender.receive_result()
    assert [each["id"] for each in polled["messages"]] == [sent["message_id"]], polled
    return seconds


def measure() -> Numbers:
    """One run."""
    with running_home() as home:
        ann, bob = home.relay("ann"), home.relay("bob")
        with in_pane(ann) as sender, in_pane(bob) as receiver:
            for _ in range(WARM_UP):
                one(sender, receiver)
            return latencies("delivery", [one(sender, receiver) for _ in range(COUNT)])
