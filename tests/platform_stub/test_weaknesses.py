"""Every weakness is known by name and class, lets its own attacks in, and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from platform_stub.oidc import transport
from platform_stub.policy import STRICT
from platform_stub.weaknesses import REGISTRY, UnknownWeaknessError, apply, catalogue
from tests.platform_stub.sso_attacks import OIDC_ATTACKS, SAML_ATTACKS, Attack, admitted
from tests.platform_stub.sso_platform import Platform, refusal, running
from tests.platform_stub.sso_provider import Provider, oidc_config

FAMILIES = {
    *("login", "identity", "surface", "provisioning", "routing", "lifecycle", "closure", "session"),
    *("signature", "wrapping", "parser", "audience", "recipient", "issuer", "time", "replay"),
    *("request-binding", "status", "rollover", "safe-mode", "secrecy", "availability"),
}
ATTACKED = sorted({name for a in (*SAML_ATTACKS.values(), *OIDC_ATTACKS.values()) for name in a.admitted_by})


def test_names_classes_and_summaries() -> None:
    assert len(REGISTRY) >= 20
    for entry in catalogue():
        assert set(entry) == {"name", "class", "summary"}
        assert entry["class"] in FAMILIES, entry
        assert entry["name"] == entry["name"].lower().replace("_", "-").replace(" ", "-")
        assert entry["summary"].endswith(".")


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_weakness_changes_one_field_of_the_policy(name: str) -> None:
    weak = apply([name])
    changed = [f.name for f in fields(STRICT) if getattr(weak, f.name) != getattr(STRICT, f.name)]
    assert len(changed) == 1


def test_weaknesses_add_up() -> None:
    weak = apply(["saml-replay-accepted", "saml-status-not-checked", "email-unverified-accepted"])
    assert weak.saml_checks == STRICT.saml_checks - {"replay", "request-once", "status"}
    assert weak == replace(weak, unverified_email="accept")


def test_an_unknown_name_teaches() -> None:
    with pytest.raises(UnknownWeaknessError, match='Did you mean "saml-replay-accepted"'):
        apply(["saml-replay-acepted"])


def _outcomes(
    platform: Platform, provider: Provider, attacks: dict[str, Attack]
) -> tuple[set[str], dict[str, str]]:
    results = {name: attack.run(platform, provider) for name, attack in attacks.items()}
    refused = {name: refusal(r.answer) for name, r in results.items()}
    return {name for name, result in results.items() if admitted(result)}, refused


@pytest.mark.parametrize("weakness", ["", *ATTACKED])
def test_attacks_get_in_by_their_own_weakness_only(weakness: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    monkeypatch.setattr(transport, "fetch", provider.fetch)
    with running(apply([weakness] if weakness else [])) as platform:
        entered, codes = _outcomes(platform, provider, SAML_ATTACKS)
        platform.save(oidc_config())
        entered_by_oidc, oidc_codes = _outcomes(platform, provider, OIDC_ATTACKS)
    attacks = SAML_ATTACKS | OIDC_ATTACKS
    expected = {name for name, attack in attacks.items() if weakness in attack.admitted_by}
    assert entered | entered_by_oidc == expected
    for name, code in (codes | oidc_codes).items():
        assert bool(code) == (name not in expected), name
        if not weakness:
            assert code == attacks[name].code, name
