"""The domain: who there is, who talks to whom, and the pure rules behind it."""

from __future__ import annotations
