"""What the ledger promises, as plainly as it can be said: lists, and looking through them.

Nothing here is shared with the ledger, nothing is kept that can be worked out, and
everything is worked out anew each time it is asked for.
"""

from __future__ import annotations

from typing import Final

import attrs

RANKS: Final = {"high": 0, "normal": 1, "low": 2}
BADLY: Final = ("expired", "refused", "dead")
Told = tuple[str, str, str | None]  # state, since when, and what shows it


@attrs.define(eq=False)
class Row:
    """A message for one of its recipients: all its states so far, the present one last."""

    history: list[Told]
    redelivered: bool = False

    @property
    def state(self) -> str:
        return self.history[-1][0]

    @property
    def is_open(self) -> bool:
        return self.state in ("queued", "offered")


@attrs.define(eq=False)
class Message:
    """A message, and a row for each session that has it or may get it."""

    id: str
    number: int
    sender: str
    for_one: bool
    priority: str
    tells_failure: bool
    retained: bool
    rows: dict[str, Row] = attrs.Factory(dict)
    untold: list[str] | None = None

    @property
    def is_open(self) -> bool:
        return any(row.is_open for row in self.rows.values())

    def waits_aside(self, session: str) -> bool:
        """Whether somebody else holds it, so that this one cannot get it now."""
        return (
            self.for_one
            and self.rows[session].state == "queued"
            and any(row.state == "offered" for row in self.rows.values())
        )

    @property
    def visible(self) -> dict[str, Row]:
        """The rows of those that do not wait aside."""
        return {s: row for s, row in self.rows.items() if not self.waits_aside(s)}


@attrs.define(eq=False)
class PlainLedger:
    """The messages in the order in which they were sent, and the sessions there are."""

    keep_finished: int
    keep_rows: int
    keep_keys: int
    sessions: list[str] = attrs.Factory(list)
    messages: list[Message] = attrs.Factory(list)
    finished: list[Message] = attrs.Factory(list)
    keys: list[tuple[tuple[str, str], str]] = attrs.Factory(list)

    # ---- looking

    def find(self, id: str | None) -> Message | None:
        return next((m for m in self.messages if m.id == id), None)

    def row(self, id: str | None, session: str) -> Row | None:
        message = self.find(id)
        return None if message is None else message.visible.get(session)

    def inbox(self, session: str) -> list[Message]:
        """What a session has open and can get, in the order of reading."""
        mine = [
            m for m in self.messages if session in m.visible and m.rows[session].is_open
        ]
        return sorted(mine, key=lambda m: (RANKS[m.priority], m.number))

    # ---- what happens

    def sent(
        self,
        message: Message,
        to: list[str],
        refused: list[str],
        at: str,
        *,
        key: str | None,
        answers: str | None,
    ) -> None:
        if self.find(message.id) is not None:
            return
        for session in to:
            if session in self.sessions and session not in message.rows:
                message.rows[session] = Row([("queued", at, None)])
        if not message.rows and not message.retained:
            return
        self.messages.append(message)
        for session in refused:
            if session in self.sessions and session not in message.rows:
                message.rows[session] = Row([("refused", at, "its inbox is full")])
                self.went_badly(message, session)
        if key is not None:
            kept = [one for one in self.keys if one[0] != (message.sender, key)]
            place = [one[0] for one in self.keys]
            entry = ((message.sender, key), message.id)
            if entry[0] in place:
                kept.insert(place.index(entry[0]), entry)
            else:
                kept.append(entry)
            self.keys = kept[-self.keep_keys :]
        self.answered(message, answers, at)

    def answered(self, answer: Message, question: str | None, at: str) -> None:
        """Whoever answers its sender has it, and for one nobody else needs it then."""
        row = self.row(question, answer.sender)
        asked = self.find(question)
        back = None if asked is None else answer.rows.get(asked.sender)
        if back is None or back.state != "queued":
            return
        if row is not None and row.state in ("queued", "offered", "consumed"):
            was_open = row.is_open
            row.history.append(("answered", at, answer.id))
            if was_open:
                self.found(question)

    def joined(self, id: str, sessions: list[str], at: str) -> None:
        message = self.find(id)
        if message is not None and message.retained:
            for session in sessions:
                if session in self.sessions and session not in message.rows:
                    message.rows[session] = Row([("queued", at, None)])

    def kept_no_longer(self, id: str) -> None:
        message = self.find(id)
        if message is not None and message.retained:
            message.retained = False
            if not message.rows:
                self.went_badly(message)
            elif message.for_one:
                self.went_badly(message, *message.rows)
            self.tidy(message)

    def offered(self, session: str, ids: list[str], holder: str, at: str) -> None:
        for id in ids:
            row = self.row(id, session)
            if row is not None and row.state == "queued":
                row.history.append(("offered", at, holder))

    def returned(self, session: str, ids: list[str], at: str, *, seen: bool) -> None:
        for id in ids:
            row = self.row(id, session)
            if row is not None and row.state == "offered":
                row.history.append(("queued", at, None))
                row.redelivered = row.redelivered or seen
                if seen:
                    self.may_have_been_begun(id)

    def may_have_been_begun(self, id: str) -> None:
        """What is for one of several comes to another of them after the first."""
        message = self.find(id)
        if message is not None and message.for_one:
            for row in message.rows.values():
                row.redelivered = row.redelivered or row.is_open

    def consumed(self, session: str, ids: list[str], at: str, evidence: str) -> None:
        for id in ids:
            row = self.row(id, session)
            if row is not None and row.is_open:
                row.history.append(("consumed", at, evidence))
                self.found(id)

    def found(self, id: str | None) -> None:
        """A session has a message; one for one is for nobody else any more."""
        message = self.find(id)
        assert message is not None
        if message.for_one:
            message.rows = {s: r for s, r in message.rows.items() if not r.is_open}
            message.retained = False
        self.tidy(message)

    def over(
        self,
        id: str,
        sessions: list[str],
        state: str,
        at: str,
        reason: str,
        *,
        withdrawn: bool,
    ) -> None:
        """Delivery ends for some: those that hold it can refuse it, but it cannot expire."""
        message = self.find(id)
        if message is not None and withdrawn:
            message.tells_failure = False
            self.told(id, list(message.untold or ()))
        for session in sessions:
            row = self.row(id, session)
            if message is None or row is None or not row.is_open:
                continue
            if row.state == "queued" or state == "refused":
                row.history.append((state, at, reason))
                self.went_badly(message, session)
                self.tidy(message)

    def told(self, id: str, sessions: list[str]) -> None:
        """The sender knows of these; if others came on top, it is yet to be told."""
        message = self.find(id)
        if message is not None and message.untold is not None:
            left = [one for one in message.untold if one not in sessions]
            message.untold = left or None
            self.tidy(message)

    def opened(self, session: str) -> None:
        if session not in self.sessions:
            self.sessions.append(session)

    def closed(self, session: str, at: str, reason: str) -> None:
        """What it had open is dead, unless others can get it instead."""
        if session not in self.sessions:
            return
        order = self.inbox(session)
        self.sessions.remove(session)
        for message in order:
            row = message.rows[session]
            others = [r for s, r in message.rows.items() if s != session and r.is_open]
            if message.for_one and others:
                del message.rows[session]
                if row.state == "offered":
                    self.may_have_been_begun(message.id)
            else:
                row.history.append(("dead", at, reason))
                self.went_badly(message, session)
                self.tidy(message)
        for message in self.messages:
            if session in message.rows and message.rows[session].is_open:
                del message.rows[session]  # it waited aside

    # ---- what follows

    def went_badly(self, message: Message, *sessions: str) -> None:
        if not message.tells_failure:
            return
        if message.for_one:
            if message.is_open or message.retained:
                return
            sessions = tuple(message.rows)
        message.untold = [*(message.untold or []), *sessions]

    def tidy(self, message: Message) -> None:
        """Keep the newest of what is finished."""
        if message.is_open or message.retained or message.untold is not None:
            return
        self.finished.append(message)
        while (
            len(self.finished) > self.keep_finished
            or sum(len(m.rows) for m in self.finished) > self.keep_rows
        ):
            self.messages.remove(self.finished.pop(0))
