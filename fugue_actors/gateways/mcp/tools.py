"""The operations as MCP tools: what agents are shown, and how results look to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types

from fugue_actors.gateways.operations import OPERATIONS, Operation
from fugue_actors.protocol.errors import CODES, error_json

if TYPE_CHECKING:
    from fugue_actors.errors import FugueError

PREFIX: Final = "fugue_"
REFUSAL: Final = {
    "description": "A refusal (isError): what is wrong, and mostly what to do.",
    "properties": {"code": {"enum": list(CODES)}, "message": {"type": "string"}},
    "required": ["code", "message"],
}


def described(operation: Operation) -> types.Tool:
    """An operation as a tool."""
    return types.Tool(
        name=PREFIX + operation.name,
        title=operation.title,
        description=operation.description,
        input_schema=operation.tool_takes,
        output_schema=or_refusal(operation.gives),
        annotations=types.ToolAnnotations(
            title=operation.title,
            read_only_hint=operation.reads_only,
            destructive_hint=operation.destroys,
            idempotent_hint=operation.reads_only,
            open_world_hint=False,
        ),
    )


def or_refusal(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, satisfied by a refusal too.

    Clients made with the official TypeScript SDK check the structured content of
    every result, also of errors, and would show none of a refusal that does not fit.
    """
    result = {key: value for key, value in schema.items() if key != "required"}
    return {**result, "anyOf": [{"required": schema["required"]}, REFUSAL]}


TOOLS: Final[dict[str, Operation]] = {
    PREFIX + row.name: row for row in OPERATIONS.values() if row.tool
}
DESCRIBED: Final = [described(operation) for operation in TOOLS.values()]


def succeeded(shape: dict[str, Any]) -> types.CallToolResult:
    """A result: structured, and the same as text for clients that know no better."""
    return types.CallToolResult(content=[as_text(shape)], structured_content=shape)


def failed(error: FugueError) -> types.CallToolResult:
    """A coded refusal, in the same two forms."""
    shape = error_json(error)
    return types.CallToolResult(
        content=[as_text(shape)], structured_content=shape, is_error=True
    )


def as_text(shape: dict[str, Any]) -> types.TextContent:
    compact = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return types.TextContent(type="text", text=compact)
