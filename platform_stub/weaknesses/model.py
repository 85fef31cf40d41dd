"""What a weakness is: a name, and one change of the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from platform_stub.policy import OidcCheck, Policy, SamlCheck, SloCheck

Change = Callable[[Policy], Policy]


@dataclass(frozen=True, slots=True)
class Weakness:
    """`name` is what the command line takes, `family` the class of cases that should notice it."""

    name: str
    family: str
    summary: str
    change: Change

    def as_json(self) -> dict[str, str]:
        """Return `{"name", "class", "summary"}`, the published form."""
        return {"name": self.name, "class": self.family, "summary": self.summary}


def setting(**fields: Any) -> Change:  # noqa: ANN401 - the fields of Policy, checked by `replace` at use
    """Return the change that gives these fields of the policy other values."""
    return lambda policy: replace(policy, **fields)


def without_saml(*checks: SamlCheck) -> Change:
    """Return the change that leaves these checks of a SAML Response out."""
    return lambda policy: replace(policy, saml_checks=policy.saml_checks - set(checks))


def without_slo(*checks: SloCheck) -> Change:
    """Return the change that leaves these checks of a logout message out."""
    return lambda policy: replace(policy, slo_checks=policy.slo_checks - set(checks))


def without_oidc(*checks: OidcCheck) -> Change:
    """Return the change that leaves these checks of an OpenID Connect login out."""
    return lambda policy: replace(policy, oidc_checks=policy.oidc_checks - set(checks))
