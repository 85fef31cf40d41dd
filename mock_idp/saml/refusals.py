"""How a SAML request is refused: the vendor's page and a journal entry, or (Entra) a Response."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from mock_idp.clock import instant_ms
from mock_idp.error_pages import vendor_error
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.posting import posted
from mock_idp.saml.response import Login
from mock_idp.saml.xml import parse_own, render, spelled
from mock_idp.tenants import Tenant


class RefusedError(Exception):
    """The request is not granted; `details` fill in the vendor's words."""

    def __init__(self, problem: Problem, **details: object) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.details = details


class StatusRefusedError(Exception):
    """The request is answered with a Response whose status is a failure (SAML Core section 3.2.2.2)."""

    def __init__(
        self, login: Login, relay_state: str | None, status: str, substatus: str, message: str
    ) -> None:
        super().__init__(message)
        self.login = login
        self.relay_state = relay_state
        self.status = status
        self.substatus = substatus
        self.message = message


def error_page(
    tenant: Tenant,
    error: RefusedError,
    *,
    attempt: str | None = None,
    app: str | None = None,
    persona: str | None = None,
) -> ResponseReturnValue:
    """The vendor's error page, and the refusal in the journal."""
    words = tenant.personality.saml.words[error.problem]
    text = words.text.format_map({"app": app, **error.details})
    tenant.journal.record(
        "saml.refused",
        summary=f"Refused: {error.problem.value}.",
        attempt=attempt,
        app=app,
        persona=persona,
        detail={"problem": error.problem.value, "code": words.code, "page": text, **error.details},
    )
    return vendor_error(tenant, status=words.status, code=words.code, text=text, app_name=app)


def error_response(tenant: Tenant, error: StatusRefusedError) -> ResponseReturnValue:
    """The Response with the failure, unsigned and without Destination as the vendor sends it."""
    profile, login = tenant.personality.saml, error.login
    xml = render(
        f"{profile.templates}/error_response.xml",
        response_id=profile.response_id(),
        issue_instant=instant_ms(tenant.clock.now()),
        request_id=login.request_id,
        issuer=profile.endpoints(tenant.place, login.app.name).entity_id,
        status=error.status,
        substatus=error.substatus,
        message=error.message + profile.status_trace(tenant.clock.now()),
    )
    sent = spelled(
        parse_own(xml), sort_attributes=profile.sort_attributes, declaration=profile.xml_declaration
    )
    tenant.journal.record(
        "saml.refused",
        summary=f"Answered with the status {error.substatus}.",
        attempt=login.request_id,
        app=login.app.name,
        detail={"problem": error.substatus, "sent": sent, "acs_url": login.acs_url},
    )
    return posted(tenant, login.acs_url, sent, error.relay_state)
