"""Several people at once: whatever they and the fleet do, all of them see one truth."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import trio
from visiting import Visit, session, token, url

if TYPE_CHECKING:
    from browserpage import Page
    from chromium import Chromium
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

COLLECTIONS = ("sessions", "panes", "layouts", "states", "messages")
KINDS = ["tree", "states", "messages"]
STEPS = 25
ROLES = ("operator", "operator", "observer", "observer")
WITHIN = 60.0

# The page's own connection and model, which are then asked what they hold.
JOIN = """
Promise.all([import("/static/connection.js"), import("/static/model.js")])
  .then(([{ Connection }, { Model }]) => {
    window.model = new Model();
    window.connection = new Connection({ url: `ws://${location.host}/ws`, model });
    return new Promise((done) => {
      model.addEventListener("change", () => model.loaded && done(true));
      connection.start(TOKEN);
    });
  })
"""


def snapshot(home: Home) -> dict[str, Any]:
    """What a person at the control socket is told first."""
    with home.control() as control:
        control("subscribe", kinds=KINDS)
        frame: dict[str, Any] = json.loads(control.file.readline())
    return {name: frame["snapshot"][name] for name in COLLECTIONS}


async def held(page: Page) -> dict[str, Any]:
    """What a viewer's model holds."""
    told = await page.evaluate(
        f"{json.dumps(COLLECTIONS)}.map(name => [name, Object.fromEntries(model[name])])"
    )
    return dict(told)


def act(home: Home, chance: Random) -> None:
    """Something that happens in a fleet."""
    with home.control() as control:
        sessions = control("list_sessions")["sessions"]
        running = [one["session_name"] for one in sessions if one["kind"] == "pane"]
        name = f"s{chance.randrange(10**6)}"
        some = chance.choice(running) if running else None
        step = chance.randrange(5)
        if some is None or step == 0:
            session(home, name, "sh")
        elif step == 1 and len(running) > 2:
            control("kill_session", session=some)
        elif step == 2:
            control("set_tags", session=some, add=[name])
        elif step == 3:
            control("split_pane", session=some, command=["true"])
        else:
            control(
                "send_orchestration",
                target={"session": some},
                msg_type="note",
                payload={"text": name},
            )


@pytest.mark.parametrize("seed", range(2))
async def test_observers_and_operators_see_what_the_daemon_says(
    home: Home, chromium: Chromium, nursery: trio.Nursery, seed: int
) -> None:
    """Two of each, from real pages; the judge is a snapshot over the other framing."""
    chance = Random(seed)
    async with AsyncExitStack() as stack:
        pages = []
        for role in ROLES:
            page = await stack.enter_async_context(chromium.page(nursery))
            await page.go(url(home))
            given = json.dumps(token(home, role)["token"])
            await page.evaluate(JOIN.replace("TOKEN", given))
            pages.append(page)
        for _ in range(STEPS):
            await trio.to_thread.run_sync(act, home, chance)
        # It is quiet soon: then all hold the same, and so does who comes now.
        with trio.move_on_after(WITHIN):
            while True:
                truth = await trio.to_thread.run_sync(snapshot, home)
                views = [await held(page) for page in pages]
                if all(view == truth for view in views):
                    break
                await trio.sleep(0.1)
        for role, view in zip(ROLES, views, strict=True):
            assert view == truth, role
        assert truth["sessions"]
        assert truth["messages"]
        assert all(page.complaints == [] for page in pages)


async def test_what_one_person_does_the_other_sees(
    home: Home, page: Page, chromium: Chromium, nursery: trio.Nursery
) -> None:
    """Typed by one, read by the other; and who types has it to themselves."""
    pane = session(home, "shared", "sh", "-c", "echo begin; cat")["pane_id"]
    async with chromium.page(nursery) as other:
        watcher = await Visit.begun(other, home, "observer")
        typist = await Visit.begun(page, home)
        for visit in (watcher, typist):
            await visit.open_pane(pane)
            await visit.screen_shows("begin")
        await typist.take_control()
        await page.write("seen by both\n")
        for visit in (watcher, typist):
            await visit.screen_shows("seen by both")
        assert other.complaints == []
