"""The public surface: names that people's scripts and agents' prompts rely on."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from pathlib import Path

import fugue_actors
from fugue_actors import errors, kernel
from fugue_actors.cli.root import COMMANDS
from fugue_actors.gateways.mcp.tools import DESCRIBED
from fugue_actors.protocol.errors import CODES

ROOT = Path(__file__).resolve().parents[2]
TOOLS = {
    "fugue_attach_session",
    "fugue_broadcast",
    "fugue_create_session",
    "fugue_get_status",
    "fugue_get_tags",
    "fugue_kill_session",
    "fugue_list_panes",
    "fugue_list_sessions",
    "fugue_poll_messages",
    "fugue_read_pane",
    "fugue_report_status",
    "fugue_request_help",
    "fugue_send_input",
    "fugue_send_orchestration",
    "fugue_set_tags",
    "fugue_whoami",
}
PUBLIC_CODES = {
    "Busy",
    "HumanControl",
    "IdentityFixed",
    "InboxFull",
    "Internal",
    "InvalidArgument",
    "InvalidTarget",
    "NoRecipients",
    "NoRepository",
    "NotAllowed",
    "PaneExited",
    "PaneNotFound",
    "PayloadTooLarge",
    "RateLimited",
    "Restarting",
    "SessionNameExists",
    "SessionNotFound",
    "Timeout",
    "Unavailable",
}
PUBLIC_COMMANDS = {
    "demo",
    "doctor",
    "inbox",
    "kill",
    "ls",
    "mcp",
    "new",
    "read",
    "send",
    "serve",
    "status",
    "stop",
    "tag",
    "tree",
    "type",
}


def test_no_public_tool_is_lost() -> None:
    """Agents' prompts and permissions name them."""
    assert {tool.name for tool in DESCRIBED} >= TOOLS


def test_every_tool_says_what_it_takes_and_gives() -> None:
    """An agent decides by this text, and clients check results by the schema."""
    for tool in DESCRIBED:
        assert tool.description
        assert tool.title
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert tool.annotations is not None


def test_no_error_code_is_lost() -> None:
    """Codes are public and stable; each has its meaning in the reference."""
    assert set(CODES) >= PUBLIC_CODES
    assert all(meaning.endswith(".") for meaning in CODES.values())


def test_every_error_that_is_raised_has_a_public_code() -> None:
    """Also the codes of whole families, which are used where none is given."""
    families = [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.FugueError)
    ]
    raised = {family.code for family in families}
    for path in (ROOT / "fugue_actors").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                code = node.args[0]
                if name == "Refused" and isinstance(code, ast.Constant):
                    raised.add(str(code.value))
    assert raised - set(CODES) == set()
    assert {"NoRecipients", "IdentityFixed", "Restarting"} <= raised


def test_no_command_is_lost() -> None:
    """Scripts call them."""
    assert set(COMMANDS) >= PUBLIC_COMMANDS


def test_the_kernel_offers_what_it_says() -> None:
    """Its front door is the only way in."""
    assert len(set(kernel.__all__)) == len(kernel.__all__)
    assert all(hasattr(kernel, name) for name in kernel.__all__)


def test_there_is_one_version() -> None:
    """In the package, in what is installed, and at the top of the change log."""
    version = fugue_actors.__version__
    assert importlib.metadata.version("fugue-actors") == version
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)[0] == version
