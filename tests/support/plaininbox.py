"""What inboxes are, in plain lists: the reference that the real ones are held against.

No actor, no journal, no clock. A message has a row for each recipient; one for several of
whom one gets it is hidden from the others while somebody holds it. Questions are messages
too, and an answer to an open one is kept for who asked.
"""

from __future__ import annotations

import attrs

UNREAD = ("queued", "held")
HOPEFUL = ("queued", "held", "consumed")


@attrs.define(eq=False)
class Row:
    """A message for one recipient."""

    state: str = "queued"
    holder: str | None = None
    redelivered: bool = False


@attrs.define(eq=False)
class Message:
    """A message, by the names of its recipients."""

    id: str
    type: str
    rows: dict[str, Row]
    sender: str = "nobody"
    one: bool = False
    answers: str | None = None

    def is_hidden(self, who: str) -> bool:
        """Whether another recipient has it, who may still lose it."""
        others = (row for name, row in self.rows.items() if name != who)
        return self.one and any(row.state == "held" for row in others)


@attrs.define(eq=False)
class Waiter:
    """A poll of `who` that waits; `got` are ids, once it is over."""

    who: str
    holder: str
    most: int
    until: float
    types: frozenset[str] = frozenset()
    sender: str | None = None
    got: list[str] | None = None


@attrs.define(eq=False)
class Question:
    """A question of `who`; `end` says how it ended and with which answers."""

    who: str
    holder: str
    message: Message
    wanted: int | None
    until: float
    end: tuple[str, list[str]] | None = None

    @property
    def needed(self) -> int:
        if self.wanted is not None:
            return self.wanted
        return 1 if self.message.one else len(self.message.rows)


@attrs.define(eq=False)
class Inboxes:
    """All inboxes, and who waits."""

    messages: list[Message] = attrs.Factory(list)
    waiters: list[Waiter] = attrs.Factory(list)
    questions: list[Question] = attrs.Factory(list)

    # ---- looking

    def unread(self, who: str) -> list[Message]:
        return [
            one
            for one in self.messages
            if who in one.rows
            and one.rows[who].state in UNREAD
            and not one.is_hidden(who)
        ]

    def held_by(self, holder: str) -> list[tuple[str, Message]]:
        return [
            (who, one)
            for one in self.messages
            for who, row in one.rows.items()
            if row.state == "held" and row.holder == holder
        ]

    def queued(self, waiter: Waiter) -> list[Message]:
        kept = {q.message.id for q in self.questions if q.who == waiter.who}
        return [
            one
            for one in self.unread(waiter.who)
            if one.rows[waiter.who].state == "queued"
            and one.answers not in kept
            and (not waiter.types or one.type in waiter.types)
            and waiter.sender in (None, one.sender)
        ]

    # ---- doing

    def claim(self, waiter: Waiter) -> list[str]:
        batch = self.queued(waiter)[: waiter.most]
        for one in batch:
            self.hold(waiter.who, one, waiter.holder)
        return [one.id for one in batch]

    def hold(self, who: str, one: Message, holder: str) -> None:
        one.rows[who].state, one.rows[who].holder = "held", holder

    def give_back(self, who: str, one: Message, *, seen: bool) -> None:
        row = one.rows[who]
        if row.state == "held":
            row.state, row.holder = "queued", None
            for again in one.rows.values() if one.one else (row,):
                if again.state == "queued":
                    again.redelivered |= seen

    def end(self, who: str, one: Message, state: str) -> None:
        """A row comes to its end; what one has got nobody else will get."""
        one.rows[who].state, one.rows[who].holder = state, None
        if one.one and state in ("consumed", "answered"):
            for name in [n for n, row in one.rows.items() if row.state == "queued"]:
                del one.rows[name]

    def answer(self, who: str, question: Message) -> None:
        row = question.rows.get(who)
        if row is None or question.is_hidden(who):
            return
        if row.state in UNREAD:
            self.end(who, question, "answered")
        elif row.state == "consumed":
            row.state = "answered"

    # ---- what follows

    def settle(self, now: float) -> None:
        """Let everything happen that is due."""
        for question in tuple(self.questions):
            self.decide(question, now)
        progress = True
        while progress:
            progress = False
            for waiter in tuple(self.waiters):
                got = self.claim(waiter)
                if got or waiter.until <= now:
                    waiter.got = got
                    self.waiters.remove(waiter)
                    progress = True

    def decide(self, question: Question, now: float) -> None:
        rows = {
            name: row
            for name, row in question.message.rows.items()
            if not question.message.is_hidden(name)
        }
        came: dict[str, Message] = {}
        for one in self.unread(question.who):
            is_answer = one.answers == question.message.id and one.sender in rows
            if is_answer and one.rows[question.who].state == "queued":
                came.setdefault(one.sender, one)
        hopeful = [n for n, row in rows.items() if row.state in HOPEFUL]
        possible = len({*came, *hopeful})
        if question.message.one:
            possible = min(1, possible)
        if len(came) >= question.needed:
            ending = "complete"
        elif possible < question.needed:
            ending = "hopeless"
        elif question.until <= now:
            ending = "late"
        else:
            return
        self.withdraw(question)
        for one in came.values():
            self.hold(question.who, one, question.holder)
        question.end = ending, [one.id for one in came.values()]

    def withdraw(self, question: Question) -> None:
        """Nobody waits for answers any more."""
        self.questions.remove(question)
        self.take_back(question.message)

    def take_back(self, message: Message) -> None:
        """A question is withdrawn from all in whose inbox it lies."""
        for name, row in message.rows.items():
            if row.state == "queued" and not message.is_hidden(name):
                row.state = "expired"
