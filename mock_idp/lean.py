"""Flask for views that use no more of it than `request` and templates, at a fifth of its cost a request.

Left out are the session cookie, hooks before and after requests, teardowns and an URL adapter for each
request; which view a path leads to is remembered. Views, error handlers and templates are Flask's own,
unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import NullSession
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, RequestURITooLarge
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import MapAdapter, Rule
from werkzeug.sansio.http import parse_cookie
from werkzeug.utils import cached_property
from werkzeug.wrappers import Request as BaseRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment  # exist for type checkers only

MOST_PATHS, LONGEST_PATH = 4096, 400  # remembered
PLAIN_METHODS = ("GET", "POST")
NO_SESSION = NullSession()
FORM = "application/x-www-form-urlencoded"
MOST_PLAIN_FORM = 1 << 16
"""Bytes of a form that is read without werkzeug's parser, which knows limits, streams and files."""
MOST_FIELDS, LONGEST_FIELD = 256, 400  # of decoded fields that are remembered
UNREADABLE = "werkzeug.url_quote"
"""How werkzeug decodes escapes that are not UTF-8: they stay as they are."""
SELDOM = frozenset({"scheme", "server", "root_path", "headers", "remote_addr"})
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


Fields = list[tuple[str, str]]
"""Names and values of a query or form, in their order."""


def fields_of(text: str) -> Fields:
    """The fields of a query or of an urlencoded form, as werkzeug reads them, at a third of its cost."""
    return [
        _decoded(piece) if "%" in piece or "+" in piece else ((parts := piece.partition("="))[0], parts[2])
        for piece in text.split("&")
        if piece
    ]


def _decoded(piece: str) -> tuple[str, str]:
    return _remembered(piece) if len(piece) <= LONGEST_FIELD else _undone(piece)


def _undone(piece: str) -> tuple[str, str]:
    """Name and value without escapes."""
    name, _, value = piece.replace("+", " ").partition("=")
    return unquote(name, errors=UNREADABLE), unquote(value, errors=UNREADABLE)


_remembered = lru_cache(MOST_FIELDS)(_undone)
"""Applications send the same redirect URIs and scopes again and again."""


class LeanRequest(Request):
    """A request whose query, cookies and usual form, small and urlencoded, are read at once."""

    _form_read: Fields | None = None

    def __init__(
        self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False
    ) -> None:
        # Not werkzeug's own, which works out what few views use: see `__getattr__`.
        del populate_request  # into the environment, which makes a cycle
        self.environ = environ
        self.shallow = shallow
        self.method = environ.get("REQUEST_METHOD", "GET").upper()
        self.path = "/" + environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace").lstrip("/")
        self.query_string = environ.get("QUERY_STRING", "").encode("latin-1")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any type
        """An attribute that werkzeug sets at once and few views use."""
        if name not in SELDOM:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        super().__init__(self.environ, populate_request=False, shallow=self.shallow)
        return self.__dict__[name]

    def query_fields(self) -> Fields:
        """The fields of the query. Raw bytes that are not UTF-8, an error in werkzeug, count as escapes."""
        return fields_of(self.query_string.decode(errors=UNREADABLE)) if self.query_string else []

    def form_fields(self) -> Fields:
        """The fields of the form. Raises RequestEntityTooLarge."""
        fields = self._usual_form()
        return list(self.form.items(multi=True)) if fields is None else fields

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query, as werkzeug has it."""
        return ImmutableMultiDict(self.query_fields())

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies, which werkzeug looks for among all headers."""
        header = self.environ.get("HTTP_COOKIE", "")
        return parse_cookie(header, cls=ImmutableMultiDict)  # type: ignore[return-value]  # it is of `cls`

    def _usual_form(self) -> Fields | None:
        """The fields of a usual form, which is read here; None leaves anything else to werkzeug."""
        if self._form_read is None and self._has_usual_form():
            self.__dict__["stream"] = body = self.environ["wsgi.input"]
            try:
                self._form_read = fields_of(body.read(int(self.environ["CONTENT_LENGTH"])).decode())
            except UnicodeDecodeError:
                self._form_read = []  # which werkzeug takes for an empty form
        return self._form_read

    def _has_usual_form(self) -> bool:
        environ = self.environ
        length = environ.get("CONTENT_LENGTH", "")
        return (
            environ.get("CONTENT_TYPE") == FORM
            and (length.isascii() and length.isdigit() and int(length) <= MOST_PLAIN_FORM)
            and "_cached_data" not in self.__dict__
        )

    def _load_form_data(self) -> None:
        """Set `form` and `files`, as werkzeug does."""
        fields = self._usual_form()
        if fields is None:
            super()._load_form_data()
        else:
            self.__dict__ |= {"form": ImmutableMultiDict(fields), "files": ImmutableMultiDict()}

    def close(self) -> None:
        """Close uploaded files; werkzeug would parse the form for them, also where nobody asked for it."""
        if "files" in self.__dict__:
            super().close()


class LeanFlask(Flask):
    """A Flask application without sessions and hooks; it refuses a query of more than `most_query` bytes."""

    request_class = LeanRequest
    url_rule_class = LeanRule

    def __init__(self, name: str, *, most_query: int) -> None:
        super().__init__(name, static_folder=None)
        self._most_query = most_query
        self.find = lru_cache(MOST_PATHS)(self._found)
        self._shared_context = self.app_context()

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as Flask does: in the context of the request and in one of the application, which
        all requests share because no view puts anything there."""
        context = _Context(self, environ)
        application, request = _cv_app.set(self._shared_context), _cv_request.set(context)
        try:
            try:
                context.find_view()
                response = self.full_dispatch_request()
            except Exception as error:  # noqa: BLE001 - as Flask does: the handler logs it
                response = self.handle_exception(error)
            return response(environ, start_response)
        finally:
            _cv_request.reset(request)
            _cv_app.reset(application)
            context.request.close()

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """The context of one request, without session and adapter."""
        return _Context(self, environ)

    def _found(self, method: str, path: str) -> tuple[Rule, dict[str, Any]]:
        """The rule of a path and its values. Raises HTTPException."""
        rule, values = self.url_map.bind("").match(path, method, return_rule=True)
        return rule, dict(values)

    def create_url_adapter(self, request: BaseRequest | None) -> MapAdapter | None:
        """None: `_Context` asks for one only where `find` finds nothing."""
        del request
        return None

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function: none of ours is a coroutine."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """The view's answer. A query is kept as long as its login is under way, so it must not be endless."""
        request = _cv_request.get().request
        if len(request.query_string) > self._most_query:
            raise RequestURITooLarge(f"The query has more than {self._most_query} bytes.")
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule = request.url_rule
        assert rule is not None  # narrows the type: else there was an exception
        if request.method == "OPTIONS":
            return self.make_default_options_response()
        view: Callable[..., ResponseReturnValue] = self.view_functions[rule.endpoint]  # type: ignore[assignment]  # no coroutine
        return view(**request.view_args or {})

    def full_dispatch_request(self) -> Response:
        """The view's answer, or that of the error handler."""
        try:
            answer = self.dispatch_request()
            return answer if isinstance(answer, VerbatimResponse) else self.make_response(answer)
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
        body = b"".join(self.response)  # type: ignore[arg-type]  # here and in `set_data`: bytes
        start_response(self._status, [*self.headers._list, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


class _Context(RequestContext):
    """A request context with a request alone: no session, no messages to flash, no hooks."""

    app: LeanFlask

    def __init__(self, app: LeanFlask, environ: WSGIEnvironment) -> None:
        # Not Flask's own, which makes what no view uses.
        self.app = app
        self.request = app.request_class(environ)
        self.url_adapter = None
        self.flashes = None
        self._session = NO_SESSION
        self._after_request_functions = []
        self._cv_tokens = []

    def push(self) -> None:
        """Find the view, too, which Flask does only where there is an adapter."""
        super().push()
        self.find_view()

    def find_view(self) -> None:
        """Note the view that the path leads to, from the application's memory."""
        request = self.request
        if request.method in PLAIN_METHODS and len(request.path) <= LONGEST_PATH:
            try:
                request.url_rule, values = self.app.find(request.method, request.path)
            except HTTPException:
                pass  # told below
            else:
                request.view_args = values.copy()
                return
        # Flask's own way knows the host that a redirect names, and the methods that OPTIONS lists.
        self.url_adapter = Flask.create_url_adapter(self.app, request)
        self.match_request()
