"""What can be asked of the daemon: one table for MCP and the control protocol.

`table.OPERATIONS` is the table; `table.carry_out` is the one way in: it checks the
arguments, asks `authority` and runs the operation as the connection's own session.
"""

from __future__ import annotations

from fugue_actors.gateways.operations.context import Context
from fugue_actors.gateways.operations.operation import ArgumentsRejected, Operation
from fugue_actors.gateways.operations.table import OPERATIONS, carry_out

__all__ = ["OPERATIONS", "ArgumentsRejected", "Context", "Operation", "carry_out"]
