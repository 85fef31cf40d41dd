"""A message of our own agrees with its personality; a changed one is told apart, in plain words."""

from __future__ import annotations

import base64
import json

import pytest

from mock_idp.control.bodies import OidcAppBody, SettingsBody
from mock_idp.shape.comparing import compare
from mock_idp.shape.copying import COPIERS
from mock_idp.shape.difference import Difference, What, differences
from mock_idp.shape.explanations import Explanation, explanations, explanations_of
from mock_idp.shape.json_shape import part
from mock_idp.shape.node import REDACTED, Node
from mock_idp.shape.reading import read
from tests.mock_idp.goldens.making import GOLDENS
from tests.mock_idp.shape.support import BASE, compared, own, unexplained, vendor

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
POOR_ROLE = (
    "<IDPSSODescriptor><KeyDescriptor><X509Certificate>!</X509Certificate></KeyDescriptor></IDPSSODescriptor>"
)


@pytest.mark.parametrize("name", [golden.name for golden in GOLDENS])
def test_our_own_message_has_no_difference(name: str) -> None:
    assert not compared(own(name), name.partition("-")[0]).findings


def test_a_message_of_one_vendor_is_not_the_others() -> None:
    told = unexplained(own("okta-saml-response"), "entra")
    assert told[0].startswith("saml2p:Response: the file has it")
    assert told[1].startswith("samlp:Response: the personality writes it")


def test_a_member_that_was_added_or_taken_away_is_named() -> None:
    document = json.loads(own("okta-discovery-org"))
    document["frontchannel_logout_supported"] = True
    del document["jwks_uri"]
    told = unexplained(json.dumps(document, separators=(",", ":")), "okta")
    assert told == [
        "frontchannel_logout_supported: the file has it (boolean true), the personality leaves it out.",
        "jwks_uri: the personality writes it (url {idp}/oauth2/v1/keys), the file has none.",
    ]


def test_an_order_that_was_changed_is_told() -> None:
    document = json.loads(own("okta-jwks"))
    document["keys"][0] = dict(reversed(document["keys"][0].items()))
    (told,) = unexplained(json.dumps(document, separators=(",", ":")), "okta")
    ours = "kty, alg, kid, use, e, n"
    theirs = ", ".join(document["keys"][0])
    assert told == f"keys/item: the order differs: {theirs} in the file, {ours} here."


def test_indenting_is_explained() -> None:
    text = json.dumps(json.loads(own("okta-jwks")), indent=1)
    (finding,) = compared(text, "okta").findings
    assert finding.by == "how the file was kept: indented"


def test_settings_are_read_off_a_saml_response() -> None:
    text = own("entra-saml-response")
    start = text.index('<Attribute Name="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"')
    without_surname = text[:start] + text[text.index("</Attribute>", start) + len("</Attribute>") :]
    comparison = compared(without_surname, "entra")
    assert not comparison.findings
    assert "person.family_name" in {used.name for used in comparison.used}


def test_the_most_telling_difference_comes_first() -> None:
    file = Node("x", children=(Node("~layout", "pretty-printed"), Node("a", "int"), Node("b", "text")))
    ours = Node("x", children=(Node("~layout", "one line"), Node("a", "text")))
    assert [found.what for found in differences(file, ours)] == [What.MISSING, What.VALUE, What.SPELLING]


def test_a_blackened_value_equals_everything() -> None:
    assert not differences(
        Node("x", children=(Node("a", REDACTED),)), Node("x", children=(Node("a", "guid"),))
    )


def test_a_repeated_name_is_counted() -> None:
    file = Node("x", children=(Node("key"), Node("key")))
    (found,) = differences(file, Node("x", children=(Node("key"),)))
    assert found.sentence == "key: 2 times in the file, 1 times here."


def test_every_explanation_is_a_pattern_and_something_that_can_be_done_and_names_its_source() -> None:
    known = {f"tenant.{name}" for name in SettingsBody.model_fields}
    known |= {f"app.{name}" for name in OidcAppBody.model_fields}
    for entry in explanations():
        assert (entry.set in known) != (entry.copy in COPIERS), entry
        assert entry.documented
        assert entry.personality in ("", "okta", "entra")
        assert entry.path.strip("^$"), entry


def test_an_explanation_covers_what_it_says_only() -> None:
    entry = Explanation("somewhere", "^a$", set="app.x", what=(What.EXTRA,), personality="okta")
    difference = Difference(What.EXTRA, "a", "", "text")
    assert explanations_of(difference, "okta", [entry]) == (entry,)
    assert explanations_of(difference, "entra", [entry]) == ()
    assert explanations_of(Difference(What.MISSING, "a", "text", ""), "okta", [entry]) == ()


@pytest.mark.parametrize(
    ("vendor_name", "text"),
    [
        ("okta", '{"error":"invalid_grant","error_description":"x"}'),
        ("okta", "https://sp.test/cb?state=1&error=invalid_scope&error_description=x"),
        ("okta", "https://sp.test/cb?state=1&error=login_required&error_description=x"),
        ("entra", '{"error":"invalid_grant","error_description":"AADSTS54005: x"}'),
        ("entra", '{"error":"invalid_grant","error_description":"AADSTS501481: x"}'),
        ("entra", "https://sp.test/cb?error=login_required&error_description=AADSTS50058%3a+x&state=1#"),
    ],
)
def test_refusals_are_provoked_by_their_error(vendor_name: str, text: str) -> None:
    """What came about is the same error: only the description, which is invented here, may differ."""
    paths = {finding.difference.path for finding in compared(text, vendor_name).unexplained}
    assert "error" not in paths
    assert not any(path.startswith("the whole") for path in paths)


def test_a_setting_that_changes_nothing_explains_nothing() -> None:
    document = json.loads(own("okta-jwks"))
    del document["keys"][0]["use"]
    text = json.dumps(document, separators=(",", ":"))
    idle = Explanation("nowhere", "use$", set="tenant.consent", value="declined")
    comparison = compare(read(text.encode(), (BASE,)), vendor("okta"), [idle])
    assert [finding.by for finding in comparison.findings] == [""]


def test_an_older_wire_is_explained_by_its_day() -> None:
    document = json.loads(own("okta-token-response"))
    header, claims, signature = document["access_token"].split(".")
    opened = part(claims)
    del opened["auth_time"]
    packed = base64.urlsafe_b64encode(json.dumps(opened).encode()).rstrip(b"=").decode()
    document["access_token"] = f"{header}.{packed}.{signature}"
    text = json.dumps(document, separators=(",", ":"))
    by = {finding.by for finding in compared(text, "okta").findings}
    assert by >= {"tenant.as_of = 2021-10-27"}


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token":"aaaaaaaaaaa.bbbbbbbbbbb.c","scope":"openid"}',
        '{"iss":"https://[bad/","scp":5}',
        '{"authorization_endpoint":"x"}',
        '{"keys":[]}',
        f'<EntityDescriptor xmlns="{METADATA}">{POOR_ROLE}</EntityDescriptor>',
        f'<Response xmlns="{PROTOCOL}"><Assertion><Attribute Name="a"/></Assertion></Response>',
    ],
)
def test_a_poor_message_is_compared_all_the_same(text: str) -> None:
    assert compared(text, "okta").unexplained
    assert compared(text, "entra").unexplained
