"""IdP metadata in each vendor's exact shape (SAML Metadata section 2.4.3)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from lxml import etree

from mock_idp.apps import SamlApp
from mock_idp.keys import Certificate
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.refusals import RefusedError
from mock_idp.saml.signing import sign
from mock_idp.saml.xml import NAMES, parse_own, render, spelled
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


def signed(tenant: Tenant, app: SamlApp) -> etree._Element:
    """The application's EntityDescriptor with a Signature in it, whether or not the vendor signs its own."""
    root = parse_own(app_metadata(tenant, app).decode("utf-8-sig").strip())
    if root.find("ds:Signature", NAMES) is None:
        sign(root, after=0, key=signing_key(tenant), profile=tenant.personality.saml)
    return root


def tenant_metadata(tenant: Tenant) -> bytes:
    """The metadata of the whole tenant, which lists the certificates of its token service (Entra)."""
    return _metadata(tenant, None, [key.token_certificate for key in tenant.keys.published])


def common_metadata(tenant: Tenant) -> bytes:
    """Entra's metadata for all tenants: URLs at `common`, and a placeholder in the entity ID.

    Follows the capture entra-saml-metadata-1, of 2017."""
    certificates = [key.token_certificate for key in tenant.keys.published]
    place = replace(tenant.place, directory_id="common")
    return _metadata(tenant, None, certificates, place=place, entity_id="https://sts.windows.net/{tenantid}/")


def _metadata(
    tenant: Tenant,
    app: SamlApp | None,
    certificates: list[Certificate],
    *,
    place: Place | None = None,
    entity_id: str | None = None,
) -> bytes:
    """The document about `place` (None: this tenant), signed where the vendor signs it."""
    profile, place = tenant.personality.saml, place or tenant.place
    endpoints = profile.endpoints(place, app.name if app else "")
    entity_id = entity_id or endpoints.entity_id
    root = parse_own(
        render(
            f"{profile.templates}/metadata.xml",
            entity_id=entity_id,
            target_scope=quote(entity_id, safe=":/"),
            sso_url=endpoints.sso_url,
            certificates=[
                entry.wrapped if profile.wraps_certificates else entry.one_line for entry in certificates
            ],
            name_id_formats=_name_id_formats(tenant, app),
            slo_url=endpoints.slo_url if app and app.logout_url else None,
            wants_signed_requests=app is not None and app.require_signed_requests,
            **profile.metadata_facts(place),
        )
    )
    if profile.metadata_is_signed:
        key = replace(signing_key(tenant), saml_certificate=certificates[0])
        sign(root, after=0, key=key, profile=profile)
    return spelled(
        root,
        sort_attributes=profile.sort_attributes,
        declaration=_declaration(tenant),
        blank_before_slash=profile.metadata_blank_before_slash,
    ).encode("utf-8")


def _name_id_formats(tenant: Tenant, app: SamlApp | None) -> tuple[str, ...]:
    """The application's own; every one that the vendor listed in the tenant's year, where it lists more."""
    profile = tenant.personality.saml
    if profile.name_id_formats_until_2020 and tenant.settings.is_before(2021):
        return profile.name_id_formats_until_2020
    return ((app.name_id_format if app else None) or profile.default_name_id_format,)


def _declaration(tenant: Tenant) -> str:
    """How the document begins: as the vendor's, or as the tenant is set up (S16)."""
    usual, wanted = tenant.personality.saml.metadata_declaration, tenant.settings.metadata_declaration
    if wanted == "vendor":
        return usual
    if wanted == "none":
        return ""
    return {"bom": "\ufeff", "newline": "\n", "plain": ""}[wanted] + usual.removeprefix("\ufeff")
