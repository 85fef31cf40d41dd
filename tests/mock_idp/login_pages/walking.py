"""One person at one browser, page by page: what is shown, and what a form sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty, redirect_parameters


@dataclass
class Walk:
    """A login under way at a relying party; `page` is the last answer."""

    registrar: Registrar
    vendor: str
    party: RelyingParty
    page: httpx.Response = field(init=False)

    def ask(self, **parameters: str) -> Walk:
        """Begin a login."""
        self.page = self._rest(self.party.ask(**parameters))
        return self

    def submit(self, fields: dict[str, str], press: str = "") -> Walk:
        """Submit the page's one form with `fields`, by the button that the XPath condition `press` names."""
        [form] = self.tree.forms
        values = {name: str(value or "") for name, value in form.form_values()} | fields
        buttons = form.xpath(f".//button[{press}]") if press else form.xpath(".//button")
        assert buttons, f"no button {press} on {self.page.text}"
        if buttons[0].get("name"):
            values[buttons[0].get("name")] = buttons[0].get("value", "")
        assert fields.keys() <= {name for name, _ in form.form_values()} | set(form.fields), fields
        url = urljoin(str(self.page.url), form.get("action"))
        self.page = self._rest(self.party.browser.post(url, data=values))
        return self

    def code(self, persona: str) -> str:
        """What the person's authenticator shows."""
        return str(self.registrar.change(self.vendor, "GET", f"/personas/{persona}/code")["code"])

    @property
    def tree(self) -> Any:  # noqa: ANN401 - lxml has no precise types for it
        """The page."""
        return html.fromstring(self.page.text)

    @property
    def heading(self) -> str:
        """The page's heading."""
        return str(self.tree.xpath("string(//h1 | //h2)")).strip()

    @property
    def alert(self) -> str:
        """The inline error."""
        return " ".join(self.tree.xpath("string(//*[@role='alert'])").split())

    @property
    def answer(self) -> dict[str, str]:
        """What arrives at the redirect URI."""
        assert self.page.is_redirect, self.page.text
        return redirect_parameters(self.page)

    def _rest(self, page: httpx.Response) -> httpx.Response:
        while page.is_redirect and not page.headers["Location"].startswith(REDIRECT_URI):
            page = self.party.browser.get(urljoin(str(page.url), page.headers["Location"]))
        return page
