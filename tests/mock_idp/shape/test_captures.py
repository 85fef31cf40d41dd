"""Real messages against the personalities: set SSO_CAPTURES to a folder of captured ones.

They are no part of this project, as they hold names of strangers. What is expected of each stands here: the
settings of the control API and the ways of copying under which our own message has the file's very shape."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mock_idp.control.bodies import OidcAppBody, SettingsBody
from mock_idp.shape.comparing import compare, produce
from mock_idp.shape.copying import copied
from mock_idp.shape.difference import Difference, differences
from mock_idp.shape.reading import Message, read
from mock_idp.shape.scene import Settings
from mock_idp.shape.world import ProductionError
from tests.mock_idp.shape.support import vendor

FOLDER = os.environ.get("SSO_CAPTURES", "")
pytestmark = pytest.mark.skipif(
    not Path(FOLDER).is_dir() or not FOLDER,
    reason="SSO_CAPTURES names no folder of captured messages",
)
PLAIN = {"tenant.metadata_declaration": "plain"}
INDENTED = ("indented",)
NEEDED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "entra-error-1.txt": ({"tenant.as_of": "2023-09-01"}, ("headers dropped by the recorder go-vcr",)),
    "entra-error-10.json": ({}, ()),
    "entra-error-4.txt": ({"tenant.as_of": "2020-07-14"}, ()),
    "entra-error-5.txt": ({"tenant.as_of": "2023-09-01"}, ()),
    "entra-http-1.txt": ({}, ("headers dropped by the recorder go-vcr",)),
    "entra-idtoken-claims-1.json": ({"app.optional_claims": ["pwd_exp", "pwd_url"]}, ()),
    "entra-idtoken-claims-6.json": (
        {
            "app.access_token_claims": {"acrs": ["c1"], "cnf": {"kid": "k" * 42 + "0", "xms_ksl": "sw"}},
            "app.granted_scopes": ["Files.Read", "Mail.Read", "openid", "profile", "User.Read", "email"],
        },
        (),
    ),
    "entra-idtoken-claims-9.json": ({}, ()),
    "entra-jwks-2.json": ({}, INDENTED),
    "entra-oidc-discovery-1.json": ({}, INDENTED),
    "entra-oidc-discovery-2.json": ({"tenant.userinfo_host": "graph"}, INDENTED),
    "entra-saml-metadata-1.xml": (PLAIN, ()),
    "entra-saml-metadata-3.restored.xml": (PLAIN, ()),
    "entra-saml-response-3.xml": ({}, ()),
    "entra-token-response-1.headers.txt": ({"tenant.as_of": "2021-05-26"}, ()),
    "entra-token-response-1.json": ({"app.granted_scopes": ["https://endpoint/VoIP", "M365Scope"]}, ()),
    "okta-error-10.json": ({}, INDENTED),
    "okta-error-8.txt": ({}, ("last full stop cut off",)),
    "okta-error-9.txt": ({}, ("heading in the style sheet's capitals",)),
    "okta-http-1.txt": ({}, ()),
    "okta-http-3.txt": ({"tenant.as_of": "2017-10-06"}, ("header added by the recorder yakbak",)),
    "okta-idtoken-claims-5.json": ({}, ()),
    "okta-jwks-1.json": ({}, ()),
    "okta-oidc-discovery-1.json": ({}, INDENTED),
    "okta-oidc-discovery-2.json": ({}, ()),
    "okta-saml-metadata-1.xml": (
        {"tenant.as_of": "2020-03-03", "tenant.metadata_declaration": "none"},
        (*INDENTED, "certificates joined to one line", "namespaces written first"),
    ),
    "okta-saml-metadata-2.xml": ({"tenant.as_of": "2020-03-03"}, ()),
    "okta-saml-response-4.b64": ({}, ()),
    "okta-saml-response-4.decrypted-assertion.xml": ({}, ()),
    "okta-saml-response-5.b64": ({}, ()),
    "okta-saml-response-5.decrypted-assertion.xml": ({}, ()),
    "okta-saml-response-8.xml": ({"tenant.certificate_digest": "sha1"}, ("namespaces written first",)),
    "okta-token-response-1.json": ({"tenant.as_of": "2021-10-27"}, INDENTED),
    "okta-token-response-3.json": (
        {"tenant.as_of": "2021-10-27"},
        (*INDENTED, "tokens signed anew with a small key"),
    ),
    "okta-userinfo-1.json": ({}, ()),
}


def capture(name: str) -> Message:
    return read((Path(FOLDER) / name).read_bytes())


def left(name: str, settings: Settings) -> list[Difference]:
    """What differs when our message is produced with those settings; raises when there is none."""
    message = capture(name)
    produced = produce(message, vendor(name.partition("-")[0]), settings)
    ours = read(copied(produced.data, settings.copies), produced.bases)
    return differences(message.shape.tree, ours.shape.tree)


def through_the_control_api(wanted: dict[str, Any]) -> Settings:
    """The settings as the control API takes them."""
    tenant = {name.partition(".")[2]: value for name, value in wanted.items() if name.startswith("tenant.")}
    app = {name.partition(".")[2]: value for name, value in wanted.items() if name.startswith("app.")}
    usual = {"protocol": "oidc", "assigned": "everyone", "redirect_uris": ["https://sp.example/callback"]}
    values = OidcAppBody.model_validate(usual | app).values()
    return Settings(SettingsBody.model_validate(tenant).changes(), {name: values[name] for name in app})


def test_every_captured_message_is_listed_here() -> None:
    assert {path.name for path in Path(FOLDER).iterdir() if path.suffix != ".md"} == set(NEEDED)


@pytest.mark.parametrize("name", NEEDED)
def test_the_tool_explains_every_difference(name: str) -> None:
    comparison = compare(capture(name), vendor(name.partition("-")[0]))
    assert [finding.difference.sentence for finding in comparison.unexplained] == []
    told = {finding.by.partition(" = ")[0] for finding in comparison.findings}
    settings, copies = NEEDED[name]
    assert told == {*settings, *(f"how the file was kept: {way}" for way in copies)}


@pytest.mark.parametrize("name", NEEDED)
def test_with_the_named_settings_our_message_has_the_captured_shape(name: str) -> None:
    settings, copies = NEEDED[name]
    found = through_the_control_api(settings)
    assert left(name, Settings(found.tenant, found.app, copies)) == []


@pytest.mark.parametrize("name", [name for name, needed in NEEDED.items() if any(needed)])
def test_without_any_one_of_them_it_has_not(name: str) -> None:
    settings, copies = NEEDED[name]
    for missing in (*settings, *copies):
        rest = {key: value for key, value in settings.items() if key != missing}
        found = through_the_control_api(rest)
        fewer = tuple(way for way in copies if way != missing)
        try:
            assert left(name, Settings(found.tenant, found.app, fewer)), missing
        except ProductionError:
            assert name == "entra-error-4.txt"  # today it is a page, and there is nothing to compare
