"""Flask for views that use no more of it than `request` and templates, at a fifth of its cost a request.

Left out are the session cookie, hooks after requests, teardowns and an URL adapter for each request; which
view a path leads to is remembered. Views, error handlers and templates are Flask's own, unchanged.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from flask.ctx import RequestContext
from flask.sessions import NullSession
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wrappers import Request as BaseRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment  # exists for type checkers only

MOST_PATHS, LONGEST_PATH = 4096, 400  # remembered
PLAIN_METHODS = ("GET", "POST")
NO_SESSION = NullSession()


class LeanFlask(Flask):
    """A Flask application without sessions and without hooks after requests."""

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.find = lru_cache(MOST_PATHS)(self._found)

    def _found(self, method: str, path: str) -> tuple[Rule, dict[str, Any]]:
        """The rule of a path and its values. Raises HTTPException."""
        rule, values = self.url_map.bind("").match(path, method, return_rule=True)
        return rule, dict(values)

    def create_url_adapter(self, request: BaseRequest | None) -> MapAdapter | None:
        """None: `_Context` asks for one only where `find` finds nothing."""
        del request
        return None

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """The context of one request, without session and adapter."""
        return _Context(self, environ, session=NO_SESSION)

    def do_teardown_request(self, *_: object) -> None:
        """Nothing: no view leaves anything to be torn down."""

    def do_teardown_appcontext(self, *_: object) -> None:
        """Nothing, likewise."""

    def full_dispatch_request(self) -> Response:
        """The view's answer, or that of the error handler."""
        try:
            answer = self.preprocess_request()
            return self.make_response(self.dispatch_request() if answer is None else answer)
        except Exception as error:  # noqa: BLE001 - as Flask does: raised again unless a handler knows it
            return self.make_response(self.handle_user_exception(error))


def verbatim_headers(pairs: list[tuple[str, str]]) -> Headers:
    """Headers of text that is our own: werkzeug's constructor checks every character of each value."""
    headers = Headers()
    headers._list = pairs
    return headers


class VerbatimResponse(Response):
    """A whole response whose headers are sent as they are: neither copied nor normalised."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers, with the length of the body."""
        del environ
        self.headers["Content-Length"] = str(self.calculate_content_length())
        return self.headers


class _Context(RequestContext):
    """A request context that looks the path up in the application's memory."""

    app: LeanFlask

    def push(self) -> None:
        """Find the view, too, which Flask does only where there is an adapter."""
        super().push()
        request = self.request
        if request.method in PLAIN_METHODS and len(request.path) <= LONGEST_PATH:
            with suppress(HTTPException):
                request.url_rule, values = self.app.find(request.method, request.path)
                request.view_args = dict(values)
                return
        # Flask's own way knows the host that a redirect names, and the methods that OPTIONS lists.
        self.url_adapter = Flask.create_url_adapter(self.app, request)
        self.match_request()
