"""fugue: a daemon that supervises coding agents as actors."""

from __future__ import annotations

__version__ = "0.1.0"
