"""The outside world: connections, who they are, and what they may ask.

Gateways translate and forward; they decide nothing about sessions or messages.
"""

from __future__ import annotations
