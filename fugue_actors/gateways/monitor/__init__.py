"""The monitor protocol: documents of all that is the case, and what of them changed.

`documents` makes them, `feed` knows which ones an event changes, a `subscription` what one
client is to be told, and a `subscriber` tells it. `screens` are a source of their own, from
`mirrors` of panes. None of them knows what carries frames.
"""

from __future__ import annotations

from fugue_actors.gateways.monitor.choice import Choice, choice_of
from fugue_actors.gateways.monitor.feed import Feed
from fugue_actors.gateways.monitor.mirrors import Mirrors
from fugue_actors.gateways.monitor.screens import Screens
from fugue_actors.gateways.monitor.source import MakeSource, Source
from fugue_actors.gateways.monitor.subscriber import Subscriber

__all__ = [
    "Choice",
    "Feed",
    "MakeSource",
    "Mirrors",
    "Screens",
    "Source",
    "Subscriber",
    "choice_of",
]
