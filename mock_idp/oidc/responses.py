"""How an authorization response travels to the redirect URI: in query, fragment or form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from mock_idp.clock import instant_ms
from mock_idp.faults.oidc.drafts import AuthorizationResponseDraft
from mock_idp.journal import Shown
from mock_idp.lean import VerbatimResponse, verbatim_headers
from mock_idp.oidc.authorization_request import Request
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_base import Issued, Parameters
from mock_idp.personalities.place import stable_guid
from mock_idp.sessions import SignIn

PAGES = {"form_post": "form_post.html", "okta_post_message": "post_message.html"}
"""The response modes that are a page, with its template."""
CREDENTIALS = ("code", "access_token", "id_token")


def grant(
    exchange: Exchange, request: Request, issued: Issued, sign_in: SignIn, id_token: Mapping[str, object]
) -> ResponseReturnValue:
    """Send the browser back with what was issued, after the fault armed for this attempt, if any.

    `id_token` is the journal's detail of an ID token that the browser carries; where a fault changed that
    token, it is what the journal shows as sent.
    """
    session_state = stable_guid(exchange.org.directory_id, sign_in.session_id)
    honest = exchange.server.success_parameters(issued, request.state, session_state)
    draft = AuthorizationResponseDraft(list(honest))
    detail: dict[str, object] = {"sent": _shown(honest)}
    if "sent" in id_token:
        detail = dict(id_token) if "fault" in id_token else {**detail, "id_token": id_token["sent"]}
    armed = exchange.fault(request.state, "envelope")
    if armed is not None:
        changed = armed.apply(draft, at=instant_ms(exchange.tenant.clock.now()))
        detail = {
            "sent": _shown(draft.parameters),
            "control": _shown(honest),
            "fault": armed.fault.name,
            "changed": changed,
        }
    exchange.tenant.journal.record(
        "oidc.authorization_response",
        summary=f"{_listed(request.wanted)} issued to {request.app.name} for {sign_in.persona.id}.",
        attempt=request.state,
        app=request.app.name,
        persona=sign_in.persona.id,
        detail={"response_mode": request.response_mode, "redirect_uri": request.redirect_uri, **detail},
    )
    return _deliver(exchange, request, draft.parameters, refused=False)


def refuse(
    exchange: Exchange, request: Request, error: RefusedError, *, persona: str | None = None
) -> ResponseReturnValue:
    """Send the browser back with the vendor's error."""
    parameters = exchange.server.error_parameters(
        error.problem, exchange.details(error), request.state, exchange.trace
    )
    exchange.tenant.journal.record(
        "oidc.refused",
        summary=f"The authorization request was refused: {error.problem.value}.",
        attempt=request.state,
        app=request.app.name,
        persona=persona,
        detail={"problem": error.problem.value, "parameters": dict(parameters)},
    )
    return _deliver(exchange, request, parameters, refused=True)


def _deliver(
    exchange: Exchange, request: Request, parameters: Parameters, *, refused: bool
) -> ResponseReturnValue:
    pairs = exchange.headers(typed=False)
    if request.response_mode in PAGES:
        template = f"{exchange.server.vendor}/{PAGES[request.response_mode]}"
        page = render_template(template, action=request.redirect_uri, fields=parameters)
        return Response(page, 200, verbatim_headers(pairs), mimetype="text/html")
    separator, tail = "#", ""
    if request.response_mode == "query":
        separator = "&" if "?" in request.redirect_uri else "?"
        tail = exchange.server.refusal_tail if refused else ""
    location = request.redirect_uri + separator + exchange.server.encode(parameters) + tail
    # Without a body, and so without its type. The Location is as the vendor writes it: werkzeug would
    # normalise it, and drop the lone `#` that ends a refusal of Entra.
    return VerbatimResponse("", HTTPStatus.FOUND, verbatim_headers([*pairs, ("Location", location)]))


@cache
def _listed(wanted: tuple[str, ...]) -> str:
    """The words of a response type as the beginning of a sentence."""
    words = {"code": "a code", "token": "an access token", "id_token": "an ID token"}
    parts = [words[word] for word in wanted]
    sentence = " and ".join(parts) + (" were" if len(parts) > 1 else " was")
    return sentence[0].upper() + sentence[1:]


def _shown(parameters: Parameters) -> Shown:
    """The parameters for a reader. Credentials are cut: no finding depends on them."""
    shown = {name: f"{value[:8]}…" if name in CREDENTIALS else value for name, value in parameters}
    return Shown({"authorization_response": shown})
