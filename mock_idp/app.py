"""The two Flask applications (the IdP's own URLs, and control) and the process that serves them."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from mock_idp import control, forger, login_pages, saml
from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.http_errors import http_error
from mock_idp.lean import LeanFlask
from mock_idp.oidc import device as oidc_device
from mock_idp.oidc import routes as oidc_routes
from mock_idp.serving.listener import Listener
from mock_idp.settings import Settings
from mock_idp.template_files import template_files
from mock_idp.tenants import TenantStore
from mock_idp.tls import TlsFiles, kept_tls_files, throw_away_tls_files
from mock_idp.web import STORE

if TYPE_CHECKING:
    from mock_idp.workers import Shared

UNSAFE = re.compile(r"[^A-Za-z0-9,.\-_]")
MOST_BYTES = 1 << 20  # of a request body
MOST_QUERY = 150_000  # bytes; a SAML message has room in it


def create_app(store: TenantStore) -> Flask:
    """The IdP's own URLs, all under /t/<tenant>."""
    app = LeanFlask("mock_idp", most_query=MOST_QUERY)
    app.extensions[STORE] = store
    app.jinja_loader = template_files()
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.jinja_env.filters["hex_escape"] = hex_escape
    login_pages.register(app)
    saml.register(app)
    app.register_blueprint(oidc_routes.blueprint())
    app.register_blueprint(oidc_device.pages())
    app.register_blueprint(forger.routes)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(FaultCannotApplyError, _cannot_apply)
    return app


def hex_escape(text: str) -> Markup:
    """Okta's way to escape an attribute value: all but letters, digits and `,.-_` as &#x…;"""
    return Markup(UNSAFE.sub(_as_hex, text))  # noqa: S704 - every character that could be markup is escaped


@lru_cache(256)
def _as_hex_of(character: str) -> str:
    return f"&#x{ord(character):x};"


def _as_hex(found: re.Match[str]) -> str:
    return _as_hex_of(found[0])


def _cannot_apply(error: FaultCannotApplyError) -> ResponseReturnValue:
    return render_template(
        "problem.html", title="The armed fault cannot be applied", description=str(error)
    ), 409


class MockIdp:
    """A store of tenants behind two listeners. Usually all of it is one process; with a shared store, worker
    processes answer the IdP's own URLs, and this one the control API.

    Raises ListenError when an address is taken, StorageUrlError when the store cannot be used, TlsFilesError
    when the kept certificate cannot be."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.failed = False
        self.tls = _tls_files(settings)
        self._stop = threading.Event()
        self._wire = Listener(settings.host, settings.port, tls=self.tls)
        self._control: Listener | None = None
        self._shared: Shared | None = None
        self.store: TenantStore
        try:
            self._control = Listener(settings.host, settings.control_port)
            self.base_url = settings.public_url or self._wire.url
            self.control_url = self._control.url
            if settings.is_shared:
                self._shared = _shared(settings)
                self.store = self._shared.tenants(self.base_url)
            else:
                self.store = TenantStore(self.base_url)
        except BaseException:
            self.stop()
            raise

    def start(self, tell: Callable[[str], None] = print) -> None:
        """Serve both planes in threads and write the ready file, if one is wanted.

        Workers are forked first, as long as there is no other thread. `tell` gets a sentence for each that
        ends by itself."""
        assert self._control is not None  # narrows the type
        app = create_app(self.store)
        if self._shared is not None:
            self._shared.start(app, self._wire, self._control, tell, self._fail)
        else:
            self._wire.start(app)
        self._control.start(control.create_app(self.store, self.settings.token, self.request_stop))
        if self.settings.ready_file is not None:
            self._write_ready_file(self.settings.ready_file)

    def request_stop(self) -> None:
        """Make `wait` return; safe to call from a signal handler or a request."""
        self._stop.set()

    def _fail(self) -> None:
        self.failed = True
        self.request_stop()

    def wait(self) -> None:
        """Block until a stop is requested, or nobody is left to serve (`failed`)."""
        self._stop.wait()

    def stop(self) -> None:
        """Close both listeners and end the workers."""
        if self._shared is not None:
            self._shared.expect_end()
        for listener in (self._wire, self._control):
            if listener is not None:
                listener.stop()
        if self._shared is not None:
            self._shared.stop()
        if self.tls is not None:
            self.tls.close()

    def _write_ready_file(self, path: Path) -> None:
        facts: dict[str, Any] = {
            "base_url": self.base_url,
            "control_url": self.control_url,
            "token": self.settings.token,
            "pid": os.getpid(),
        }
        if self._shared is not None:
            facts["workers"] = self._shared.pids
        if self.tls is not None:
            facts["ca_file"] = str(self.tls.ca)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(facts), encoding="utf-8")
        draft.replace(path)


def _tls_files(settings: Settings) -> TlsFiles | None:
    if settings.tls_dir is not None:
        return kept_tls_files(settings.tls_dir, settings.host)
    return throw_away_tls_files(settings.host) if settings.tls else None


def _shared(settings: Settings) -> Shared:
    from mock_idp.workers import Shared  # noqa: PLC0415 - one process starts without it

    return Shared(settings.workers, settings.store)
