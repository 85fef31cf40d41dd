"""IdP metadata in each vendor's exact shape (SAML Metadata section 2.4.3)."""

from __future__ import annotations

from mock_idp.apps import SamlApp
from mock_idp.keys import Certificate
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.refusals import RefusedError
from mock_idp.saml.signing import sign
from mock_idp.saml.xml import parse_own, render, spelled
from mock_idp.saml_keys import published_keys, signing_key
from mock_idp.tenants import Tenant


def app_metadata(tenant: Tenant, app: SamlApp, kid: str | None = None) -> bytes:
    """The metadata of one application, with the certificates that sign for it, or with the key `kid` alone.

    Raises RefusedError for an unknown kid."""
    keys = published_keys(tenant)
    if kid is not None:
        keys = tuple(key for key in keys if key.kid == kid)
        if not keys:
            raise RefusedError(Problem.UNKNOWN_APP)
    listed = keys if tenant.personality.saml.metadata_lists_all_keys else keys[:1]
    return _metadata(tenant, app, [key.saml_certificate for key in listed])


def tenant_metadata(tenant: Tenant) -> bytes:
    """The metadata of the whole tenant, which lists the certificates of its token service (Entra)."""
    return _metadata(tenant, None, [key.token_certificate for key in tenant.keys.published])


def _metadata(tenant: Tenant, app: SamlApp | None, certificates: list[Certificate]) -> bytes:
    profile = tenant.personality.saml
    endpoints = profile.endpoints(tenant.place, app.name if app else "")
    root = parse_own(
        render(
            f"{profile.templates}/metadata.xml",
            entity_id=endpoints.entity_id,
            sso_url=endpoints.sso_url,
            certificates=[
                entry.wrapped if profile.wraps_certificates else entry.one_line for entry in certificates
            ],
            name_id_format=(app.name_id_format if app else None) or profile.default_name_id_format,
            slo_url=endpoints.slo_url if app and app.logout_url else None,
            wants_signed_requests=app is not None and app.require_signed_requests,
            **profile.metadata_facts(tenant.place),
        )
    )
    if profile.metadata_is_signed:
        sign(root, after=0, key=signing_key(tenant), profile=profile)
    return spelled(
        root,
        sort_attributes=profile.sort_attributes,
        declaration=_declaration(tenant),
        blank_before_slash=profile.metadata_blank_before_slash,
    ).encode("utf-8")


def _declaration(tenant: Tenant) -> str:
    """How the document begins: as the vendor's, after a byte order mark, or after a line feed (S16)."""
    usual, wanted = tenant.personality.saml.metadata_declaration, tenant.settings.metadata_declaration
    if wanted == "vendor":
        return usual
    return {"bom": "\ufeff", "newline": "\n"}[wanted] + usual.removeprefix("\ufeff")
