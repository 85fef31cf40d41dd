"""A browser for tests: cookies, redirects, forms, and the vendors' login steps by the field names of their
pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
from lxml import html


@dataclass
class Form:
    """The one form of a page: where it goes, what it would send as it stands, and the names of all its
    inputs."""

    action: str
    method: str
    fields: dict[str, str]
    names: set[str]


def form_of(page: httpx.Response) -> Form:
    """The page's form. Fails when there is none."""
    forms = html.fromstring(page.text).forms
    assert len(forms) == 1, page.text
    form = forms[0]
    fields = {name: value or "" for name, value in form.form_values()}
    names = {str(name) for name in form.inputs.keys()}  # noqa: SIM118 - iterating over it gives the elements
    return Form(urljoin(str(page.url), form.get("action") or ""), form.method.lower(), fields, names)


class Browser:
    """Follows redirects and keeps cookies, as a person's browser would."""

    def __init__(self) -> None:
        self.http = httpx.Client(follow_redirects=True, timeout=30, trust_env=False)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, url: str) -> httpx.Response:
        """Open a URL."""
        return self.http.get(url)

    def submit(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """Submit the page's form with what was typed; a name with a dot is given with two underscores."""
        form = form_of(page)
        values = {name.replace("__", "."): value for name, value in typed.items()}
        return self.http.post(form.action, data={**form.fields, **values})

    def sign_in(self, page: httpx.Response, login: str, password: str, *, stay: str = "0") -> httpx.Response:
        """Go through the login steps of whichever vendor's page this is."""
        if "identifier" in form_of(page).names:
            return self.submit(self.submit(page, identifier=login), credentials__passcode=password)
        page = self.submit(page, loginfmt=login)
        if "passwd" not in form_of(page).names:
            return page
        page = self.submit(page, passwd=password)
        if 'id="KmsiDescription"' in page.text:
            page = self.submit(page, LoginOptions=stay)
        return page


def password_of(persona: str) -> str:
    """The published password of a catalogue persona."""
    return f"correct-horse-{persona}"
