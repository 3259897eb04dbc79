"""Where the `fugue` command starts, and what `fugue mcp` may load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from shimkit import FUGUE, environment, running_shim

import fugue_actors

ROOT = Path(fugue_actors.__file__).parent.parent
COSTLY = {"asyncio", "attr", "attrs", "cattrs", "click", "mcp", "pathlib", "rich"} | {
    "subprocess",
    "threading",
    "trio",
    "typing",
}


def loaded(code: str) -> set[str]:
    """The modules that a bare interpreter has loaded after running some code."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.stdout.reconfigure()"
    report = "import json; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-I", "-S", "-c", f"{program}\n{code}\n{report}"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_shim_loads_the_standard_library_only_and_little_of_it() -> None:
    """Each agent runs one for as long as it lives: 20 ms and 2 MB instead of 600."""
    modules = loaded("import fugue_actors.cli.shim")
    tops = {name.partition(".")[0] for name in modules}
    assert tops - {"fugue_actors", "__main__"} <= set(sys.stdlib_module_names)
    assert not tops & COSTLY
    ours = {name for name in modules if name.startswith("fugue_actors")}
    assert ours == {
        "fugue_actors",
        "fugue_actors.places",
        "fugue_actors.cli",
        *(
            f"fugue_actors.cli.{name}"
            for name in ("conversation", "jsonrpc", "pump", "relay", "requests", "shim")
        ),
    }


def test_fugue_mcp_does_not_pass_through_click() -> None:
    """The command that runs most often takes the shortest way in."""
    code = (
        "sys.argv[1:] = ['mcp', '--help']\n"
        "from fugue_actors.cli.entry import main\n"
        "try: main()\n"
        "except SystemExit as ending: assert ending.code == 0"
    )
    assert not {"click", "fugue_actors.cli.root"} & loaded(code)


def test_every_other_command_goes_to_click() -> None:
    """One program, two ways in."""
    done = subprocess.run(
        [*FUGUE, "--help"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    )
    assert "Commands" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["--as"], ["--as="], ["--token-file"], ["--nonsense"], ["ann"]],
)
async def test_wrong_usage_is_one_line_and_status_2(arguments: list[str]) -> None:
    """An agent's log shows that line and nothing else."""
    async with running_shim(*arguments, env=environment()) as shim:
        assert await shim.ended() == 2
        said = await shim.errors()
        assert said.startswith("fugue mcp: ")
        assert said.count("\n") == 1


async def test_help_says_what_it_is_for() -> None:
    """People will try it, and see an empty line that waits for JSON otherwise."""
    async with running_shim("--help", env=environment()) as shim:
        assert await shim.read_line() == (
            b"usage: fugue mcp [--as NAME] [--token-file FILE]\n"
        )
        assert await shim.ended() == 0


async def test_a_socket_path_too_long_names_what_to_change(tmp_path: Path) -> None:
    """Deep temporary directories are common, and the kernel's own error says little."""
    deep = tmp_path / ("x" * 120)
    async with running_shim(env=environment(FUGUE_HOME=str(deep))) as shim:
        assert await shim.ended() == 1
        assert "FUGUE_HOME" in await shim.errors()


def test_a_closed_stdin_is_refused_in_words() -> None:
    """Else the daemon's socket would become stdin, and serve itself."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *FUGUE, "mcp"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
        env=environment(),
    )
    assert done.returncode == 2
    assert "stdin and stdout must be open" in done.stderr


@pytest.mark.parametrize(
    ("command", "module"),
    [("ls", "fugue_actors.cli.root"), ("mcp", "fugue_actors.cli.shim")],
)
def test_ctrl_c_while_a_command_is_being_loaded_ends_it_without_a_word(
    command: str, module: str
) -> None:
    """Loading takes longer than anything else, so that is when it often comes."""
    program = f"""
import signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["fugue", {command!r}]
from fugue_actors.cli.entry import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
