"""Who a message is for and whether it may be sent, as plainly as it can be said.

Sessions are a list, what was sent is a list, and every question is answered by looking
through them. Nothing is shared with the router.
"""

from __future__ import annotations

from typing import Any

import attrs

Shape = dict[str, Any]


@attrs.frozen
class No:
    """Nothing is sent; the code says why."""

    code: str


@attrs.frozen
class Before:
    """Nothing is sent, because this was."""

    message_id: str


@attrs.define(eq=False)
class Somebody:
    """A session that is there, or was."""

    id: str
    name: str
    parent: str | None
    repository: str | None
    worktree: str | None
    tags: tuple[str, ...] = ()
    status: str | None = None
    unread: int = 0
    is_there: bool = True


@attrs.define
class Tokens:
    """What one sender may still send; so many at most, and one more each second."""

    most: int
    left: float = attrs.field(default=attrs.Factory(lambda self: self.most, True))
    at: float = 0

    def refill(self, now: float) -> None:
        self.left = min(self.most, self.left + now - self.at)
        self.at = now


@attrs.define(eq=False)
class PlainRouter:
    """Everybody there ever was, in the order of coming, and what was sent under keys."""

    most_unread: int
    sends: int
    broadcasts: int
    everybody: list[Somebody] = attrs.Factory(list)
    keys: dict[tuple[str, str], tuple[Any, str]] = attrs.Factory(dict)
    tokens: dict[tuple[str, str], Tokens] = attrs.Factory(dict)

    # ---- who is meant

    @property
    def present(self) -> list[Somebody]:
        return [one for one in self.everybody if one.is_there]

    def get(self, id: str | None) -> Somebody | None:
        return next((one for one in self.everybody if one.id == id), None)

    def called(self, name: str) -> Somebody | None:
        return next((one for one in self.present if name in (one.id, one.name)), None)

    def leader(self, sender: Somebody) -> list[Somebody]:
        """The nearest above that leads, or those of the repository, or all."""
        above, seen = self.get(sender.parent), {sender.id}
        while above is not None and above.id not in seen:
            if above.is_there and "orchestrator" in above.tags:
                return [above]
            seen.add(above.id)
            above = self.get(above.parent)
        leaders = [
            one
            for one in self.present
            if "orchestrator" in one.tags and one is not sender
        ]
        near = [
            one
            for one in leaders
            if sender.repository is not None and one.repository == sender.repository
        ]
        return near or leaders

    def unknown(self, target: Shape, sender: Somebody) -> No | None:
        """What is wrong with the first part, from the left, that cannot be looked up."""
        ((kind, body),) = target.items()
        if kind in ("all", "any"):
            found = (self.unknown(part, sender) for part in body)
            return next((no for no in found if no is not None), None)
        if kind == "not":
            return self.unknown(body, sender)
        if kind == "session" and self.called(body) is None:
            return No("SessionNotFound")
        if kind == "broadcast" and body is True and sender.repository is None:
            return No("NoRepository")
        return None

    def belongs(self, one: Somebody, target: Shape, sender: Somebody) -> bool:
        """Whether one of the others is meant."""
        ((kind, body),) = target.items()
        if kind == "all":
            return all(self.belongs(one, part, sender) for part in body)
        if kind == "any":
            return any(self.belongs(one, part, sender) for part in body)
        if kind == "not":
            return not self.belongs(one, body, sender)
        if kind == "broadcast":
            return body == "server" or one.repository == sender.repository
        return {
            "orchestrator": lambda: one in self.leader(sender),
            "session": lambda: one is self.called(body),
            "tag": lambda: body in one.tags,
            "worktree": lambda: one.worktree == body,
            "state": lambda: one.status == body,
        }[kind]()

    def meant(self, target: Shape, sender: Somebody) -> list[Somebody]:
        if "session" in target:
            return [
                one for one in self.present if one is self.called(target["session"])
            ]
        return [
            one
            for one in self.present
            if one is not sender and self.belongs(one, target, sender)
        ]

    # ---- whether it may be sent

    def is_for_everybody(self, target: Shape) -> bool:
        """Whether it counts as a broadcast: it leaves out only those that it names."""
        ((kind, body),) = target.items()
        if kind == "any":
            return any(self.is_for_everybody(part) for part in body)
        if kind == "all":
            return all(self.is_for_everybody(part) for part in body)
        return kind in ("broadcast", "not")

    def allowance(self, kind: str, sender: Somebody, most: int, now: float) -> Tokens:
        tokens = self.tokens.setdefault((kind, sender.id), Tokens(most))
        tokens.refill(now)
        return tokens

    def send(
        self,
        sender: Somebody,
        target: Shape,
        content: Any,
        now: float,
        *,
        key: str | None,
    ) -> dict[str, str] | Before | No:
        """Send a message; the state of each recipient, by id, or why nothing is sent."""
        whole = (target, content)
        if key is not None and (sender.id, key) in self.keys:
            before, message_id = self.keys[sender.id, key]
            if before != whole:
                return No("InvalidArgument")
            return Before(message_id)
        if not sender.is_there:
            return No("SessionNotFound")
        if (no := self.unknown(target, sender)) is not None:
            return no
        recipients = self.meant(target, sender)
        if not recipients:
            return No("NoRecipients")
        free = [one for one in recipients if one.unread < self.most_unread]
        if recipients and not free:
            return No("InboxFull")
        used = [self.allowance("send", sender, self.sends, now)]
        if self.is_for_everybody(target):
            used.append(self.allowance("broadcast", sender, self.broadcasts, now))
        if any(tokens.left < 1 for tokens in used):
            return No("RateLimited")
        for tokens in used:
            tokens.left -= 1
        for one in free:
            one.unread += 1
        return {one.id: "queued" if one in free else "refused" for one in recipients}
