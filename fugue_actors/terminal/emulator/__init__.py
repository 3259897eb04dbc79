"""The terminal emulator: bytes in, screen, history and what the program says out. PURE."""

from __future__ import annotations

from fugue_actors.terminal.emulator.emulator import Emulator

__all__ = ["Emulator"]
