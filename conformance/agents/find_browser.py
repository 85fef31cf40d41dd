"""Finds a Chromium or Chrome on this machine, or installs one.

Also a command: `python -m conformance.agents.find_browser [--install]` prints the path.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

VARIABLE = "CONFORMANCE_BROWSER"
_NAMES = (
    "chromium-headless-shell",  # the same engine without a window system: three times less work per login
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_DOWNLOADED = (
    "chromium_headless_shell-*/chrome-linux*/headless_shell",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
    "chromium-*/chrome-mac*/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "chromium-*/chrome-win*/chrome.exe",
)
_INSTALL_SECONDS = 900
HOW_TO = (
    f"No Chromium or Chrome was found: run `python -m playwright install chromium`, or install the package "
    f"`chromium`, or set {VARIABLE} to the path of a browser."
)


class NoBrowserError(Exception):
    """No browser can be found or installed; the message is one sentence that says what to do."""


def find(environment: Mapping[str, str] | None = None) -> Path:
    """Return the path of an executable browser; it is not started. Raises NoBrowserError.

    Order: $CONFORMANCE_BROWSER, the usual commands on PATH, the macOS applications, Playwright's download.
    """
    env = os.environ if environment is None else environment
    named = env.get(VARIABLE)
    if named:
        command = shutil.which(named, path=env.get("PATH"))
        if command is None:
            raise NoBrowserError(
                f"{VARIABLE} is {named!r}, which is no executable file: correct or unset it."
            )
        return Path(command)
    for path in _candidates(env):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise NoBrowserError(HOW_TO)


def install(environment: Mapping[str, str] | None = None) -> Path:
    """Return a browser, installing one when there is none. Raises NoBrowserError.

    Tries Playwright's download first, then (as root on Debian or Ubuntu) the distribution's package.
    """
    env = os.environ if environment is None else environment
    tries: list[list[str]] = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    apt = shutil.which("apt-get", path=env.get("PATH"))
    if apt is not None and hasattr(os, "geteuid") and os.geteuid() == 0:
        get = [apt, "install", "-q", "-y", "--no-install-recommends"]
        tries += [[apt, "update", "-q"], [*get, "chromium-headless-shell"], [*get, "chromium"]]
    failures = []
    for command in [[], *tries]:
        failure = _run(command, env) if command else ""
        if failure:
            failures.append(failure)
        try:
            return find(env)
        except NoBrowserError as error:
            missing = error
    raise NoBrowserError(" ".join([str(missing), *failures])) from missing


def _candidates(env: Mapping[str, str]) -> Iterator[Path]:
    for name in _NAMES:
        found = shutil.which(name, path=env.get("PATH"))
        if found:
            yield Path(found)
    yield from (Path(app) for app in _MAC_APPS)
    for folder in _download_folders(env):
        for pattern in _DOWNLOADED:
            yield from sorted(folder.glob(pattern), reverse=True)


def _download_folders(env: Mapping[str, str]) -> list[Path]:
    """Return where Playwright keeps browsers (its documentation, "Browsers": managing browser binaries)."""
    if env.get("PLAYWRIGHT_BROWSERS_PATH"):
        return [Path(env["PLAYWRIGHT_BROWSERS_PATH"])]
    if not env.get("HOME"):
        return []
    home = Path(env["HOME"])
    return [home / ".cache/ms-playwright", home / "Library/Caches/ms-playwright"]


def _run(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Run an installer; return why it failed, "" when it did not."""
    print(f"Installing a browser: {' '.join(command)}", file=sys.stderr)  # noqa: T201 - it may take minutes
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands, no shell
            command, env=dict(env), capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"`{' '.join(command)}` failed: {error}."
    if done.returncode == 0:
        return ""
    last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
    return f"`{' '.join(command)}` failed: {last[0]}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the path of a browser. Exit code 2 and one sentence when there is none."""
    parser = argparse.ArgumentParser(prog="python -m conformance.agents.find_browser", description=__doc__)
    parser.add_argument("--install", action="store_true", help="install a browser when none is found")
    options = parser.parse_args(arguments)
    try:
        path = install() if options.install else find()
    except NoBrowserError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    print(path)  # noqa: T201 - this is a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
