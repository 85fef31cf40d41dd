"""Flask for views that use no more of it than `request` and templates, at a fifth of its cost a request.

Left out are the session cookie, hooks after requests, teardowns and an URL adapter for each request; which
view a path leads to is remembered. Views, error handlers and templates are Flask's own, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.sessions import NullSession
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wrappers import Request as BaseRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment  # exist for type checkers only

MOST_PATHS, LONGEST_PATH = 4096, 400  # remembered
PLAIN_METHODS = ("GET", "POST")
NO_SESSION = NullSession()
FORM = "application/x-www-form-urlencoded"
MOST_PLAIN_FORM = 1 << 16
"""Bytes of a form that is read without werkzeug's parser, which knows limits, streams and files."""
STATUS_LINES = {code: f"{code} {name.upper()}" for code, name in HTTP_STATUS_CODES.items()}


class LeanRule(Rule):
    """An URL rule that learns to write URLs when it has to: nobody asks ours, and learning it took a start's
    most time."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """A function that makes the builder when it is called."""
        compiled = super()._compile_builder

        def build(rule: Rule, *arguments: Any, **values: Any) -> tuple[str, str]:  # noqa: ANN401 - handed on
            built: tuple[str, str] = compiled(append_unknown).__get__(rule, None)(*arguments, **values)
            return built

        return build


class LeanRequest(Request):
    """A request whose usual form, small and urlencoded, is read at once."""

    def _load_form_data(self) -> None:
        """Set `form` and `files`, as werkzeug does; anything unusual is left to it."""
        environ = self.environ
        length = environ.get("CONTENT_LENGTH", "")
        if (
            "form" in self.__dict__
            or hasattr(self, "_cached_data")
            or environ.get("CONTENT_TYPE") != FORM
            or not (length.isascii() and length.isdigit() and int(length) <= MOST_PLAIN_FORM)
        ):
            super()._load_form_data()
            return
        body = environ["wsgi.input"].read(int(length))
        try:
            fields = parse_qsl(body.decode(), keep_blank_values=True, errors="werkzeug.url_quote")
        except ValueError:
            fields = []  # not UTF-8, which werkzeug takes for an empty form
        read: dict[str, Any] = {"form": ImmutableMultiDict(fields), "files": ImmutableMultiDict()}
        self.__dict__ |= {"stream": environ["wsgi.input"], **read}

    def close(self) -> None:
        """Close uploaded files; werkzeug would parse the form for them, also where nobody asked for it."""
        if "files" in self.__dict__:
            super().close()


class LeanFlask(Flask):
    """A Flask application without sessions, hooks of blueprints and hooks after requests."""

    request_class = LeanRequest
    url_rule_class = LeanRule

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

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function: none of ours is a coroutine."""
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        """The first answer of the application's own hooks before requests."""
        for hook in self.before_request_funcs.get(None, ()):
            answer: ResponseReturnValue | None = hook()  # type: ignore[assignment]  # no coroutine
            if answer is not None:
                return answer
        return None

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
    """A whole response whose headers are sent as they are, neither copied nor normalised, with the length of
    the body."""

    automatically_set_content_length = False

    def __init__(self, body: str, status: int, headers: Headers) -> None:
        # Werkzeug's constructors, which understand much more, take a tenth of the time of a token request.
        self.headers = headers
        self._status, self._status_code = STATUS_LINES[status], status
        self.response = [body.encode()]
        self.direct_passthrough = False
        self._on_close: list[Callable[[], Any]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it."""
        body = b"".join(self.iter_encoded())
        start_response(self._status, [*self.headers._list, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


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
