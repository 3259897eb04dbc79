"""Targets: whom a message is for, and which sessions that means. Pure.

`parse_address` reads what clients write, `resolve` says which sessions that means at
this moment, `newcomers` which it means later. A `Directory` knows who is there.
"""

from __future__ import annotations

from fugue_actors.actors.targets.directory import Directory
from fugue_actors.actors.targets.kinds import (
    AllOfTarget,
    AnyOfTarget,
    BroadcastTarget,
    NotTarget,
    OrchestratorTarget,
    SessionTarget,
    StateTarget,
    TagTarget,
    Target,
    WorktreeTarget,
    is_broad,
    leaves,
    target_json,
)
from fugue_actors.actors.targets.parsing import (
    DELIVERIES,
    Address,
    parse_address,
    parse_target,
)
from fugue_actors.actors.targets.refusals import no_session
from fugue_actors.actors.targets.resolving import newcomers, resolve

__all__ = [
    "DELIVERIES",
    "Address",
    "AllOfTarget",
    "AnyOfTarget",
    "BroadcastTarget",
    "Directory",
    "NotTarget",
    "OrchestratorTarget",
    "SessionTarget",
    "StateTarget",
    "TagTarget",
    "Target",
    "WorktreeTarget",
    "is_broad",
    "leaves",
    "newcomers",
    "no_session",
    "parse_address",
    "parse_target",
    "resolve",
    "target_json",
]
