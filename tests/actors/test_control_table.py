"""The table of human control in the reference: what becomes of each write in each case."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import open_world
from panekit import Later, Open, outcome_of
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.actors import control, panes
from fugue_actors.actors.arbiter import Writer
from fugue_actors.kernel import Ref
from fugue_actors.protocol import hosting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "human-control.md"
PATIENCE = 30.0

WHAT: dict[str, dict[str, Any]] = {
    "text": {"text": "ls", "paste": False},
    "a paste": {"text": "ls", "paste": True},
    "keys": {"keys": ("Up", "C-e")},
    "text and Enter": {"text": "ls", "submit": True},
}
SENT = {
    "text": b"ls",
    "a paste": b"\x1b[200~ls\x1b[201~",
    "keys": b"\x1b[A\x05",
    "text and Enter": b"\x1b[200~ls\x1b[201~\r",
}


def cells() -> list[Any]:
    """When, who, and what becomes of it, of each cell of the table."""
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("<!-- cells -->")[1].split("<!-- end of cells -->")[0]
    rows = [line.strip("|").split("|") for line in table.split("\n") if line]
    head, _, *rows = [[cell.strip() for cell in row] for row in rows]
    return [
        pytest.param(row[0], who, becomes, id=f"{row[0]}: {who}")
        for row in rows
        for who, becomes in zip(head[1:], row[1:], strict=True)
    ]


@attrs.frozen
class Scene:
    """A pane, and who is there."""

    it: Open
    ada: Ref
    grace: Ref
    nursery: trio.Nursery

    def writer(self, who: str) -> Writer:
        """As whom somebody writes."""
        match who:
            case "an agent":
                return Writer(kind="agent")
            case "fugue":
                return Writer(kind="fugue")
        name, how = re.fullmatch(r"(Ada|Grace)(?:'s (key)| at once)", who).groups()
        connection = self.ada if name == "Ada" else self.grace
        kind = "live" if how else "person"
        return Writer(kind=kind, name=name, operator_id=connection.id)

    async def write(
        self, who: str, *, patience: float | None = None, **what: Any
    ) -> Any:
        """Somebody writes; or why that is refused."""
        writer = self.writer(who)
        connection = self.ada if writer.name == "Ada" else self.grace
        given = {"text": None, "keys": (), "submit": False, **what}
        return await outcome_of(
            panes.type_into(
                self.it.pane,
                writer=writer,
                connection=connection if writer.kind == "live" else None,
                patience=patience,
                **given,
            )
        )

    async def take(self, **how: Any) -> None:
        """Ada takes control."""
        await control.take(self.it.pane, self.writer("Ada's key"), self.ada, **how)

    async def note(self, activity: Any, who: str = "Ada's key") -> None:
        """Somebody does something there."""
        await control.note(self.it.pane, activity, self.writer(who))

    async def let_go(self) -> None:
        """Ada does not control any more."""
        await control.release(self.it.pane, self.writer("Ada's key"))


async def nobody(scene: Scene) -> None:
    """Nothing was done."""


async def at_rest(scene: Scene) -> None:
    await scene.write("Ada's key", text="x", keys=("Enter",))
    await trio.sleep(10)


async def prefix(scene: Scene) -> None:
    await scene.take()
    await scene.note("prefix")


async def typed(scene: Scene) -> None:
    await scene.write("Ada's key", text="x", keys=("Enter",), paste=False)


async def pasted(scene: Scene) -> None:
    await scene.write("Ada's key", text="two\nlines", keys=("C-c",))


async def arranged(scene: Scene) -> None:
    await scene.take()
    await scene.note("layout")


async def typed_and_prefix(scene: Scene) -> None:
    await typed(scene)
    await scene.note("prefix")


async def typed_and_let_go(scene: Scene) -> None:
    await typed(scene)
    await scene.let_go()


async def resized(scene: Scene) -> None:
    await scene.take()
    await panes.resize(scene.it.pane, columns=100, lines=30)


async def begun(scene: Scene) -> None:
    await scene.write("Ada's key", text="half", paste=False)
    await trio.sleep(10)


async def begun_and_left(scene: Scene) -> None:
    await begun(scene)
    await scene.it.world.hang_up(scene.ada)


async def locked(scene: Scene) -> None:
    await scene.take(exclusive=True)


async def written(scene: Scene) -> None:
    await scene.write("Grace at once", text="x", submit=True)


async def begun_at_once(scene: Scene) -> None:
    await scene.write("Grace at once", text="half")
    await trio.sleep(10)


async def arranged_by_grace(scene: Scene) -> None:
    await scene.note("layout", "Grace at once")


async def in_a_turn(scene: Scene) -> None:
    await scene.take()
    Later(scene.nursery, scene.write("an agent", text="turn", submit=True))


WHEN: dict[str, Callable[[Scene], Any]] = {
    "nobody controls": nobody,
    "Ada controls and does nothing": at_rest,
    "Ada has pressed a prefix key": prefix,
    "Ada has typed": typed,
    "Ada has pasted": pasted,
    "Ada has worked on the layout": arranged,
    "Ada has typed and then pressed a prefix key": typed_and_prefix,
    "Ada has typed and let go": typed_and_let_go,
    "Ada has resized the pane": resized,
    "Ada has begun a line": begun,
    "Ada has begun a line and left": begun_and_left,
    "Ada has locked the pane": locked,
    "Grace has written a line at once, and nobody controls": written,
    "Grace has begun a line at once, and nobody controls": begun_at_once,
    "Grace has worked on the layout, and nobody controls": arranged_by_grace,
    "a text is written whose Enter is still to come": in_a_turn,
}


@pytest.fixture
async def scene(nursery: trio.Nursery) -> AsyncIterator[Scene]:
    with trio.fail_after(10_000):
        async with open_world() as world:
            ann = await world.session("ann")
            it = Open(world, ann, await world.pane(ann))
            it.host.modes = hosting.Modes(bracketed_paste=True)
            yield Scene(it, await world.connection(), await world.connection(), nursery)
            nursery.cancel_scope.cancel()


def test_the_table_has_every_case_and_no_other() -> None:
    """A row that nobody set up would be a promise without a test."""
    assert {cell.values[0] for cell in cells()} == set(WHEN)


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize(("when", "who", "becomes"), cells())
async def test_each_cell_is_what_happens(
    autojump_clock: MockClock,
    scene: Scene,
    when: str,
    who: str,
    becomes: str,
    what: str,
) -> None:
    """Written at once, after so many seconds, after the end of a draft or a turn; or not at all."""
    await WHEN[when](scene)
    await wait_all_tasks_blocked()
    before, sent = trio.current_time(), len(scene.it.host.typed)
    if becomes.startswith("waits"):
        is_turn = becomes == "waits for it"
        if not is_turn:
            refused = await scene.write(who, patience=0, **WHAT[what])
            check_refusal(refused, becomes)
            assert trio.current_time() == before
        call = Later(scene.nursery, scene.write(who, patience=PATIENCE, **WHAT[what]))
        if becomes == "waits for its end":
            await trio.sleep(PATIENCE / 2)
            assert len(scene.it.host.typed) == sent
            scene.it.host.draft.drop()
            scene.it.host.settle()
            due = PATIENCE / 2
        elif is_turn:
            assert scene.it.host.bytes_typed.endswith(b"turn\x1b[201~")
            sent, due = sent + 1, 0.5
        else:
            due = float(becomes.split()[1])
        await trio.sleep(PATIENCE)
        times = [at for at, _ in scene.it.host.typed[sent:]]
        assert times[0] == before + due
        assert call.outcome.bytes
    else:
        outcome = await scene.write(who, patience=PATIENCE, **WHAT[what])
        if becomes == "refused":
            check_refusal(outcome, becomes)
            assert trio.current_time() == before
            await trio.sleep(PATIENCE)
            if not when.startswith("a text"):
                assert len(scene.it.host.typed) == sent
            return
        assert becomes == "written"
        assert outcome.bytes
        assert scene.it.host.typed[sent][0] == before
    assert b"".join(data for _, data in scene.it.host.typed[sent:]) == SENT[what]


def check_refusal(error: Any, becomes: str) -> None:
    """It says why, and when it may be tried again if that is known."""
    assert error.code == "HumanControl"
    assert error.hint
    if becomes == "refused":
        assert error.data["reason"] == "control"
    elif becomes == "waits for its end":
        assert error.data["reason"] == "draft"
    else:
        assert error.data["reason"] in ("prefix", "typing", "layout")
        assert error.data["remaining"] == float(becomes.split()[1])
        return
    assert "remaining" not in error.data
