"""Service providers made of other people's libraries, set up by the IdP's own metadata as their users do."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.mock_idp.saml.provider_keys import ProviderKey
from tests.mock_idp.saml.support import ACS, AUDIENCE, verified_in

SLS = "http://localhost:9/portal/sls"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@dataclass(frozen=True)
class Accepted:
    """Whom the library lets in: the NameID, and the values of the attribute that holds the e-mail."""

    name_id: str
    emails: list[str]


class RefusedByLibraryError(Exception):
    """The library did not accept the message."""


class Provider(Protocol):
    """A service provider that starts logins and reads Responses."""

    def login_url(self) -> str:
        """Where the browser is sent; the request is remembered."""

    def accept(self, form: dict[str, str], *, solicited: bool = True) -> Accepted:
        """Read what the browser posted. Raises RefusedByLibraryError."""


class Python3Saml:
    """python3-saml in its strict mode."""

    def __init__(self, metadata: bytes, key: ProviderKey, *, want: str, signs: bool = False) -> None:
        from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser

        private = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.settings = Parser.parse(metadata.decode("utf-8-sig"))
        self.settings |= {
            "strict": True,
            "sp": {
                "entityId": AUDIENCE,
                "assertionConsumerService": {"url": ACS, "binding": POST},
                "singleLogoutService": {"url": SLS, "binding": REDIRECT},
                "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
                "x509cert": key.certificate,
                "privateKey": private.decode(),
            },
            "security": {
                "wantAssertionsSigned": want in ("assertion", "both"),
                "wantMessagesSigned": want in ("response", "both"),
                "rejectDeprecatedAlgorithm": True,
                "requestedAuthnContext": False,
                "authnRequestsSigned": signs,
                "logoutRequestSigned": signs,
            },
        }
        self._request_id: str | None = None
        self.logout_id: str | None = None

    def auth(self, url: str = ACS, *, query: str = "", form: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - no types
        from onelogin.saml2.auth import OneLogin_Saml2_Auth

        parts = urlsplit(url)
        return OneLogin_Saml2_Auth(
            {
                "http_host": parts.netloc,
                "script_name": parts.path,
                "get_data": {name: values[0] for name, values in parse_qs(query).items()},
                "post_data": form or {},
                "query_string": query,
                # the signature covers the query as it was sent (SAML bindings 3.4.4.1), in lower case
                "validate_signature_from_qs": True,
            },
            self.settings,
        )

    def login_url(self) -> str:
        auth = self.auth()
        url = str(auth.login(return_to="deep"))
        self._request_id = auth.get_last_request_id()
        return url

    def accept(self, form: dict[str, str], *, solicited: bool = True) -> Accepted:
        auth = self.auth(form=form)
        auth.process_response(request_id=self._request_id if solicited else None)
        if auth.get_errors() or not auth.is_authenticated():
            raise RefusedByLibraryError(auth.get_last_error_reason())
        values = auth.get_attributes()
        return Accepted(auth.get_nameid(), next((v for n, v in values.items() if is_email(n)), []))

    def logout_url(self, name_id: str) -> str:
        """A LogoutRequest by HTTP-Redirect."""
        auth = self.auth(SLS)
        url = str(auth.logout(name_id=name_id, return_to="after"))
        self.logout_id = auth.get_last_request_id()
        return url

    def accept_logout(self, url: str) -> None:
        """Read the LogoutResponse that the browser was sent to. Raises RefusedByLibraryError."""
        auth = self.auth(SLS, query=urlsplit(url).query)
        auth.process_slo(keep_local_session=True, request_id=self.logout_id)
        if auth.get_errors():
            raise RefusedByLibraryError(auth.get_last_error_reason())


class Pysaml2:
    """pysaml2, with its own parser, metadata store and checks; the signature itself is python-xmlsec's."""

    def __init__(self, metadata: bytes, key: ProviderKey, *, want: str, signs: bool = False) -> None:
        from saml2.client import Saml2Client
        from saml2.config import SPConfig
        from saml2.sigver import CryptoBackend

        class Xmlsec(CryptoBackend):  # type: ignore[misc]  # pysaml2 ships no types
            """What pysaml2 would ask the program xmlsec1, which need not be installed."""

            def validate_signature(
                self, signedtext: str | bytes, cert_file: str, cert_type: str, node_name: str, node_id: str
            ) -> bool:
                del cert_type, node_name
                text = signedtext.encode() if isinstance(signedtext, str) else signedtext
                return verified_in(text, node_id, Path(cert_file).read_text(encoding="ascii"))

        del key, signs
        settings = {
            "entityid": AUDIENCE,
            "crypto_backend": "XMLSecurity",  # anything but a search for the program xmlsec1
            "metadata": {"inline": [metadata.decode("utf-8-sig")]},
            "service": {
                "sp": {
                    "allow_unsolicited": True,
                    "authn_requests_signed": False,
                    "want_assertions_signed": want in ("assertion", "both"),
                    "want_response_signed": want in ("response", "both"),
                    "endpoints": {"assertion_consumer_service": [(ACS, POST)]},
                }
            },
        }
        self._client = Saml2Client(config=SPConfig().load(settings))
        self._client.sec.crypto = Xmlsec()
        self._outstanding: dict[str, str] = {}

    def login_url(self) -> str:
        request_id, info = self._client.prepare_for_authenticate(relay_state="deep", sign=False)
        self._outstanding[request_id] = "deep"
        return str(dict(info["headers"])["Location"])

    def accept(self, form: dict[str, str], *, solicited: bool = True) -> Accepted:
        from saml2 import SAMLError

        outstanding = dict(self._outstanding) if solicited else {}
        try:
            read = self._client.parse_authn_request_response(form["SAMLResponse"], POST, outstanding)
        except (SAMLError, AssertionError) as error:
            raise RefusedByLibraryError(repr(error)) from error
        if read is None:
            raise RefusedByLibraryError("pysaml2 returned nothing")
        assertion = read.assertion
        named = {
            attribute.name: [value.text for value in attribute.attribute_value]
            for statement in assertion.attribute_statement
            for attribute in statement.attribute
        }
        emails = next((values for name, values in named.items() if is_email(name)), [])
        return Accepted(str(read.name_id.text), emails)


LIBRARIES: dict[str, type[Python3Saml] | type[Pysaml2]] = {"python3-saml": Python3Saml, "pysaml2": Pysaml2}


def is_email(attribute: str) -> bool:
    """Whether it is the vendor's name of the attribute that holds the e-mail."""
    return attribute in ("email", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress")


def spoiled(form: dict[str, str]) -> dict[str, str]:
    """The same form, with another person's address in the message."""
    xml = base64.b64decode(form["SAMLResponse"]).replace(b"alice@", b"malice@")
    return form | {"SAMLResponse": base64.b64encode(xml).decode()}
