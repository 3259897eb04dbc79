"""Agents that exchange numbered messages, whatever happens to the daemon and the wires.

Every agent speaks MCP under a name of its own, at `mcp.sock` or through `fugue mcp`, one
request at a time. It
cuts its own wire now and then, in the middle of a line that it writes or reads, and comes
back. The `Books` hold what it was promised and what it got, and say at once when the two
do not fit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import attrs
import trio

PROTOCOL = "2025-06-18"
ANSWER_WITHIN = 45.0
RETRY_SECONDS = 0.05
TEAM = "team"
FAILED = "delivery_failed"
NUMBERED = "numbered"


class CutError(Exception):
    """The wire is gone, and with it what was under way."""


class RefusedError(Exception):
    """The daemon said no."""

    def __init__(self, shape: dict[str, Any]) -> None:
        super().__init__(str(shape))
        self.code: str = shape["code"]
        self.data: dict[str, Any] = shape.get("data") or {}


class Wire:
    """One MCP connection, one request at a time.

    Args:
        stream: To `mcp.sock`, or to a shim.
        chance: Decides when the wire breaks.
        breaks: In which share of all requests it does.
    """

    def __init__(self, stream: trio.abc.Stream, chance: Random, breaks: float):
        self.stream = stream
        self.chance = chance
        self.breaks = breaks
        self.unread = b""
        self.number = 0

    async def introduce(self, name: str) -> None:
        """Say who we are; a shim does that itself."""
        hello = {"client": "test", "version": "1", "name": name}
        await self.write(
            {"jsonrpc": "2.0", "method": "notifications/fugue/hello", "params": hello}
        )

    async def greet(self) -> None:
        """Begin to speak MCP."""
        try:
            await self.request(
                "initialize",
                protocolVersion=PROTOCOL,
                capabilities={},
                clientInfo={"name": "test", "version": "1"},
            )
        except RefusedError as error:
            if error.code != "Unavailable":
                raise
            raise CutError from error  # a shim that has met no daemon yet
        await self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call `fugue_<tool>`.

        Raises:
            CutError: Nobody knows what became of it.
            RefusedError: Nothing was done.
        """
        result = await self.request(
            "tools/call", name=f"fugue_{tool}", arguments=arguments
        )
        if result.get("isError"):
            raise RefusedError(result["structuredContent"])
        structured: dict[str, Any] = result["structuredContent"]
        return structured

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        self.number += 1
        asked = {
            "jsonrpc": "2.0",
            "id": self.number,
            "method": method,
            "params": params,
        }
        breaks = self.chance.random() < self.breaks
        if breaks and self.chance.random() < 0.5:
            await self.write(asked, share=self.chance.random())
            raise CutError
        await self.write(asked)
        if breaks:
            await self.read_some(self.chance.choice((1, 100, 10_000)))
            raise CutError
        while True:
            answer = json.loads(await self.read_line())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RefusedError(answer["error"].get("data") or answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    async def write(self, message: dict[str, Any], *, share: float = 1.0) -> None:
        """Write a message, or only its first part."""
        line = json.dumps(message).encode() + b"\n"
        try:
            await self.stream.send_all(line[: int(len(line) * share)])
        except (trio.BrokenResourceError, OSError) as error:
            raise CutError from error

    async def read_some(self, most: int) -> None:
        """Read the beginning of what is coming."""
        try:
            with trio.fail_after(ANSWER_WITHIN):
                data = await self.stream.receive_some(most)
        except (trio.BrokenResourceError, OSError) as error:
            raise CutError from error
        if not data:
            raise CutError
        self.unread += data

    async def read_line(self) -> bytes:
        while b"\n" not in self.unread:
            await self.read_some(65_536)
        line, _, self.unread = self.unread.partition(b"\n")
        return line


def brief(envelope: dict[str, Any], agent: str) -> str:
    """A message for people, without its text."""
    shown = {key: envelope.get(key) for key in ("id", "type", "deliver", "redelivered")}
    sender = envelope["from"]["session_name"]
    return f"{shown} {envelope['payload'].get('n')} from {sender} to {agent}"


@attrs.frozen(kw_only=True)
class Sent:
    """A message that was accepted.

    Attributes:
        id: As the daemon answered.
        sender: Whose it is.
        for_one: Whether one of the recipients is enough.
        recipients: By name: who is to have it.
    """

    id: str
    sender: str
    for_one: bool
    recipients: tuple[str, ...]


@attrs.define(eq=False)
class Books:
    """What was promised to all agents and what they got.

    Attributes:
        sent: What was accepted, by id.
        seen: By agent: the ids of what it got.
        settled: By agent: of what it said that it has it, and was answered.
        told: By message and recipient: of whose failure the sender has heard.
        repeats: How many messages came again.
    """

    sent: dict[str, Sent] = attrs.Factory(dict)
    seen: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    settled: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    told: dict[tuple[str, str], str] = attrs.Factory(dict)
    newest: dict[tuple[str, str, str], int] = attrs.Factory(dict)
    ids: dict[tuple[str, str, int], str] = attrs.Factory(dict)
    repeats: int = 0

    def accepted(self, sent: Sent) -> None:
        """A send was answered."""
        assert sent.id not in self.sent, f"one id for two messages: {sent}"
        self.sent[sent.id] = sent

    def received(self, agent: str, envelope: dict[str, Any]) -> None:
        """A poll was answered, with this message among others."""
        id, where = envelope["id"], brief(envelope, agent)
        assert id not in self.settled[agent], f"came after it was settled: {where}"
        if id in self.seen[agent]:
            assert envelope.get("redelivered"), f"came again unmarked: {where}"
            self.repeats += 1
            return
        self.seen[agent].add(id)
        if envelope["type"] == FAILED:
            self.failed(agent, envelope["payload"])
        elif envelope["type"] == NUMBERED:
            self.numbered(agent, envelope, where)

    def numbered(self, agent: str, envelope: dict[str, Any], where: str) -> None:
        """An agent got a message of another for the first time."""
        sender, number = envelope["from"]["session_name"], envelope["payload"]["n"]
        known = self.ids.setdefault((agent, sender, number), envelope["id"])
        assert known == envelope["id"], f"sent twice, as {known} too: {where}"
        # Work for one that was given back comes late to whoever takes it then.
        if envelope.get("deliver", "all") == "all":
            line = (sender, agent, envelope.get("priority", "normal"))
            before = self.newest.get(line, 0)
            assert number > before, f"came after {before}: {where}"
            self.newest[line] = number

    def failed(self, agent: str, payload: dict[str, Any]) -> None:
        """An agent was told that somebody will not receive its message."""
        for row in payload["recipients"]:
            key = payload["message_id"], row["session_name"]
            assert key not in self.told, f"told twice: {payload} to {agent}"
            done = self.settled[row["session_name"]]
            assert key[0] not in done, f"called lost, and settled: {payload}"
            self.told[key] = agent

    def acknowledged(self, agent: str, ids: list[str]) -> None:
        """An agent said that it has these, and the daemon that it noted it."""
        self.settled[agent].update(ids)
        for id in ids:
            sent = self.sent.get(id)
            if sent is not None and sent.for_one:
                owners = [name for name, done in self.settled.items() if id in done]
                assert owners == [agent], f"done by {owners}: {sent}"
            assert (id, agent) not in self.told, f"{agent} has it, and was called lost"

    def missing(self) -> list[tuple[Sent, list[str]]]:
        """Accepted messages that are neither received nor reported, and by whom."""
        somewhere = set().union(*self.seen.values())
        reported = {id for id, _ in self.told}
        found = []
        for sent in self.sent.values():
            if sent.for_one and (sent.id in somewhere or sent.id in reported):
                continue
            lacking = [
                name
                for name in sent.recipients
                if sent.id not in self.seen[name] and (sent.id, name) not in self.told
            ]
            if lacking:
                found.append((sent, lacking))
        return found


@attrs.define(eq=False)
class Agent:
    """A named guest that sends and receives until it is told to stop sending.

    Attributes:
        name: Its session's.
        socket: The daemon's.
        chance: Decides all that it does.
        books: Shared by all agents.
        others: Whom it can write to.
        breaks: In which share of its requests the wire breaks.
        pause: Seconds between what it does, at most.
        is_sending: Whether it sends, or only receives.
        environment: If it speaks through a shim: that process's.
        is_idle: Whether its last polls brought nothing and it has nothing to send.
    """

    name: str
    socket: Path
    chance: Random
    books: Books
    others: list[str]
    breaks: float
    pause: float
    is_sending: bool = True
    is_idle: bool = False
    number: int = 0
    unsent: dict[str, Any] | None = None
    environment: dict[str, str] | None = None

    async def run(self) -> None:
        """Connect, again and again, and do something."""
        connect = self.over_socket if self.environment is None else self.over_shim
        while True:
            try:
                await connect()
            except CutError:
                await trio.sleep(self.chance.random() * RETRY_SECONDS)

    async def over_socket(self) -> None:
        try:
            stream = await trio.open_unix_socket(str(self.socket))
        except OSError as error:
            raise CutError from error
        async with stream:
            wire = Wire(stream, self.chance, self.breaks)
            await wire.introduce(self.name)
            await self.talk(wire)

    async def over_shim(self) -> None:
        """With `fugue mcp` between, which outlives daemons; to be cut is to be killed."""
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "fugue_actors", "mcp", "--as", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        stream = trio.StapledStream(process.stdin, process.stdout)
        try:
            await self.talk(Wire(stream, self.chance, self.breaks))
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()
                await trio.aclose_forcefully(stream)

    async def talk(self, wire: Wire) -> None:
        """Use one connection for as long as it lasts."""
        await wire.greet()
        await self.tag(wire)
        while True:
            if self.unsent is not None or (
                self.is_sending and self.chance.random() < 0.5
            ):
                await self.send(wire)
            else:
                await self.receive(wire)
            await trio.sleep(self.chance.random() * self.pause)

    async def tag(self, wire: Wire) -> None:
        """Every third is of the team."""
        if int(self.name.rpartition("-")[2]) % 3 == 0:
            await self.insist(wire, "set_tags", add=[TEAM])

    async def insist(self, wire: Wire, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call until the daemon can do it."""
        while True:
            try:
                return await wire.call(tool, **arguments)
            except RefusedError as error:
                if error.code != "Unavailable":
                    raise
                await trio.sleep(RETRY_SECONDS)

    async def send(self, wire: Wire) -> None:
        """Send the next message, or the one whose fate is unknown once more."""
        if self.unsent is None:
            self.number += 1
            self.unsent = self.next_message()
        try:
            answer = await self.insist(wire, "send_orchestration", **self.unsent)
        except RefusedError as error:
            if error.code not in ("SessionNotFound", "NoRecipients"):
                raise
            self.unsent = None  # whoever it was for has ended, so nothing was sent
            return
        recipients = tuple(row["session_name"] for row in answer["recipients"])
        for_one = self.unsent["deliver"] == "one"
        self.unsent = None
        self.books.accepted(
            Sent(
                id=answer["message_id"],
                sender=self.name,
                for_one=for_one,
                recipients=recipients,
            )
        )

    def next_message(self) -> dict[str, Any]:
        """Mostly for one session, sometimes for the team or for one of the team."""
        kind = self.chance.random()
        target: dict[str, str] = {"session": self.chance.choice(self.others)}
        if kind < 0.3:
            target = {"tag": TEAM}
        message: dict[str, Any] = {
            "target": target,
            "msg_type": NUMBERED,
            "payload": {"n": self.number, "text": "x" * self.chance.randrange(2000)},
            "deliver": "one" if kind < 0.15 else "all",
            "priority": self.chance.choice(("normal", "normal", "normal", "high")),
            "idempotency_key": f"{self.name} {self.number}",
        }
        if self.chance.random() < 0.1:
            message["expires_seconds"] = self.chance.choice((1, 2, 5))
        return message

    async def receive(self, wire: Wire) -> None:
        """Take some messages, and settle them by hand or leave that to the wire."""
        by_hand = self.chance.random() < 0.5
        answer = await self.insist(
            wire,
            "poll_messages",
            wait_seconds=self.chance.choice((0, 0, 0.2)),
            max=self.chance.choice((1, 3, 50)),
            ack="manual" if by_hand else "auto",
        )
        messages = answer["messages"]
        for envelope in messages:
            self.books.received(self.name, envelope)
        self.is_idle = not messages and not self.is_sending
        if by_hand and messages:
            await self.settle(wire, [one["id"] for one in messages])

    async def settle(self, wire: Wire, ids: list[str]) -> None:
        """Acknowledge messages.

        With a shim between, the daemon that gave them may have been killed meanwhile.
        Then the next one took them back: what has expired since is said to have expired,
        and what is for one of several may be another's.
        """
        may_be_lost = self.environment is not None
        states: dict[str, str] = {}
        while ids and not states:
            try:
                answer = await self.insist(wire, "ack", message_ids=ids)
            except RefusedError as error:
                if not (may_be_lost and error.code == "MessageNotFound"):
                    raise
                ids = [id for id in ids if id != error.data["message_id"]]
            else:
                states = {one["message_id"]: one["state"] for one in answer["messages"]}
        allowed = {"consumed", "expired"} if may_be_lost else {"consumed"}
        assert set(states.values()) <= allowed, states
        done = [id for id, state in states.items() if state == "consumed"]
        self.books.acknowledged(self.name, done)
