"""The platform's own logout messages, made by pysaml2 and signed in the query (SAML bindings 3.4.4.1).

Imports pysaml2, so import it lazily.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from saml2 import saml, samlp, time_util
from saml2.pack import http_redirect_message
from saml2.s_utils import error_status_factory, success_status_factory

from platform_stub.saml.names import ServiceProvider
from platform_stub.saml.platform_key import private_key
from platform_stub.saml.service_provider import sp_client
from platform_stub.store import IdpSession, PlatformKey

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@dataclass(frozen=True, slots=True)
class _Signer:
    """What pysaml2 asks for a signature; its own signers share one key between all platforms of a process."""

    key: PlatformKey

    def get_signer(self, _algorithm: str) -> _Signer:
        return self

    def sign(self, octets: bytes) -> bytes:
        return private_key(self.key.private_key).sign(octets, padding.PKCS1v15(), hashes.SHA256())


def logout_request(
    provider: ServiceProvider,
    key: PlatformKey,
    single_logout_url: str,
    named: IdpSession,
    form: Literal["whole", "without-name-id", "unsigned"],
) -> tuple[str, str]:
    """Return the new LogoutRequest's ID and the URL that carries it (SAML profiles 4.4.4.1)."""
    request_id, request = sp_client(provider).create_logout_request(
        single_logout_url,
        named.issuer,
        name_id=saml.NameID(text=named.name_id, format=named.name_id_format or None),
        session_indexes=[named.session_index] if named.session_index else None,
        message_id=f"id-{secrets.token_hex(20)}",
        sign=False,  # the query is signed, not the element
    )
    if form == "without-name-id":
        request.name_id = None
    signer = None if form == "unsigned" else key
    return str(request_id), _url(signer, single_logout_url, request, "SAMLRequest", "")


def logout_response(
    provider: ServiceProvider,
    key: PlatformKey,
    single_logout_url: str,
    *,
    in_response_to: str,
    relay_state: str,
    unknown: str = "",
) -> str:
    """Return the URL that carries our answer: Success, or UnknownPrincipal with the sentence `unknown`."""
    status = (
        error_status_factory((samlp.STATUS_UNKNOWN_PRINCIPAL, unknown))
        if unknown
        else success_status_factory()
    )
    response = samlp.LogoutResponse(
        id=f"id-{secrets.token_hex(20)}",
        version="2.0",
        issue_instant=time_util.instant(),
        destination=single_logout_url,
        in_response_to=in_response_to,
        issuer=saml.Issuer(text=provider.entity_id),
        status=status,
    )
    return _url(key, single_logout_url, response, "SAMLResponse", relay_state)


def _url(key: PlatformKey | None, address: str, message: Any, parameter: str, relay_state: str) -> str:  # noqa: ANN401 - pysaml2 ships no types
    signed = {"sigalg": RSA_SHA256, "sign": True, "backend": _Signer(key)} if key else {}
    http = http_redirect_message(str(message), address, relay_state, parameter, **signed)
    return str(dict(http["headers"])["Location"])
