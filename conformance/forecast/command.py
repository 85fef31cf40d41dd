"""`python -m conformance forecast`: options in, screen and files out."""

from __future__ import annotations

import gc
import io
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from conformance.forecast.files import write_csv, write_json
from conformance.forecast.forecast import Inputs, make_forecast
from conformance.forecast.model import EmailMatch, Forecast, Rules, Sends, Vendor
from conformance.forecast.problems import InputError
from conformance.forecast.screen import screen

_CANNOT_READ = 2
_VENDORS = {"okta": Vendor.OKTA, "entra": Vendor.ENTRA, "azure": Vendor.ENTRA}
_NARROWEST = 80


@click.command()
@click.option("--metadata", default="", metavar="FILE", help="The IdP's SAML metadata.")
@click.option("--discovery", default="", metavar="FILE", help="The IdP's OpenID Connect discovery document.")
@click.option(
    "--saved", default="", metavar="FILE", help="What the platform has saved (JSON), to find slips."
)
@click.option("--roster", "rosters", multiple=True, metavar="FILE", help="Users or agents (CSV). Repeatable.")
@click.option(
    "--idp-users", multiple=True, metavar="FILE", help="The IdP's export of people (CSV). Repeatable."
)
@click.option(
    "--assigned", multiple=True, metavar="FILE", help="Those who have the application (CSV). Repeatable."
)
@click.option("--app", default="", metavar="NAME", help="The application, in exports that list assignments.")
@click.option(
    "--idp", type=click.Choice(list(_VENDORS)), help="Whose export it is. Default: told from the columns."
)
@click.option(
    "--sends",
    type=click.Choice([one.value for one in Sends]),
    default="mail",
    show_default=True,
    help="What the IdP sends as the e-mail address: mail, or login (userPrincipalName, Okta username).",
)
@click.option(
    "--email-match",
    type=click.Choice([one.value for one in EmailMatch]),
    default="exact",
    show_default=True,
    help="How the platform compares; exact is documented.",
)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day of the switch. Default: now.",
)
@click.option(
    "--show",
    default=5,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=0),
    help="People per reason; 0: all.",
)
@click.option("--csv", "csv_file", default="", metavar="FILE", help="Write every account to a CSV file.")
@click.option(
    "--json", "json_file", default="", metavar="FILE", help="Write everything as JSON; - for stdout."
)
@click.option("--stats", is_flag=True, help="Say how long it took and how much memory.")
def forecast(  # noqa: PLR0917  (one parameter for each option)
    metadata: str,
    discovery: str,
    saved: str,
    rosters: Sequence[str],
    idp_users: Sequence[str],
    assigned: Sequence[str],
    app: str,
    idp: str | None,
    sends: str,
    email_match: str,
    day: datetime | None,
    show: int,
    csv_file: str,
    json_file: str,
    stats: bool,
) -> None:
    """Say who would be locked out if single sign-on were enabled now, from files alone.

    Exit status: 0 nobody, 1 somebody, 2 a file cannot be read.
    """
    inputs = Inputs(
        now=day.replace(tzinfo=UTC) if day else datetime.now(UTC),
        metadata=metadata,
        discovery=discovery,
        saved=saved,
        rosters=rosters,
        idp_users=idp_users,
        assigned=assigned,
        app=app,
        vendor=_VENDORS[idp] if idp else None,
        rules=Rules(Sends(sends), EmailMatch(email_match)),
    )
    _refuse_pointless(inputs)
    started = time.perf_counter()
    gc.disable()  # hundreds of thousands of small objects and no cycles: looking for them would cost a third
    try:
        answer = make_forecast(inputs)
        _write(answer, show, csv_file, json_file)
    except InputError as error:
        click.echo(f"forecast: {error}", err=True)
        sys.exit(_CANNOT_READ)
    finally:
        gc.enable()
    if stats:
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024  # getrusage counts bytes there
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
        spent, wall = time.process_time(), time.perf_counter() - started
        click.echo(f"{wall:.2f} s, {spent:.2f} s of processor time, {peak} MB at most", err=True)
    sys.exit(answer.exit_status)


def _refuse_pointless(given: Inputs) -> None:
    """Refuse combinations that say nothing. Raises click.UsageError, which ends with exit status 2."""
    configuration = given.metadata or given.discovery
    if given.metadata and given.discovery:
        raise click.UsageError("Give --metadata (SAML) or --discovery (OIDC): one standard is active.")
    if given.saved and not configuration:
        raise click.UsageError("--saved is held against --metadata or --discovery; give one of them.")
    if not configuration and not given.rosters:
        raise click.UsageError(
            "Nothing to look at: give --roster FILE and --idp-users FILE, or --metadata or --discovery FILE."
        )
    if given.idp_users and not given.rosters:
        raise click.UsageError("--idp-users is held against the platform's accounts; give --roster FILE too.")
    if given.assigned and not given.idp_users:
        raise click.UsageError("--assigned marks people of --idp-users; give that too.")


def _write(answer: Forecast, show: int, csv_file: str, json_file: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no ✗ is no reason to stop
    to_stdout = json_file == "-"
    console = Console(stderr=to_stdout, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    console.print(screen(answer, shown=show, csv_file=csv_file))
    name = csv_file
    try:
        if csv_file:
            write_csv(answer, Path(csv_file))
        name = json_file
        if to_stdout:
            write_json(answer, sys.stdout)
        elif json_file:
            with Path(json_file).open("w", encoding="utf-8") as file:
                write_json(answer, file)
    except OSError as error:
        raise InputError(
            name,
            expected="a file that can be written",
            found=error.strerror or type(error).__name__,
            do="Check the folder and its permissions.",
        ) from error
