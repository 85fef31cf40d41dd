"""Who is locked out, and for which one reason: planted mistakes are found, and nobody else is blamed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.forecast.forecast import Inputs, make_forecast
from conformance.forecast.model import EmailMatch, Finding, Forecast, Rules, Sends, Vendor
from conformance.forecast.problems import InputError
from tests.conformance.forecast.company import MISTAKES, Company, Employee, healthy, with_mistakes, write

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def forecast_of(
    company: Company, folder: Path, *, vendor: str = "entra", rules: Rules | None = None, **more: object
) -> Forecast:
    """Write a company's files and return its forecast."""
    export = company.entra if vendor == "entra" else company.okta
    inputs = {
        "rosters": [str(company.users(folder / "users.csv")), str(company.agents(folder / "agents.csv"))],
        "idp_users": [str(export(folder / "export.csv"))],
        "rules": rules or Rules(),
        **more,
    }
    return make_forecast(Inputs(now=NOW, **inputs))  # type: ignore[arg-type]  # the keywords are the fields


def codes(forecast: Forecast) -> dict[str, str]:
    """Return login → code of the outcome."""
    return {one.account.login: one.reason.code for one in forecast.findings}


def finding(forecast: Forecast, login: str) -> Finding:
    """Return what was found for one account."""
    return next(one for one in forecast.findings if one.account.login == login)


@pytest.mark.parametrize("vendor", ["entra", "okta"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_planted_mistake_is_found_and_nobody_else_is_blamed(
    tmp_path: Path, vendor: str, seed: int
) -> None:
    company = with_mistakes(70, 130, seed)

    forecast = forecast_of(company, tmp_path, vendor=vendor)

    assert codes(forecast) == company.expected()
    assert forecast.vendor.value == vendor
    assert forecast.exit_status == 1


def test_a_healthy_company_gets_in_whole(tmp_path: Path) -> None:
    forecast = forecast_of(healthy(20, 30), tmp_path)

    assert Counter(codes(forecast).values()) == {"ok": 50}
    assert forecast.exit_status == 0


def test_each_mistake_alone_locks_out_exactly_one(tmp_path: Path) -> None:
    for code, ways in MISTAKES.items():
        for way in ways:
            company = healthy(4, 4)
            way(company.everybody[2])
            out = forecast_of(company, tmp_path).locked_out
            assert [one.reason.code for one in out] == ([] if code == "inactive" else [code])


def test_two_of_a_kind_with_one_address_are_both_out_even_when_one_is_inactive(tmp_path: Path) -> None:
    company = healthy(4, 0)
    one, other = company.everybody[1:3]
    other.email, other.active = one.email, False

    forecast = forecast_of(company, tmp_path)

    assert finding(forecast, one.login).reason.code == "duplicate-email"
    assert other.login in finding(forecast, one.login).detail
    assert finding(forecast, other.login).reason.code == "inactive"


def test_a_user_and_an_agent_may_share_an_address(tmp_path: Path) -> None:
    company = healthy(1, 1)
    user, agent = company.everybody
    agent.email, agent.at_idp = user.email, False

    assert set(codes(forecast_of(company, tmp_path)).values()) == {"ok"}


def test_casefold_admits_other_cases_and_makes_two_cases_of_one_address_ambiguous(tmp_path: Path) -> None:
    company = healthy(4, 0)
    lone, one, other = company.everybody[1:]
    lone.email = lone.email.upper()
    other.email = one.email.upper()

    forecast = forecast_of(company, tmp_path, rules=Rules(match=EmailMatch.CASEFOLD))

    assert finding(forecast, lone.login).reason.code == "ok"
    assert finding(forecast, one.login).reason.code == "duplicate-email"
    assert finding(forecast, other.login).reason.code == "duplicate-email"


def test_the_kelvin_sign_is_a_look_alike_and_not_a_capital_k(tmp_path: Path) -> None:
    company = healthy(1, 0)
    person = company.everybody[0]
    person.mail = "k@example.com"
    person.email = "\u212a@example.com"

    assert finding(forecast_of(company, tmp_path), person.login).reason.code == "look-alike"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("ACTIVE", "ok"),
        ("Active", "ok"),
        ("STAGED", "idp-not-activated"),
        ("PROVISIONED", "idp-not-activated"),
        ("Pending user action", "idp-not-activated"),
        ("RECOVERY", "idp-new-password"),
        ("PASSWORD_EXPIRED", "idp-new-password"),
        ("Locked out", "idp-locked"),
        ("SUSPENDED", "idp-disabled"),
        ("Deactivated", "idp-disabled"),
        ("ON_HOLIDAY", "idp-status-unknown"),
    ],
)
def test_the_status_at_okta_decides(tmp_path: Path, status: str, code: str) -> None:
    company = healthy(1, 0)
    company.everybody[0].status = status

    forecast = forecast_of(company, tmp_path, vendor="okta")

    assert list(codes(forecast).values()) == [code]
    assert forecast.exit_status == (code in {"idp-not-activated", "idp-locked", "idp-disabled"})


def test_entra_guest_without_mail_is_told_with_both_values(tmp_path: Path) -> None:
    company = healthy(1, 0)
    person = company.everybody[0]
    person.email, person.mail = "ana@partner.test", ""
    person.upn = "ana_partner.test#EXT#@tenant.onmicrosoft.com"

    found = finding(forecast_of(company, tmp_path), person.login)

    assert found.reason.code == "guest"
    assert "mail: empty" in found.detail
    assert person.upn in found.detail


def test_entra_guest_with_mail_gets_in_when_mail_is_sent_and_not_when_the_upn_is(tmp_path: Path) -> None:
    company = healthy(1, 0)
    person = company.everybody[0]
    person.email = person.mail = "ana@partner.test"
    person.upn = "ana_partner.test#EXT#@tenant.onmicrosoft.com"

    assert finding(forecast_of(company, tmp_path), person.login).reason.code == "ok"
    by_login = forecast_of(company, tmp_path, rules=Rules(sends=Sends.LOGIN))
    assert finding(by_login, person.login).reason.code == "idp-sends-other"


def test_upn_that_differs_from_mail_is_told_with_both_and_counted_the_other_way(tmp_path: Path) -> None:
    company = healthy(3, 0)
    person = company.everybody[1]
    person.mail = "ana.diaz@office.test"

    forecast = forecast_of(company, tmp_path)

    found = finding(forecast, person.login)
    assert found.reason.code == "idp-sends-other"
    assert person.upn in found.detail
    assert "ana.diaz@office.test" in found.detail
    assert "on premises" in found.detail
    assert [one.locked_out for one in forecast.what_ifs] == [0, 1]


def test_what_if_counts_what_a_forecast_under_these_rules_finds(tmp_path: Path) -> None:
    company = with_mistakes(70, 130)
    company.everybody[1].upn = "other@example.com"
    company.everybody[2].email = company.everybody[3].email.upper()
    here = forecast_of(company, tmp_path)

    by_login = forecast_of(company, tmp_path, rules=Rules(sends=Sends.LOGIN))
    without_case = forecast_of(company, tmp_path, rules=Rules(match=EmailMatch.CASEFOLD))

    told = [one.locked_out for one in here.what_ifs]
    assert told == [len(by_login.locked_out), len(without_case.locked_out)]
    assert len({len(here.locked_out), *told}) == 3


def test_several_people_who_send_one_address_are_a_warning(tmp_path: Path) -> None:
    company = healthy(2, 0)
    company.everybody[1].mail = company.everybody[0].mail
    company.everybody[1].active = False

    forecast = forecast_of(company, tmp_path)

    assert finding(forecast, company.everybody[0].login).reason.code == "idp-several"
    assert forecast.exit_status == 0


@pytest.mark.parametrize(
    ("email", "nearest"),
    [
        ("ana.diaz@old.test", "ana.diaz@example.com"),
        ("anadiaz@example.com", "ana.diaz@example.com"),
        ("ana.diaz+sso@example.com", "ana.diaz@example.com"),
        ("ana.daiz@example.com", "ana.diaz@example.com"),
        ("an.diaz@example.com", "ana.diaz@example.com"),
        ("ana.diazz@example.com", "ana.diaz@example.com"),
        ("maria.ruiz@example.com", ""),
    ],
)
def test_the_nearest_address_is_a_hint_and_never_a_match(tmp_path: Path, email: str, nearest: str) -> None:
    person = Employee("Ana", "Diaz", "adiaz", email, "ana.diaz@example.com", "ana.diaz@example.com")

    found = finding(forecast_of(Company([person]), tmp_path), "adiaz")

    assert found.reason.code == "not-at-idp"
    assert found.idp_value == nearest


def test_assigned_people_of_a_group_get_in_and_the_others_do_not(tmp_path: Path) -> None:
    company = healthy(3, 0)
    members = write(
        tmp_path / "members.csv",
        ("Object ID", "User principal name", "Display name"),
        [("1", person.upn.upper(), person.first) for person in company.everybody[:2]],
    )

    forecast = forecast_of(company, tmp_path, assigned=[str(members)])

    assert list(codes(forecast).values()) == ["ok", "ok", "not-assigned"]
    assert not any("assigned" in line for line in forecast.unchecked)


def test_okta_report_of_applications_tells_who_is_assigned(tmp_path: Path) -> None:
    company = healthy(4, 0)
    first, second, third, fourth = company.everybody
    report = write(
        tmp_path / "assignments.csv",
        ("User", "Login", "Application name", "Application login", "Unassigned on"),
        [
            (first.first, first.upn, "LiveVox", first.upn, ""),
            (first.first, first.upn, "Payroll", "somebody@payroll.test", ""),
            (second.first, second.upn, "Payroll", second.upn, ""),
            (third.first, third.upn, "LiveVox", third.upn, "2026-01-02T00:00:00Z"),
        ],
    )
    people = company.okta(tmp_path / "people.csv")

    forecast = forecast_of(company, tmp_path, idp_users=[str(people), str(report)], app="livevox")

    assert codes(forecast)[first.login] == "ok"
    assert forecast.what_ifs[0].locked_out == 3  # Okta sends the name that the person has in this application
    for person in (second, third, fourth):
        assert codes(forecast)[person.login] == "not-assigned"


def test_okta_column_of_assigned_applications_is_split(tmp_path: Path) -> None:
    company = healthy(2, 0)
    one, other = company.everybody
    people = write(
        tmp_path / "people.csv",
        ("Username", "Primary email", "Status", "Assigned applications"),
        [(one.upn, one.mail, "Active", "Payroll; LiveVox"), (other.upn, other.mail, "Active", "Payroll")],
    )

    forecast = forecast_of(company, tmp_path, idp_users=[str(people)], app="LiveVox")

    assert list(codes(forecast).values()) == ["ok", "not-assigned"]


def test_an_application_that_the_report_does_not_have_is_refused_with_those_that_it_has(
    tmp_path: Path,
) -> None:
    company = healthy(1, 0)
    rows = [(company.everybody[0].upn, "Payroll")]
    report = write(tmp_path / "r.csv", ("Login", "Application name"), rows)

    with pytest.raises(InputError, match="“Payroll”"):
        forecast_of(company, tmp_path, idp_users=[str(report)], app="LiveVox")


def test_an_export_without_mail_is_compared_by_login_and_says_so(tmp_path: Path) -> None:
    company = healthy(2, 0)
    rows = [(person.upn, person.first) for person in company.everybody]
    export = write(tmp_path / "logins.csv", ("userPrincipalName", "displayName"), rows)

    forecast = forecast_of(company, tmp_path, idp_users=[str(export)])

    assert set(codes(forecast).values()) == {"ok"}
    assert forecast.rules.sends is Sends.LOGIN
    assert any("no e-mail addresses" in note for note in forecast.notes)


def test_the_roster_alone_shows_what_it_can_and_says_what_it_cannot(tmp_path: Path) -> None:
    company = with_mistakes(40, 60)

    forecast = forecast_of(company, tmp_path, idp_users=[])

    # a full-width @ is no @, as long as nobody says what it resembles
    own = {"no-email": 2, "sip-address": 2, "malformed-email": 3, "white-space": 2}
    found = Counter(one.reason.code for one in forecast.locked_out)
    assert found == own
    assert any("--idp-users" in line for line in forecast.unchecked)


def test_when_no_administrator_gets_in_an_alarm_says_how_to_be_rescued(tmp_path: Path) -> None:
    company = healthy(3, 0)
    company.everybody[0].email = ""

    assert any("Customer Care" in alarm for alarm in forecast_of(company, tmp_path).alarms)
    company.everybody[1].role = "Superuser"
    assert not any("Customer Care" in alarm for alarm in forecast_of(company, tmp_path).alarms)


def test_people_without_an_account_are_counted(tmp_path: Path) -> None:
    company = healthy(3, 0)
    company.everybody[2].email = "somebody@else.test"

    assert any("match no account: 1 " in note for note in forecast_of(company, tmp_path).notes)


def test_somebody_without_a_name_is_nobody_and_a_blank_login_falls_back_to_the_mail(tmp_path: Path) -> None:
    company = healthy(2, 0)
    one, other = company.everybody
    rows = [("", "", "ACTIVE"), ("", one.mail, "ACTIVE"), ("", other.mail, "ACTIVE")]
    people = write(tmp_path / "p.csv", ("Login", "Primary email", "Status"), rows)

    forecast = forecast_of(company, tmp_path, idp_users=[str(people)])

    assert list(codes(forecast).values()) == ["ok", "ok"]


def test_rosters_or_an_export_without_anybody_are_refused(tmp_path: Path) -> None:
    nobody = write(tmp_path / "nobody.csv", ("userPrincipalName", "mail"), [])

    with pytest.raises(InputError, match="at least one row"):
        forecast_of(healthy(1, 0), tmp_path, idp_users=[str(nobody)])
    with pytest.raises(InputError, match="at least one row"):
        forecast_of(Company(), tmp_path, idp_users=[])


def test_the_same_roster_twice_is_refused_with_both_places(tmp_path: Path) -> None:
    company = healthy(2, 0)
    users = str(company.users(tmp_path / "users.csv"))

    with pytest.raises(InputError, match=r"as in .*users\.csv:2"):
        forecast_of(company, tmp_path, rosters=[users, users])


def test_a_told_vendor_beats_the_columns(tmp_path: Path) -> None:
    assert forecast_of(healthy(1, 0), tmp_path, vendor="okta").vendor is Vendor.OKTA
    people = write(tmp_path / "p.csv", ("email",), [("a@example.com",)])
    forecast = forecast_of(healthy(1, 0), tmp_path, idp_users=[str(people)])
    assert forecast.vendor is Vendor.OTHER
