"""The command line: ``serve`` and ``weaknesses``. A user's mistake ends in one sentence and exit code 2."""

import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

import click

from platform_stub import weaknesses as weak
from platform_stub.running import Options, Platform
from platform_stub.server import PortError
from platform_stub.store import StoreError, without_password

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_PORT = click.IntRange(0, 65535)
_PARENT_CHECK_SECONDS = 0.5


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """A minimal LiveVox platform with single sign-on."""


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=_PORT, default=8500, show_default=True, help="The portal's port; 0 is a free one."
)
@click.option("--care-port", type=_PORT, default=8501, show_default=True, help="Customer Care's port.")
@click.option(
    "--operator-token", envvar="PLATFORM_OPERATOR_TOKEN", help="Customer Care's token; else generated."
)
@click.option(
    "--database",
    help="SQLAlchemy URL of SQLite or PostgreSQL; without it everything is forgotten at the end.",
)
@click.option(
    "--weakness", "weaknesses", multiple=True, metavar="NAME", help="Plant a weakness (repeatable)."
)
@click.option(
    "--password-cost", type=click.IntRange(1, 20), default=14, show_default=True, help="scrypt's N is 2^this."
)
@click.option(
    "--patience",
    type=click.FloatRange(0.1, 60),
    default=5,
    show_default=True,
    help="Seconds that each fetch from an identity provider may take.",
)
@click.option(
    "--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the URLs there as JSON."
)
@click.option(
    "--test-clock", is_flag=True, help="Let Customer Care's API move a client's clock; this computer only."
)
@click.option(
    "--more-platforms",
    is_flag=True,
    help="Let Customer Care's API open further platforms here, each with weaknesses; this computer only.",
)
@click.option("--safe-mode", is_flag=True, help="Guard every client's switch, unless it is told otherwise.")
@click.option("--exit-with-parent", is_flag=True, help="Stop when the parent process ends.")
@click.option("--quiet", is_flag=True, help="Print nothing but warnings.")
def serve(
    *,
    host: str,
    port: int,
    care_port: int,
    operator_token: str | None,
    database: str | None,
    weaknesses: tuple[str, ...],
    password_cost: int,
    patience: float,
    ready_file: Path | None,
    test_clock: bool,
    more_platforms: bool,
    safe_mode: bool,
    exit_with_parent: bool,
    quiet: bool,
) -> None:
    """Serve the portal and Customer Care's plane until SIGINT or SIGTERM."""
    _check_reach(host, weaknesses, test_clock=test_clock, more_platforms=more_platforms)
    try:
        platform = Platform(
            Options(
                host=host,
                port=port,
                care_port=care_port,
                operator_token=operator_token or secrets.token_urlsafe(24),
                database_url=database,
                weaknesses=weaknesses,
                password_cost=password_cost,
                patience=patience,
                test_clock=test_clock,
                safe_mode=safe_mode,
                more_platforms=more_platforms,
            )
        )
    except (PortError, StoreError, weak.UnknownWeaknessError) as error:
        raise click.UsageError(str(error)) from error
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: platform.request_stop())
    try:
        if ready_file:
            _write_ready_file(ready_file, platform)
        if not quiet:
            click.echo(_welcome(platform))
        if exit_with_parent:
            _watch_parent(platform)
        platform.warm_up()
        platform.wait()
    finally:
        platform.close()


@commands.command("weaknesses")
def weaknesses_command() -> None:
    """Print the weaknesses that ``serve --weakness`` knows, as JSON."""
    click.echo(json.dumps(weak.catalogue(), indent=2, ensure_ascii=False))


def main() -> None:
    """Run the command line; a mistake ends in one sentence on stderr and exit code 2."""
    try:
        commands.main(prog_name="python -m platform_stub", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"platform_stub: {error.format_message()}", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


def _check_reach(host: str, weaknesses: tuple[str, ...], *, test_clock: bool, more_platforms: bool) -> None:
    if host in _LOOPBACK:
        return
    if more_platforms:
        raise click.UsageError(
            "--more-platforms is for this computer only: the further platforms are weak on purpose."
        )
    if weaknesses:
        raise click.UsageError("--weakness is for this computer only; leave out --host, or the weakness.")
    if test_clock:
        raise click.UsageError(
            "--test-clock is for this computer only: whoever moves the clock ends sessions."
        )
    click.echo(
        f"Warning: {host} can be reached by others, and this platform speaks http without TLS.", err=True
    )


def _write_ready_file(path: Path, platform: Platform) -> None:
    """Write the file in one step, so that a reader never sees half of it."""
    settings = platform.settings
    content = {
        "base_url": settings.base_url,
        "care_url": settings.care_url,
        "operator_token": settings.operator_token,
        "pid": os.getpid(),
    }
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch(mode=0o600)  # the operator's token is in it
        temporary.write_text(json.dumps(content))
        temporary.replace(path)
    except OSError as error:
        raise click.UsageError(f"The ready file {path} cannot be written: {error.strerror}.") from error


def _welcome(platform: Platform) -> str:
    settings = platform.settings
    planted = f"\n\n  Deliberately weak: {', '.join(settings.weaknesses)}" if settings.weaknesses else ""
    url = settings.database_url
    kept = without_password(url) if url else "in a private file that goes with this process"
    return f"""
  Portal          {settings.base_url}
  Customer Care   {settings.care_url}
  Operator token  {settings.operator_token}
  Data            {kept}

  1. Open Customer Care, sign in with the operator token and create a client, for example “acme”.
  2. Turn on its Single Sign On flag.
  3. Users sign in at {settings.base_url}/acme, agents at {settings.base_url}/acme/AgentLogin.{planted}

  Ctrl-C stops the platform.
"""


def _watch_parent(platform: Platform) -> None:
    """Stop the platform when its parent ends: an orphan gets a new parent."""
    parent = os.getppid()
    pause = threading.Event()

    def watch() -> None:
        while os.getppid() == parent:
            pause.wait(_PARENT_CHECK_SECONDS)
        platform.request_stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
