"""`fugue inbox --keep`: all that is unread, however many answers that takes."""

from __future__ import annotations

from typing import Any

from fugue_actors.cli.commands.inbox import look


class Daemon:
    """Gives a page for each message after which one is asked for."""

    def __init__(self, **pages: list[str]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def request(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        assert name == "unread"
        self.asked.append(args)
        ids = self.pages[args.get("after", "first")]
        more = bool(ids) and ids[-1] in self.pages
        return {"messages": [{"id": one} for one in ids], "more": more}


def test_page_after_page_is_asked_for_until_there_is_no_more() -> None:
    """What is wanted is said with each, and where the next one begins."""
    daemon = Daemon(first=["a", "b"], b=["c"], c=["d"])
    found = look(daemon, {"from": "ann"})  # type: ignore[arg-type]
    assert [message["id"] for message in found] == ["a", "b", "c", "d"]
    assert daemon.asked == [
        {"from": "ann"},
        {"from": "ann", "after": "b"},
        {"from": "ann", "after": "c"},
    ]


def test_an_empty_inbox_is_one_answer() -> None:
    """There is nothing after which to ask."""
    daemon = Daemon(first=[])
    assert look(daemon, {}) == []  # type: ignore[arg-type]
    assert len(daemon.asked) == 1
