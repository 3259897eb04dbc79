"""The operations as MCP tools: what their schemas promise, their results keep."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from fugue_actors.errors import Refused
from fugue_actors.gateways.mcp import tools
from fugue_actors.protocol.errors import CODES

EVERY = [pytest.param(tool, id=tool.name) for tool in tools.DESCRIBED]


@pytest.mark.parametrize("tool", EVERY)
def test_a_refusal_fits_the_schema_of_every_tools_results(tool: Any) -> None:
    """The official TypeScript client checks refusals too, and shows none that fails."""
    for code in CODES:
        refusal = Refused(code, "what is wrong", hint="what to do", data={"near": []})
        shape = tools.failed(refusal).structured_content
        jsonschema.validate(shape, tool.output_schema)
    jsonschema.validate(
        tools.failed(Refused("Busy", "nothing more to say")).structured_content,
        tool.output_schema,
    )


@pytest.mark.parametrize("tool", EVERY)
def test_half_a_result_or_half_a_refusal_fits_no_schema(tool: Any) -> None:
    """The schema still says what a result must have."""
    assert tool.output_schema["type"] == "object"
    for shape in ({}, {"code": "Busy"}, {"message": "x"}, {"code": 7, "message": "x"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(shape, tool.output_schema)


def test_every_tool_is_described_as_its_operation_is() -> None:
    """One table; agents see nothing that is not in it, and nothing twice."""
    assert [tool.name for tool in tools.DESCRIBED] == list(tools.TOOLS)
    for tool in tools.DESCRIBED:
        operation = tools.TOOLS[tool.name]
        assert tool.name == f"fugue_{operation.name}"
        assert tool.input_schema == operation.tool_takes
        assert tool.output_schema is not None
        assert tool.output_schema["properties"] == operation.gives["properties"]
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint == operation.reads_only
        assert tool.annotations.destructive_hint == operation.destroys


def test_results_and_refusals_are_structured_and_the_same_as_text() -> None:
    """Clients that know no structured content read the text."""
    made = tools.succeeded({"a": "ü", "b": [1]})
    assert not made.is_error
    assert json.loads(made.content[0].text) == made.structured_content  # type: ignore[union-attr]
    refused = tools.failed(Refused("Busy", "no", hint="later", data={"n": 1}))
    assert refused.is_error
    assert refused.structured_content == {
        "code": "Busy",
        "message": "no",
        "hint": "later",
        "data": {"n": 1},
    }
    assert json.loads(refused.content[0].text) == refused.structured_content  # type: ignore[union-attr]
