"""This client as a SAML service provider: pysaml2's client of it, and its metadata.

Imports pysaml2, so import it lazily.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.md import EncryptionMethod
from saml2.metadata import do_key_descriptor, entity_descriptor

from platform_stub.identity import EMAIL_NAME_ID
from platform_stub.saml.decryption import KEY_TRANSPORT
from platform_stub.saml.names import ServiceProvider

_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@lru_cache(maxsize=256)
def metadata(
    provider: ServiceProvider,
    certificate: str,
    encryption_certificate: str,
    ciphers: tuple[str, ...],
    *,
    signs_requests: bool,
    wants_signed_assertions: bool,
) -> bytes:
    """Return the SP metadata document, UTF-8.

    The certificates (PEM) are of the key that signs our messages and of the one that assertions may be
    encrypted for, with the `ciphers` that we decrypt, best first (SAML metadata 2.4.1.1).
    """
    descriptor = entity_descriptor(sp_client(provider).config)
    role = descriptor.spsso_descriptor
    role.authn_requests_signed = "true" if signs_requests else "false"
    role.want_assertions_signed = "true" if wants_signed_assertions else "false"
    role.assertion_consumer_service[0].is_default = "true"  # the users' address
    role.key_descriptor = do_key_descriptor(_body(certificate), _body(encryption_certificate))
    role.key_descriptor[-1].encryption_method = [
        EncryptionMethod(algorithm=uri) for uri in (*ciphers, KEY_TRANSPORT)
    ]
    return (_XML + str(descriptor)).encode()


def _body(certificate: str) -> str:
    return "".join(line for line in certificate.splitlines() if not line.startswith("-----"))


@lru_cache(maxsize=256)
def sp_client(provider: ServiceProvider) -> Any:  # noqa: ANN401 - pysaml2 ships no types
    """Return pysaml2's client of this service provider, which holds no key."""
    config = SPConfig().load(
        {
            "entityid": provider.entity_id,
            "crypto_backend": "XMLSecurity",  # anything but a search for the xmlsec1 program; see `crypto`
            "service": {
                "sp": {
                    "name_id_format": [EMAIL_NAME_ID],
                    "authn_requests_signed": False,
                    "want_assertions_signed": False,  # a signature over the Response is enough
                    "want_assertions_or_response_signed": True,
                    "allow_unsolicited": False,
                    "endpoints": {
                        "assertion_consumer_service": [
                            (provider.user_acs_url, BINDING_HTTP_POST),
                            (provider.agent_acs_url, BINDING_HTTP_POST),
                        ],
                        "single_logout_service": [
                            (provider.single_logout_url, BINDING_HTTP_REDIRECT),
                            (provider.single_logout_url, BINDING_HTTP_POST),
                        ],
                    },
                }
            },
        }
    )
    return Saml2Client(config=config)
