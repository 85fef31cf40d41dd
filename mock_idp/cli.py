"""The command line: options, the page that `serve` prints, signals and exit codes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO

import click

from mock_idp.app import MockIdp
from mock_idp.journal import Entry
from mock_idp.personalities import find_personality, personality_names
from mock_idp.serving.listener import ListenError
from mock_idp.settings import Settings
from mock_idp.storage.model import StorageUrlError
from mock_idp.tls import TlsFilesError, kept_tls_files

PARENT_CHECK_SECONDS = 0.5
port_option = click.IntRange(0, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """A mock Okta and Microsoft Entra ID for tests."""


@commands.command("catalog")
def catalog_command() -> None:
    """Print faults, stages, personalities and personas as JSON."""
    from mock_idp.catalogue import catalogue  # noqa: PLC0415 - serve starts without it

    click.echo(json.dumps(catalogue(), indent=2, ensure_ascii=False))


@commands.command("shape")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--against",
    metavar="PERSONALITY",
    type=click.Choice(personality_names()),
    help="Produce the same message as this vendor and list the differences.",
)
@click.option("--key", type=click.File("rb"), help="Private key (PEM) that opens an encrypted Response.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def shape_command(*, file: IO[bytes], against: str | None, key: IO[bytes] | None, as_json: bool) -> int:
    """Print the shape of a message: names in their order, values by kind.

    FILE is a SAML message or metadata, a discovery document, a JWKS, a token or a token response; - is the
    standard input. Exit code: 0 no unexplained difference, 1 some, 2 not readable.
    """
    from mock_idp.shape import command as shape  # noqa: PLC0415 - serve starts without it

    personality = find_personality(against) if against else None
    complain = partial(click.echo, err=True)
    pem = key.read() if key else None
    return shape.run(file.read(), file.name, personality, click.echo, complain, key=pem, as_json=as_json)


@commands.command("facts")
@click.option("--personality", type=click.Choice(personality_names()), help="Only this vendor's facts.")
@click.option("--unconfirmed", is_flag=True, help="Only what is not confirmed by anything.")
def facts_command(*, personality: str | None, unconfirmed: bool) -> None:
    """Print what is known of the vendors, how well, and where it is in the code."""
    from mock_idp import facts  # noqa: PLC0415 - serve starts without it

    chosen = find_personality(personality) if personality else None
    found = facts.chosen(chosen.name if chosen else None, unconfirmed=unconfirmed)
    for line in facts.lines(found, shutil.get_terminal_size().columns):
        click.echo(line)


@commands.command("bench")
@click.option(
    "--seconds", type=click.FloatRange(0.05), default=1.0, show_default=True, help="Of each window."
)
def bench_command(*, seconds: float) -> int:
    """Measure the speed against the machine's own RSA-2048 signing rate.

    Server and driver have a core each. Exit code: 0 every target is reached, 1 not.
    """
    from mock_idp.bench import figures, machine  # noqa: PLC0415 - only this command needs an HTTP client

    reached = True
    try:
        for figure in figures.measure(seconds):
            click.echo(str(figure))
            reached = reached and figure.reached
    except machine.BenchError as error:
        raise click.ClickException(str(error)) from error
    return 0 if reached else 1


@commands.command("certificates")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that `serve` will listen on.")
def certificates_command(*, folder: Path, host: str) -> None:
    """Make the CA and certificate that `serve --tls-dir FOLDER` will use, and print the CA's file.

    Whoever must trust the IdP can so be set up before it runs. What is there already is kept.
    """
    try:
        click.echo(kept_tls_files(folder, host).ca)
    except TlsFilesError as error:
        raise click.UsageError(str(error)) from error


@commands.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=port_option, default=8400, show_default=True, help="The IdP's port; 0 is a free one."
)
@click.option(
    "--control-port", type=port_option, default=8401, show_default=True, help="The control API's port."
)
@click.option(
    "--token", envvar="MOCK_IDP_TOKEN", default=None, help="Token of the control API; else generated."
)
@click.option(
    "--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the URLs there as JSON."
)
@click.option("--tls", is_flag=True, help="Serve https with a throw-away CA.")
@click.option(
    "--tls-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Serve https with the CA and certificate kept there; made when there are none.",
)
@click.option(
    "--public-url", default=None, help="Where browsers find the IdP, if that is another address (containers)."
)
@click.option("--quiet", is_flag=True, help="Print nothing but warnings.")
@click.option("--exit-with-parent", is_flag=True, help="Stop when the parent process ends.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer; one for each core is enough.",
)
@click.option(
    "--store",
    metavar="URL",
    default=None,
    help="What workers share: sqlite:///PATH of a new file, which goes with them; else a temporary one.",
)
def serve_command(
    *,
    host: str,
    port: int,
    control_port: int,
    token: str | None,
    ready_file: Path | None,
    tls: bool,
    tls_dir: Path | None,
    quiet: bool,
    exit_with_parent: bool,
    public_url: str | None,
    workers: int,
    store: str | None,
) -> int:
    """Serve the IdP until SIGINT or SIGTERM. Exit code: 1 when all workers ended by themselves."""
    parent = os.getppid()  # asked first, because a parent may end at any moment
    settings = Settings(
        token=token or secrets.token_urlsafe(24),
        host=host,
        port=port,
        control_port=control_port,
        ready_file=ready_file,
        tls=tls,
        tls_dir=tls_dir,
        quiet=quiet,
        exit_with_parent=exit_with_parent,
        public_url=public_url.rstrip("/") if public_url else None,
        workers=workers,
        store=store,
    )
    try:
        idp = MockIdp(settings)
    except (ListenError, StorageUrlError, TlsFilesError) as error:
        raise click.UsageError(str(error)) from error
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: idp.request_stop())
    try:
        if not settings.quiet:
            idp.store.watch = _tell_refusal
        idp.start(partial(click.echo, err=True))
        _warn(settings)
        if not settings.quiet:
            click.echo(_page(idp))
        if settings.exit_with_parent:
            _watch_parent(idp, parent)
        idp.wait()
    finally:
        idp.stop()
    return 1 if idp.failed else 0


def main() -> None:
    """Run the command line. A user's mistake ends in one sentence on stderr and exit code 2."""
    try:
        sys.exit(commands.main(prog_name="python -m mock_idp", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"mock_idp: {error.format_message()}", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


def _watch_parent(idp: MockIdp, parent: int) -> None:
    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(PARENT_CHECK_SECONDS)
        idp.request_stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _warn(settings: Settings) -> None:
    if not settings.is_loopback:
        click.echo(
            f"Warning: listening on {settings.host}, not only on this machine. Anyone who reaches the IdP "
            "can sign in as anyone: the passwords of its personas are public.",
            err=True,
        )


def _tell_refusal(tenant: str, entry: Entry) -> None:
    """Say on stderr why a login was refused; the journal has the request that was, decoded."""
    if not entry.kind.endswith((".refused", ".failed")):
        return
    told = entry.detail.get("page") or entry.detail.get("text") or ""
    attempt = f" [{entry.attempt}]" if entry.attempt else ""
    click.echo(f"{tenant}: {entry.summary} {told}{attempt}".rstrip(), err=True)


def _page(idp: MockIdp) -> str:
    base, control, token = idp.base_url, idp.control_url, idp.settings.token
    lines = [
        "Mock IdP (Okta and Microsoft Entra ID)",
        f"  identity provider  {base}",
        f"  control API        {control}",
        f"  token              {token}",
    ]
    if idp.settings.is_shared:
        lines.append(f"  workers            {idp.settings.workers}")
    if idp.tls is not None:
        lines.append(f"  trust this CA      {idp.tls.ca}")
    lines += [
        "",
        "Make a tenant and register your application:",
        f"  curl -sH 'Authorization: Bearer {token}' {control}/tenants \\",
        """       --json '{"name": "acme", "personality": "okta"}'""",
        f"  curl -sX PUT -H 'Authorization: Bearer {token}' {control}/tenants/acme/apps/portal \\",
        """       --json '{"protocol": "saml", "acs_urls": ["https://sp.example/acs"], "audience": "https://sp.example"}'""",
        "The answer holds the URLs and the certificate to paste. OpenID Connect discovery of that tenant:",
        f"  {base}/t/acme/.well-known/openid-configuration",
        "Sign in as alice@acme.test with the password correct-horse-alice.",
        "",
        "Warning: this IdP signs whatever it is asked to. Never let a system that matters trust it.",
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)
