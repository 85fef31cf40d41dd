"""The forecast and the platform agree: whoever gets in on paper gets in, whoever does not is refused.

Each person at the identity provider signs in with the address that they send, at both login pages of a
platform that holds the same accounts; which accounts were opened is what the forecast must have said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.forecast.forecast import Inputs, make_forecast
from conformance.forecast.model import EmailMatch, Rules, Sends
from platform_stub.identity import match_account
from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.store import Method, Surface
from tests.conformance.forecast.company import Company, with_mistakes
from tests.platform_stub.conftest import World, build

Opened = set[tuple[str, str]]


def company_with_collisions(seed: int) -> Company:
    """Return a company with every mistake, and addresses that differ in case or belong to two accounts."""
    company = with_mistakes(60, 100, seed)
    fine = [person for person in company.everybody if person.expected == "ok"]
    fine[0].email = fine[1].email
    fine[2].email = fine[3].email.upper()
    fine[4].email, fine[4].active = fine[5].email, False
    fine[6].email = fine[-1].email  # a user and an agent
    fine[7].upn = "office." + fine[7].upn
    return company


def opened_by_everybody(world: World, company: Company, sends: Sends) -> Opened:
    """Let everybody at the IdP sign in at both pages; return kind and login of each account that opened."""
    with world.ctx.store.write() as tx:
        for person in company.everybody:
            columns = {
                "login": person.login,
                "email": person.email,
                "active": person.active,
                "password_hash": "x",
            }
            kind = Surface.AGENT if person.agent else Surface.USER
            tx.accounts.create(world.acme.id, kind, {**columns, "role": "" if person.agent else person.role})
    opened: Opened = set()
    for person in company.everybody:
        email = person.mail if sends is Sends.MAIL else person.upn
        if not person.at_idp or person.status != "ACTIVE" or not email:
            continue
        for surface in Surface:
            try:
                account = match_account(world.ctx, world.acme, surface, email, Method.SAML)
            except RefusalError:
                continue
            opened.add((surface.value, account.login.casefold()))
    return opened


@pytest.mark.parametrize("sends", list(Sends))
@pytest.mark.parametrize("match", list(EmailMatch))
def test_who_gets_in_is_who_the_forecast_lets_in(tmp_path: Path, match: EmailMatch, sends: Sends) -> None:
    company = company_with_collisions(seed=11)
    rosters = [str(company.users(tmp_path / "users.csv")), str(company.agents(tmp_path / "agents.csv"))]
    export = [str(company.entra(tmp_path / "entra.csv"))]
    world = build(policy=Policy(email_match=match.value))

    inputs = Inputs(
        now=datetime(2026, 3, 1, tzinfo=UTC), rosters=rosters, idp_users=export, rules=Rules(sends, match)
    )
    forecast = make_forecast(inputs)
    foretold = {
        (one.account.kind.value, one.account.login.casefold())
        for one in forecast.findings
        if one.account.active and not one.locked_out
    }

    assert opened_by_everybody(world, company, sends) == foretold
    assert 100 < len(foretold) < 160
    world.ctx.store.close()
