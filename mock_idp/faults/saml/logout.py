"""Faults in the IdP's own messages of single logout: its answers, and its requests (SAML profiles 4.4)."""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, LogoutMessage, first_in, replace_attribute, replace_text

STATUS = "urn:oasis:names:tc:SAML:2.0:status"
NEVER_SENT = "_never_sent"
PAST = "2020-01-01T00:00:00.000Z"
MEGABYTE = 1_000_000
"""Of one comment: parsers have limits of their own for a single node (libxml2: 10,000,000 bytes)."""


def _unsigned(message: LogoutMessage, params: Params) -> str:
    """The message carries no signature, neither in the query nor in the element."""
    del params
    message.is_signed = False
    return "The message carries no signature."


def _foreign_key(message: LogoutMessage, params: Params) -> str:
    """The message is signed with a key that the IdP never published."""
    del params
    message.key = message.foreign_key()
    return f"The message is signed with the key {message.key.kid}, which is not in the metadata."


def _issuer(message: LogoutMessage, params: Params) -> str:
    """The message names another issuer."""
    return replace_text(message.one("saml:Issuer"), str(params["issuer"]))


def _destination(message: LogoutMessage, params: Params) -> str:
    """The message is addressed to another URL; Entra's has no Destination, and gets one."""
    before = message.root.get("Destination")
    message.root.set("Destination", str(params["destination"]))
    return f"Destination was {before!r} and is {params['destination']!r}."


def _relay_state(message: LogoutMessage, params: Params) -> str:
    """Another RelayState travels along than the service provider sent, or one that it never sent."""
    before, message.relay_state = message.relay_state, str(params["relay_state"])
    return f"RelayState was {before!r} and is {message.relay_state!r}."


def _require_query(message: LogoutMessage) -> None:
    if not message.by_redirect:
        raise FaultCannotApplyError(
            "The message travels in a form; register the app with logout_binding redirect."
        )


def _half_signed(parameter: str) -> Callable[[LogoutMessage, Params], str]:
    def leave_out(message: LogoutMessage, params: Params) -> str:
        del params
        _require_query(message)
        if not message.is_signed:
            raise FaultCannotApplyError("The message is not signed, so no half of its signature can go.")
        message.left_out.add(parameter)
        return f"The signed query travels without its parameter {parameter}."

    leave_out.__doc__ = f"The query was signed and travels without its parameter {parameter}."
    return leave_out


def _lower_case_escapes(message: LogoutMessage, params: Params) -> str:
    """The query is percent-encoded in lower case and signed as it stands, as Entra ID does: that is right."""
    del params
    _require_query(message)
    message.lower_case_escapes = True
    return "The query's percent-encoding is in lower case."


for _kind, _root in (("logout-response", "LogoutResponse"), ("logout-request", "LogoutRequest")):
    _signature = (f"{_root}/Signature",)
    fault(f"saml.{_kind}.unsigned", stage="signature", fault_class="session", touches=_signature)(_unsigned)
    fault(f"saml.{_kind}.foreign-key", stage="signature", fault_class="session", touches=_signature)(
        _foreign_key
    )
    fault(
        f"saml.{_kind}.issuer-replace",
        stage="content",
        fault_class="session",
        params={"issuer": Param()},
        touches=(f"{_root}/Issuer",),
    )(_issuer)
    fault(
        f"saml.{_kind}.destination-replace",
        stage="content",
        fault_class="session",
        params={"destination": Param()},
        touches=(f"{_root}/@Destination",),
    )(_destination)
    fault(
        f"saml.{_kind}.relay-state-replace",
        stage="envelope",
        fault_class="session",
        params={"relay_state": Param()},
        touches=("query.RelayState", "query.Signature"),
    )(_relay_state)
    for _name, _parameter in (("sigalg-missing", "SigAlg"), ("signature-missing", "Signature")):
        fault(
            f"saml.{_kind}.{_name}",
            stage="envelope",
            fault_class="session",
            touches=(f"query.{_parameter}",),
        )(_half_signed(_parameter))
    fault(
        f"saml.{_kind}.lower-case-escapes",
        stage="envelope",
        fault_class="session",
        touches=("query",),
    )(_lower_case_escapes)


@fault(
    "saml.logout-response.in-response-to-wrong",
    stage="content",
    fault_class="session",
    touches=("LogoutResponse/@InResponseTo",),
)
def in_response_to_wrong(message: LogoutMessage, params: Params) -> str:
    """The answer names a request that nobody sent."""
    del params
    return replace_attribute(message.root, "InResponseTo", NEVER_SENT)


@fault(
    "saml.logout-response.status-failure",
    stage="content",
    fault_class="session",
    touches=("LogoutResponse/Status",),
)
def status_failure(message: LogoutMessage, params: Params) -> str:
    """The answer says that the logout failed (Responder)."""
    del params
    return replace_attribute(message.one("samlp:Status/samlp:StatusCode"), "Value", f"{STATUS}:Responder")


@fault(
    "saml.logout-request.name-id-replace",
    stage="content",
    fault_class="session",
    params={"name_id": Param()},
    touches=("LogoutRequest/NameID",),
)
def name_id_replace(message: LogoutMessage, params: Params) -> str:
    """The request names somebody else, with this session's index."""
    return replace_text(message.one("saml:NameID"), str(params["name_id"]))


@fault(
    "saml.logout-request.session-index-wrong",
    stage="content",
    fault_class="session",
    touches=("LogoutRequest/SessionIndex",),
)
def session_index_wrong(message: LogoutMessage, params: Params) -> str:
    """The request names a session of the person that there never was."""
    del params
    return replace_text(message.one("samlp:SessionIndex"), NEVER_SENT)


@fault(
    "saml.logout-request.expired",
    stage="content",
    fault_class="session",
    touches=("LogoutRequest/@NotOnOrAfter",),
)
def expired(message: LogoutMessage, params: Params) -> str:
    """The request ended long ago (NotOnOrAfter)."""
    del params
    message.root.set("NotOnOrAfter", PAST)
    return f"NotOnOrAfter is {PAST}."


@fault(
    "saml.logout-request.behind-a-signed-message",
    stage="envelope",
    fault_class="session",
    params={"signed": Param(choices=("answer", "request"))},
    touches=("query",),
)
def behind_a_signed_message(message: LogoutMessage, params: Params) -> str:
    """The request, unsigned, stands in one query behind another message, whose signature holds.

    That is an `answer` (SAMLResponse; CVE-2025-27773) or a `request` for nobody (SAMLRequest twice)."""
    _require_query(message)
    decoy = copy.deepcopy(message.root)
    decoy.set("ID", f"{decoy.get('ID')}-decoy")
    if params["signed"] == "request":
        replace_text(first_in(decoy, "saml:NameID"), "nobody@acme.test")
        message.decoy = "SAMLRequest", decoy
    else:
        for name in ("saml:NameID", "samlp:SessionIndex"):
            for part in decoy.findall(name, NAMES):
                decoy.remove(part)
        decoy.tag = f"{{{NAMES['samlp']}}}LogoutResponse"
        status = etree.SubElement(decoy, f"{{{NAMES['samlp']}}}Status")
        etree.SubElement(status, f"{{{NAMES['samlp']}}}StatusCode", Value=f"{STATUS}:Success")
        message.decoy = "SAMLResponse", decoy
    return f"The query's signature is that of {message.decoy[0]}, behind which the request stands unsigned."


@fault(
    "saml.logout-request.bomb",
    stage="content",
    fault_class="availability",
    params={"megabytes": Param("integer")},
    touches=(),
)
def request_bomb(message: LogoutMessage, params: Params) -> str:
    """The LogoutRequest inflates to so many `megabytes` of blanks; its query is a thousandth of that."""
    _require_query(message)
    for _ in range(int(params["megabytes"])):
        message.root.append(etree.Comment(" " * MEGABYTE))
    return f"{params['megabytes']} comments of {MEGABYTE} blanks stand at the end."
