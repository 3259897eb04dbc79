"""The vocabulary: what is said between actors, over wires and in the journal."""

from __future__ import annotations
