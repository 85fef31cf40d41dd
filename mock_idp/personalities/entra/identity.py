"""Entra ID's identifiers and certificates: GUIDs, and two certificates around one key."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mock_idp.keys import CertificateShape, SigningKey, self_signed
from mock_idp.personalities.place import Place, stable_guid


def directory_id(tenant: str) -> str:
    """The tenant ID, a GUID."""
    return stable_guid("entra", tenant)


def application_id(place: Place, app: str) -> str:
    """The application (client) ID, a GUID."""
    return stable_guid(place.directory_id, "app", app)


def user_id(place: Place, persona: str) -> str:
    """The object ID of a user, a GUID."""
    return stable_guid(place.directory_id, "user", persona)


def group_id(directory: str, group: str) -> str:
    """The object ID of a group; a name that is a GUID already is its own ID."""
    try:
        return str(UUID(group))
    except ValueError:
        return stable_guid(directory, "group", group)


def initial_domain(tenant: str) -> str:
    """The domain that every tenant is born with."""
    return f"{tenant}.onmicrosoft.com"


def guest_upn(login: str, tenant: str, mark: str = "#EXT#") -> str:
    """The UPN under which `tenant` keeps a guest who signs in elsewhere as `login` (documented).

    The claim option `include_externally_authenticated_upn_without_hash` writes `_EXT_` for the mark."""
    return f"{login.replace('@', '_')}{mark}@{initial_domain(tenant)}"


def dress_key(private_key: rsa.RSAPrivateKey, tenant: str, made: datetime) -> SigningKey:
    """The SAML certificate of an application lives three years; kid is the x5t of the token certificate."""
    del tenant  # Entra's certificates do not name their tenant
    saml = self_signed(
        private_key, _shape("Microsoft Azure Federated SSO Certificate", timedelta(days=1096)), made
    )
    token = self_signed(private_key, _shape("accounts.accesscontrol.windows.net", timedelta(days=1826)), made)
    return SigningKey(private_key, token.sha1_thumbprint, saml, token)


def _shape(common_name: str, lifetime: timedelta) -> CertificateShape:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return CertificateShape(name, lifetime, lambda _made: x509.random_serial_number())
