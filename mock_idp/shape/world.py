"""One tenant in this process without a network: a browser and a back channel for it, to produce messages."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin

from lxml import html
from werkzeug.test import TestResponse

from mock_idp.app import create_app
from mock_idp.apps import App
from mock_idp.keys import KeyPool
from mock_idp.personalities.base import Personality
from mock_idp.personas import CATALOGUE, Persona
from mock_idp.shape.reading import NOT_SHOWN
from mock_idp.tenants import Tenant, TenantStore

SITE = "http://127.0.0.1:8400"
APPLICATION = "http://localhost:9"
"""The site of the application. Nothing listens there: what is sent to it is what is looked at."""
PERSON = "alice"
MOST_STEPS = 8
_POOL = KeyPool()  # for all worlds, as a key takes longer to make than a message


class ProductionError(Exception):
    """The personality did not produce the message; the text says at which step and what it showed."""


class World:
    """A tenant of one personality, in which one application and one person are enough."""

    def __init__(
        self, personality: Personality, persona: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        store = TenantStore(SITE, _POOL)
        person = CATALOGUE[PERSON].patched(dict(persona))
        self.tenant: Tenant = store.create(personality, "shape", {PERSON: person})
        self.tenant.settings = self.tenant.settings.changed(dict(settings))
        flask = create_app(store)
        flask.config["PROPAGATE_EXCEPTIONS"] = True  # a mistake of ours is to be seen as such
        self.browser = flask.test_client()
        self.back_channel = flask.test_client(use_cookies=False)

    @property
    def person(self) -> Persona:
        """The person who signs in."""
        return self.tenant.personas[PERSON]

    @property
    def bases(self) -> tuple[str, ...]:
        """The URLs that are the IdP's own."""
        return (self.tenant.base_url,)

    def register(self, app: App) -> None:
        """Make `app` known to the tenant."""
        self.tenant.apps[app.name] = app

    def visit(self, url: str) -> TestResponse:
        """Open a URL, sign in, and return the answer that leaves the IdP: a form or redirect to elsewhere.

        A page without a known form is returned as it is."""
        answer = self.browser.get(url)
        at = url
        for _ in range(MOST_STEPS):
            location = answer.headers.get("Location")
            if location is not None and urljoin(at, location).startswith(SITE):
                at = urljoin(at, location)
                answer = self.browser.get(at)
                continue
            filled = None if location else self._filled(answer, at)
            if filled is None:
                return answer
            at, fields = filled
            answer = self.browser.post(at, data=fields)
        raise ProductionError(f"Signing in did not end after {MOST_STEPS} steps; the last one was {at}.")

    def _filled(self, answer: TestResponse, at: str) -> tuple[str, dict[str, str]] | None:
        """The next login step's URL and fields; None for a page that is no step of the IdP's own login."""
        if "html" not in (answer.content_type or ""):
            return None
        person = self.person
        answers = {
            "identifier": person.login,
            "credentials.passcode": person.password,
            "loginfmt": person.login,
            "passwd": person.password,
            "username": person.login,
            "password": person.password,
        }
        for form in html.fromstring(answer.text).forms:
            action = urljoin(at, form.get("action") or "")
            fields = {name: str(value or "") for name, value in form.form_values()}
            asked = {name: answers[name] for name in form.fields if name in answers}
            if action.startswith(SITE) and (asked or action.endswith("/kmsi")):
                return action, fields | asked
        return None


def posted(answer: TestResponse) -> dict[str, str]:
    """The fields of the form that posts to the application. Raises ProductionError."""
    forms = html.fromstring(answer.text).forms if answer.text.strip() else []
    for form in forms:
        if (form.get("action") or "").startswith(APPLICATION):
            return {name: str(value or "") for name, value in form.form_values()}
    raise ProductionError(
        f"Expected a form for {APPLICATION}, but came status {answer.status_code}: {said(answer)}"
    )


def said(answer: TestResponse) -> str:
    """What a page or body says, in short."""
    text = answer.text
    if "html" in (answer.content_type or ""):
        text = unescape(NOT_SHOWN.sub(" ", text))
    return " ".join(text.split())[:300]
