"""A person's hands at a page of Chromium: typing into inputs, pressing buttons, the Enter key.

Straight through DevTools: Playwright's own clicks and fills first load their helper script into every new
document and wait for animation frames, which costs more than the rest of a login step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml.html import HtmlElement
from playwright.async_api import CDPSession

from conformance.agents.document import Document, control_type, labels
from conformance.agents.forms import is_checked, pick_option
from conformance.agents.protocol import NotOnPageError

POSITION = "data-agent-position"
"""The attribute by which snapshot.js marks forms and controls."""
_TOUCH = Path(__file__).with_name("touch.js").read_text("utf-8")
_ENTER = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}


@dataclass(frozen=True, slots=True)
class Sight:
    """A document as snapshot.js saw it, and the mark by which touch.js knows it again."""

    document: Document
    mark: int


class Hands:
    """Works on elements of a snapshot, found again by their position in the live page."""

    def __init__(self, cdp: CDPSession) -> None:
        self._cdp = cdp

    async def fill_and_press(
        self,
        inputs: Mapping[str, HtmlElement],
        button: HtmlElement | None,
        values: Mapping[str, str],
        mark: int,
    ) -> None:
        """Fill in the inputs, then press `button`; without one, press Enter in the last input.

        Raises NotOnPageError when the page has not this `mark` any more or the button cannot be reached.
        """
        filled = [[*_place(element), _value(element, values[name])] for name, element in inputs.items()]
        where = await self._call([filled, _place(button) if button is not None else None, mark])
        if button is None:
            await self._cdp.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r", **_ENTER})
            await self._cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **_ENTER})
            return
        if where["problem"]:
            raise NotOnPageError(f"Nobody can press {(labels(button) or ['it'])[0]!r}: {where['problem']}.")
        mouse = {"x": where["x"], "y": where["y"], "button": "left", "clickCount": 1}
        await self._cdp.send("Input.dispatchMouseEvent", {"type": "mousePressed", **mouse})
        await self._cdp.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **mouse})

    async def _call(self, arguments: list[object]) -> dict[str, Any]:
        values = ", ".join(json.dumps(argument) for argument in arguments)
        call = {"expression": f"({_TOUCH.strip()})({values})", "returnByValue": True, "userGesture": True}
        answer = await self._cdp.send("Runtime.evaluate", call)
        if "exceptionDetails" in answer:
            why = answer["exceptionDetails"].get("exception", {}).get("description", "")
            raise NotOnPageError(f"The page changed while it was being filled in: {why.splitlines()[:1]}")
        found: dict[str, Any] = answer["result"].get("value") or {}
        return found


def _place(element: HtmlElement) -> list[object]:
    return [int(element.attrib[POSITION]), str(element.tag)]


def _value(element: HtmlElement, given: str) -> str | bool:
    kind = control_type(element)
    if kind == "radio":
        return True
    if kind == "checkbox":
        return is_checked(given)
    return pick_option(element, given) if kind == "select" else given
