"""One page of a real browser: what is on it, and what a person does to it.

Everything waits for what can be seen in the page and is bounded; nothing sleeps. Input
is real: it goes through the browser's own event handling, focus and hit testing. What
the page does wrong is collected in `complaints`: console errors and warnings, uncaught
exceptions, breaches of its Content-Security-Policy, and requests that failed.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Final, Self

import attrs
import trio
from browserkeys import MODIFIERS, press
from devtools import DevTools, ProtocolError
from pagefaults import Faults

WITHIN: Final = 60.0
"""Seconds that anything on a page may take to appear."""

LOOK_AGAIN: Final = 0.02
"""Seconds between two looks, from outside of a page."""


class PageError(Exception):
    """An expression failed in the page, or what was waited for did not come."""


@attrs.frozen(kw_only=True)
class Size:
    """A window, in CSS pixels; `scale` is device pixels per CSS pixel."""

    width: int = 1280
    height: int = 800
    scale: float = 1.0
    is_phone: bool = False


# An element is as good as true, but as JSON it would be an empty object.
TRUTH: Final = "(found => found instanceof Node ? true : found)"

PHONE: Final = Size(width=390, height=844, scale=2.0, is_phone=True)

# Where to click an element; or why it cannot be clicked now.
PLACE: Final = """function () {
  if (!this.isConnected) return "is gone";
  this.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
  const box = this.getBoundingClientRect();
  if (!this.checkVisibility({visibilityProperty: true}) || !box.width || !box.height)
    return "is not visible";
  if (this.disabled) return "is disabled";
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top) return "is outside of the window";
  if (top !== this && !this.contains(top) && !top.closest("label")?.contains(this))
    return "is covered by " + top.outerHTML.slice(0, 120);
  return {x, y};
}"""


@attrs.frozen
class Element:
    """An element of a page, whatever becomes of it.

    Attributes:
        page: The page it is on.
        object_id: The browser's name for it.
    """

    page: Page
    object_id: str

    async def ask(self, function: str) -> Any:
        """What a JavaScript function returns that is called with it as `this`."""
        answer = await self.page.call(
            "Runtime.callFunctionOn",
            functionDeclaration=function,
            objectId=self.object_id,
            returnByValue=True,
            awaitPromise=True,
        )
        return value_of(answer)

    async def text(self) -> str:
        """Its text as it is rendered."""
        text: str = await self.ask("function () { return this.innerText }")
        return text

    async def attribute(self, name: str) -> str | None:
        """An attribute's value; None if it has none."""
        found: str | None = await self.ask(
            f"function () {{ return this.getAttribute({json.dumps(name)}) }}"
        )
        return found

    async def place(self) -> tuple[float, float]:
        """Where to click it, scrolled into view, once it can be clicked."""
        place: Any = "was not looked at"
        with trio.move_on_after(WITHIN):
            while isinstance(place, str):
                place = await self.ask(PLACE)
                if isinstance(place, str):
                    await trio.sleep(LOOK_AGAIN)
        if isinstance(place, str):
            html = await self.ask("function () { return this.outerHTML }")
            raise PageError(f"{html[:200]} {place}")
        return place["x"], place["y"]

    async def click(self, *, count: int = 1, held: str = "") -> None:
        """Click its middle with the mouse, or tap it on a phone."""
        x, y = await self.place()
        if self.page.size.is_phone:
            await self.page.tap(x, y)
        else:
            await self.page.click_at(x, y, count=count, held=held)

    async def fill(self, text: str) -> None:
        """Click it and type, in place of what it holds."""
        await self.click()
        await self.page.press("Control+a")
        await self.page.press("Delete")
        await self.page.write(text)


@attrs.define(eq=False)
class Page:
    """One tab.

    Attributes:
        devtools: The browser's wire.
        context: The browser context it is in.
        target: The browser's name for it.
        session: Its session on that wire.
        size: Of its window.
        faults: Its requests, and what it did wrong.
    """

    devtools: DevTools
    context: str
    target: str
    session: str
    size: Size = attrs.field(factory=Size)
    faults: Faults = attrs.field(factory=Faults)

    @classmethod
    async def opened(cls, devtools: DevTools, context: str) -> Self:
        """A new, empty page in a browser context."""
        made = await devtools.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )
        attached = await devtools.call(
            "Target.attachToTarget", targetId=made["targetId"], flatten=True
        )
        session = attached["sessionId"]
        page = cls(devtools, context, made["targetId"], session)
        devtools.listen(session, page.faults.take)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            await page.call(f"{domain}.enable")
        return page

    async def call(self, method: str, /, **params: Any) -> dict[str, Any]:
        """A command of the protocol, for this page."""
        return await self.devtools.call(method, self.session, **params)

    @property
    def complaints(self) -> list[str]:
        """What it did wrong so far, but for what was allowed."""
        return self.faults.complaints()

    # ---- looking

    async def evaluate(self, expression: str) -> Any:
        """An expression's value, or that of its promise, as JSON.

        Raises:
            PageError: It threw.
        """
        answer = await self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        return value_of(answer)

    async def until(self, expression: str, *, within: float = WITHIN) -> Any:
        """Wait until an expression is true; its value.

        Args:
            expression: In JavaScript. What it throws counts as false meanwhile, since a
                page that is being loaded has not everything yet.
            within: Seconds.

        Raises:
            PageError: It did not become true; what it was at last is told.
        """
        last: Any = None
        with trio.move_on_after(within):
            while True:
                try:
                    last = await self.evaluate(f"{TRUTH}({expression})")
                except (PageError, ProtocolError) as error:
                    last = error
                else:
                    if last:
                        return last
                await trio.sleep(LOOK_AGAIN)
        raise PageError(
            f"not within {within:g} s: {expression}; at last: {last!r}; "
            f"complaints: {self.complaints}"
        )

    async def element(self, selector: str, *, within: float = WITHIN) -> Element:
        """The first visible element that a CSS selector means, once there is one."""
        look = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".find(one => one.checkVisibility({visibilityProperty: true}))"
        )
        await self.until(f"Boolean({look})", within=within)
        answer = await self.call("Runtime.evaluate", expression=look)
        return Element(self, answer["result"]["objectId"])

    async def named(self, role: str, name: str, *, within: float = WITHIN) -> Element:
        """The element that a screen reader finds by its role and exact name."""
        found: list[Any] = []
        with trio.move_on_after(within):
            while not found:
                try:
                    found = await self.query(role, name)
                except ProtocolError:  # the page is being replaced
                    found = []
                if not found:
                    await trio.sleep(LOOK_AGAIN)
        if not found:
            raise PageError(
                f"no {role} is named {name!r}; there are:\n{await self.outline()}"
            )
        resolved = await self.call(
            "DOM.resolveNode", backendNodeId=found[0]["backendDOMNodeId"]
        )
        return Element(self, resolved["object"]["objectId"])

    async def query(self, role: str, name: str) -> list[Any]:
        """The accessible nodes of this role and name, in the order of the page."""
        root = await self.call("DOM.getDocument", depth=0)
        answer = await self.call(
            "Accessibility.queryAXTree",
            nodeId=root["root"]["nodeId"],
            role=role,
            accessibleName=name,
        )
        return [each for each in answer["nodes"] if not each["ignored"]]

    async def outline(self) -> str:
        """What a screen reader has of the page: a line `role "name"` for each node."""
        tree = await self.call("Accessibility.getFullAXTree")
        lines = []
        for node in tree["nodes"]:
            role = node.get("role", {}).get("value", "")
            if node["ignored"] or role in ("InlineTextBox", "none", "generic"):
                continue
            lines.append(f'{role} "{node.get("name", {}).get("value", "")}"')
        return "\n".join(lines)

    async def text(self, selector: str = "body") -> str:
        """The rendered text of the first element that a selector means."""
        text: str = await self.evaluate(
            f"document.querySelector({json.dumps(selector)}).innerText"
        )
        return text

    async def until_text(
        self, text: str, selector: str = "body", *, within: float = WITHIN
    ) -> None:
        """Wait until an element shows this text."""
        found = f"document.querySelector({json.dumps(selector)})?.innerText"
        await self.until(f"{found}.includes({json.dumps(text)})", within=within)

    async def history(self) -> list[str]:
        """The addresses that one can go back to, and the present one."""
        answer = await self.call("Page.getNavigationHistory")
        return [entry["url"] for entry in answer["entries"]]

    async def picture(self) -> bytes:
        """The window as a PNG."""
        answer = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    # ---- going

    async def go(self, url: str) -> None:
        """Open an address and wait until it is loaded.

        Raises:
            PageError: It cannot be loaded.
        """
        loaded = self.faults.next_load()
        answer = await self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise PageError(f"{url}: {answer['errorText']}")
        if "loaderId" in answer:  # else only the fragment is another one
            with trio.fail_after(WITHIN):
                await loaded.wait()

    async def reload(self) -> None:
        """Press reload and wait until it is loaded."""
        loaded = self.faults.next_load()
        await self.call("Page.reload")
        with trio.fail_after(WITHIN):
            await loaded.wait()

    # ---- doing

    async def press(self, *chords: str) -> None:
        """Press and release keys, one after the other; see `browserkeys.press`."""
        for chord in chords:
            for event in press(chord):
                await self.call("Input.dispatchKeyEvent", **event)

    async def write(self, text: str) -> None:
        """Type a text, a key press for each character."""
        for character in text:
            await self.press("Enter" if character == "\n" else character)

    async def compose(self, *steps: str, text: str) -> None:
        """Enter text through an input method: what it shows meanwhile, then the text."""
        for step in steps:
            await self.call(
                "Input.imeSetComposition",
                text=step,
                selectionStart=len(step),
                selectionEnd=len(step),
            )
        await self.call("Input.insertText", text=text)

    async def paste(self, text: str) -> None:
        """Put a text on the clipboard, as another program would, and press Control+v."""
        await self.devtools.call(
            "Browser.grantPermissions",
            browserContextId=self.context,
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        await self.call("Page.bringToFront")
        await self.evaluate(f"navigator.clipboard.writeText({json.dumps(text)})")
        await self.press("Control+v")

    async def click_at(
        self, x: float, y: float, *, count: int = 1, held: str = ""
    ) -> None:
        """Click a place in the window, `count` times in quick succession."""
        where = {"x": x, "y": y, "modifiers": MODIFIERS.get(held, 0)}
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", **where)
        button = {**where, "button": "left"}
        for number in range(1, count + 1):
            for kind in ("mousePressed", "mouseReleased"):
                await self.call(
                    "Input.dispatchMouseEvent", type=kind, clickCount=number, **button
                )

    async def drag(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one place and release it at another, as to select text."""
        (x, y), (to_x, to_y) = begin, end
        half = ((x + to_x) / 2, (y + to_y) / 2)
        steps = [
            ("mouseMoved", begin, "none"),
            ("mousePressed", begin, "left"),
            ("mouseMoved", half, "left"),
            ("mouseMoved", end, "left"),
            ("mouseReleased", end, "left"),
        ]
        for kind, (at_x, at_y), button in steps:
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=at_x,
                y=at_y,
                button=button,
                clickCount=0 if kind == "mouseMoved" else 1,
            )

    async def scroll(self, x: float, y: float, by: float) -> None:
        """Turn the mouse wheel over a place; down is positive, in CSS pixels."""
        await self.call(
            "Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=by
        )

    async def tap(self, x: float, y: float) -> None:
        """Touch a place for a moment."""
        await self.call(
            "Input.dispatchTouchEvent",
            type="touchStart",
            touchPoints=[{"x": x, "y": y}],
        )
        await self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    # ---- circumstances

    async def set_size(self, size: Size) -> None:
        """Make the window this large; a phone's also has a touch screen."""
        self.size = size
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=size.width,
            height=size.height,
            deviceScaleFactor=size.scale,
            mobile=size.is_phone,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=size.is_phone)

    async def set_look(self, *, scheme: str = "dark", motion: str = "reduce") -> None:
        """What the person prefers: `dark` or `light`, `reduce` or `no-preference`."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        await self.call("Emulation.setEmulatedMedia", features=features)


def value_of(answer: dict[str, Any]) -> Any:
    """What the browser evaluated.

    Raises:
        PageError: It threw.
    """
    if "exceptionDetails" in answer:
        details = answer["exceptionDetails"]
        thrown = details.get("exception", {})
        raise PageError(thrown.get("description") or details["text"])
    return answer["result"].get("value")
