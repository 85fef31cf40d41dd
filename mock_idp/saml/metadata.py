"""IdP metadata in each vendor's exact shape (SAML Metadata section 2.4.3)."""

from __future__ import annotations

from mock_idp.apps import SamlApp
from mock_idp.keys import Certificate
from mock_idp.saml.signing import sign
from mock_idp.saml.xml import parse_own, render, spelled
from mock_idp.tenants import Tenant


def app_metadata(tenant: Tenant, app: SamlApp) -> bytes:
    """The metadata of one application, with the certificates that sign for it."""
    profile, keys = tenant.personality.saml, tenant.keys
    listed = keys.published if profile.metadata_lists_all_keys else (keys.active,)
    name_id_format = app.name_id_format or profile.default_name_id_format
    return _metadata(tenant, app.name, [key.saml_certificate for key in listed], name_id_format)


def tenant_metadata(tenant: Tenant) -> bytes:
    """The metadata of the whole tenant, which lists the certificates of its token service (Entra)."""
    certificates = [key.token_certificate for key in tenant.keys.published]
    return _metadata(tenant, "", certificates, tenant.personality.saml.default_name_id_format)


def _metadata(tenant: Tenant, app_name: str, certificates: list[Certificate], name_id_format: str) -> bytes:
    profile = tenant.personality.saml
    endpoints = profile.endpoints(tenant.place, app_name)
    root = parse_own(
        render(
            f"{profile.templates}/metadata.xml",
            entity_id=endpoints.entity_id,
            sso_url=endpoints.sso_url,
            certificates=[
                entry.wrapped if profile.wraps_certificates else entry.one_line for entry in certificates
            ],
            name_id_format=name_id_format,
            **profile.metadata_facts(tenant.place),
        )
    )
    if profile.metadata_is_signed:
        sign(root, after=0, key=tenant.keys.active, profile=profile)
    return spelled(
        root,
        sort_attributes=profile.sort_attributes,
        declaration=profile.metadata_declaration,
        blank_before_slash=profile.metadata_blank_before_slash,
    ).encode("utf-8")
