"""What a program in a pane finds in its environment, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from strategies import untimed

from fugue_actors.actors.environment import pane_environment

OWN = {
    "FUGUE": "1",
    "FUGUE_SOCKET": "/run/mcp.sock",
    "FUGUE_SESSION_ID": "the session",
    "FUGUE_SESSION_NAME": "ann",
    "FUGUE_PANE_ID": "p1",
    "FUGUE_TOKEN": "secret",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
}


def made(
    base: dict[str, str] | None = None,
    extra: dict[str, str] | None = None,
    home: str | None = None,
) -> dict[str, str]:
    return pane_environment(
        base or {},
        extra or {},
        session_id="the session",
        session_name="ann",
        pane_id="p1",
        token="secret",
        socket="/run/mcp.sock",
        home=home,
    )


def test_the_public_names_are_there_and_nothing_else_is_added() -> None:
    """This list is a promise to programs."""
    assert made() == OWN
    assert made(home="/h") == {**OWN, "FUGUE_HOME": "/h"}


@pytest.mark.parametrize(
    "name",
    [
        "TMUX", "TMUX_PANE", "STY", "ZELLIJ", "ZELLIJ_SESSION_NAME", "CLAUDECODE",
        "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_SSE_PORT",
        "CLAUDE_PROJECT_DIR", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED",
        "CODEX_THREAD_ID", "GEMINI_CLI", "COLUMNS", "LINES", "TERM_PROGRAM",
        "FUGUE_ANYTHING", "FUGUE_HOME",
    ],
)  # fmt: skip
def test_what_binds_to_an_outer_multiplexer_or_agent_is_removed(name: str) -> None:
    """A nested agent would take itself for a part of the outer one."""
    assert name not in made({name: "outer", "KEPT": "1"})


@pytest.mark.parametrize(
    "name",
    [
        "PATH", "HOME", "LANG", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY",
        "CLAUDE_CONFIG_DIR", "CODEX_HOME", "TMUX_TMPDIR", "MY_TMUX", "FUGUEX",
        "CLAUDE_CODE_USE_BEDROCK",
    ],
)  # fmt: skip
def test_everything_else_is_passed_on(name: str) -> None:
    """Above all credentials: without them no agent works."""
    assert made({name: "mine"})[name] == "mine"


def test_what_is_set_for_a_pane_overrides_what_was_inherited_and_removed() -> None:
    """Whoever asks for a variable by name means it."""
    made_of = made({"A": "1", "TMUX": "outer"}, {"A": "2", "TMUX": "on purpose"})
    assert (made_of["A"], made_of["TMUX"]) == ("2", "on purpose")


@untimed
@given(
    st.dictionaries(st.sampled_from([*OWN, "FUGUE_HOME"]), st.text()),
    st.dictionaries(st.sampled_from([*OWN, "FUGUE_HOME"]), st.text()),
    st.none() | st.just("/h"),
)
def test_nobody_can_set_what_fugue_sets(
    base: dict[str, str], extra: dict[str, str], home: str | None
) -> None:
    """A pane's ids are its own, whatever was inherited or asked for."""
    assert made(base, extra, home) == made(home=home)
