"""From one agent's send to another agent's waiting poll, both in panes of their own.

The clock runs from the first byte of the sender's call to the line that answers the
receiver's poll: twice the shim, the router, the journal and the receiver's session. Then
it goes on until the receiver's acknowledgement is answered: the message is consumed, and
both the promise and its end are on the disk.
"""

from __future__ import annotations

import time

from daemonkit import running_home
from figures import MS, Figure, Numbers, latencies
from rawclient import RawClient, in_pane

FIGURES = [
    Figure("delivery.p50", "send to waiting poll, two panes, p50", MS, aim=3.0),
    Figure("delivery.p99", "the same, p99", MS),
    Figure("consumed.p50", "send to acknowledged by hand, p50", MS),
    Figure("consumed.p99", "the same, p99", MS),
]

COUNT = 200
WARM_UP = 20
# The receiver's poll has reached its session when a later ping was answered, but for
# the last hop, which has no answer to wait for.
LAST_HOP = 0.002
CONTENT = {"status_update": {"status": "working", "message": "halfway through"}}


def one(sender: RawClient, receiver: RawClient) -> tuple[float, float]:
    """The seconds one message takes until it is received, and until it is consumed."""
    receiver.send_call("fugue_poll_messages", wait_seconds=30, ack="manual")
    receiver.request("ping")
    time.sleep(LAST_HOP)
    began = time.perf_counter()
    sender.send_call(
        "fugue_send_orchestration", target={"session": "bob"}, message=CONTENT
    )
    polled = receiver.receive_result()
    received = time.perf_counter() - began
    ids = [each["id"] for each in polled["messages"]]
    receiver.call("fugue_ack", message_ids=ids)
    consumed = time.perf_counter() - began
    sent = sender.receive_result()
    assert ids == [sent["message_id"]], polled
    return received, consumed


def measure() -> Numbers:
    """One run."""
    with running_home() as home:
        ann, bob = home.relay("ann"), home.relay("bob")
        with in_pane(ann) as sender, in_pane(bob) as receiver:
            for _ in range(WARM_UP):
                one(sender, receiver)
            both = [one(sender, receiver) for _ in range(COUNT)]
    received, consumed = zip(*both, strict=True)
    return latencies("delivery", received) | latencies("consumed", consumed)
