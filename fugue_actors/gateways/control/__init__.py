"""The control protocol: one gateway actor per connection, on `control.sock` or the web."""

from __future__ import annotations

from fugue_actors.gateways.control.connection import ControlConnection, refusal

__all__ = ["ControlConnection", "refusal"]
