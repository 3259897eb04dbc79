"""`fugue doctor`: checks this machine, and says what mends what."""

from __future__ import annotations

from fugue_actors.cli import checkup, render
from fugue_actors.cli.exits import DONE, FAILED
from fugue_actors.cli.options import command


@command("doctor")
def doctor(*, as_json: bool) -> int:
    """Check this machine; exit code 1 if something is wrong.

    For each agent that is installed it shows the command that tells it about fugue.
    """
    checks = list(checkup.all_checks())
    healthy = all(check.state != "problem" for check in checks)
    if as_json:
        shapes = [check._asdict() for check in checks]
        render.show_json({"ok": healthy, "checks": shapes})
        return DONE if healthy else FAILED
    render.show_table(
        ("check", "state", "evidence"),
        [(check.name, check.state, check.evidence) for check in checks],
    )
    remedies = [check for check in checks if check.fix]
    if remedies:
        print()
    for check in remedies:
        purpose = "mend" if check.state == "problem" else "set up"
        print(f"{purpose} {check.name}: {render.cell(check.fix)}")
    return DONE if healthy else FAILED
