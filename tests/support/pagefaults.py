"""What a page asked for and what went wrong in it, from the browser's own events.

A page without faults has no complaint: no error or warning on its console, no uncaught
exception, nothing that its Content-Security-Policy forbids, no request that failed.
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs
import trio

MAX_EVENTS: Final = 5_000
"""A page that asks without end is cut off here rather than filling the memory."""

LOUD: Final = ("error", "warning", "assert")


@attrs.define(eq=False)
class Request:
    """A request of the page, redirects as requests of their own.

    Attributes:
        url: With its query; a fragment never leaves the browser.
        headers: As the page's loader set them, before those of the network stack.
        status: The answer's; None until there is one.
    """

    url: str
    headers: dict[str, str]
    status: int | None = None


@attrs.define(eq=False)
class Faults:
    """Takes a page's events.

    Attributes:
        requests: All that the page asked for, WebSockets included.
        sent: The text frames it sent over WebSockets.
        found: Everything that was wrong.
        allowed: Patterns of complaints that a test expects.
        loading: Whoever waits for the next load.
    """

    requests: list[Request] = attrs.field(factory=list)
    sent: list[str] = attrs.field(factory=list)
    found: list[str] = attrs.field(factory=list)
    allowed: list[re.Pattern[str]] = attrs.field(factory=list)
    loading: list[trio.Event] = attrs.field(factory=list)
    by_id: dict[str, Request] = attrs.field(factory=dict)

    def allow(self, *patterns: str) -> None:
        """Expect complaints in which one of these is found: a test provokes them."""
        self.allowed.extend(re.compile(pattern) for pattern in patterns)

    def complaints(self) -> list[str]:
        """What is wrong and was not expected."""
        return [
            one
            for one in self.found
            if not any(pattern.search(one) for pattern in self.allowed)
        ]

    def next_load(self) -> trio.Event:
        """Set when the page has been loaded the next time."""
        loaded = trio.Event()
        self.loading.append(loaded)
        return loaded

    def take(self, method: str, params: dict[str, Any]) -> None:
        """One event of the browser."""
        match method:
            case "Page.loadEventFired":
                for loaded in self.loading:
                    loaded.set()
                self.loading.clear()
            case "Runtime.consoleAPICalled" if params["type"] in LOUD:
                said = " ".join(map(spoken, params["args"]))
                self.complain(f"console.{params['type']}: {said}")
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", "")
                self.complain(f"exception: {details['text']} {thrown}")
            case "Log.entryAdded" if params["entry"]["level"] in LOUD:
                entry = params["entry"]
                self.complain(
                    f"{entry['source']} {entry['level']}: {entry['text']} "
                    f"({entry.get('url', '')})"
                )
            case "Inspector.targetCrashed":
                self.complain("the page crashed")
            case _:
                self.take_traffic(method, params)

    def take_traffic(self, method: str, params: dict[str, Any]) -> None:
        """One event of the network."""
        match method:
            case "Network.requestWillBeSent":
                asked = params["request"]
                self.ask(params["requestId"], asked["url"], asked["headers"])
            case "Network.webSocketCreated":
                self.ask(params["requestId"], params["url"], {})
            case "Network.webSocketFrameSent" if len(self.sent) < MAX_EVENTS:
                self.sent.append(params["response"]["payloadData"])
            case "Network.responseReceived":
                request = self.by_id.get(params["requestId"])
                if request is not None:
                    request.status = params["response"]["status"]
                    if request.status >= 400:
                        self.complain(f"request: {request.status} for {request.url}")
            case "Network.loadingFailed" if not params.get("canceled"):
                request = self.by_id.get(params["requestId"])
                what = "?" if request is None else request.url
                blocked = params.get("blockedReason", "")
                self.complain(f"request: {params['errorText']} {blocked} for {what}")
            case _:
                pass  # what says nothing of a fault

    def ask(self, number: str, url: str, headers: dict[str, str]) -> None:
        """Note a request."""
        if len(self.requests) < MAX_EVENTS:
            request = self.by_id[number] = Request(url, headers)
            self.requests.append(request)

    def complain(self, text: str) -> None:
        """Note a fault."""
        if len(self.found) < MAX_EVENTS:
            self.found.append(text)


def spoken(argument: dict[str, Any]) -> str:
    """A console call's argument as text."""
    return str(argument.get("value", argument.get("description", argument["type"])))
