"""Finding a browser: the order of places, and the one sentence when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.agents import find_browser
from conformance.agents.browser import BrowserFactory
from conformance.agents.find_browser import NoBrowserError, find, install, main


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which no browser is installed."""
    monkeypatch.setattr(find_browser, "_MAC_APPS", ())
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}


def test_the_variable_wins(bare: dict[str, str], tmp_path: Path) -> None:
    executable(tmp_path / "bin/chromium")
    own = executable(tmp_path / "own browser")
    assert find({**bare, "CONFORMANCE_BROWSER": str(own)}) == own


def test_a_wrong_variable_is_an_error_and_not_overlooked(bare: dict[str, str], tmp_path: Path) -> None:
    executable(tmp_path / "bin/chromium")
    with pytest.raises(NoBrowserError, match="CONFORMANCE_BROWSER is '/nowhere'"):
        find({**bare, "CONFORMANCE_BROWSER": "/nowhere"})


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
def test_commands_on_the_path(bare: dict[str, str], tmp_path: Path, name: str) -> None:
    path = executable(tmp_path / "bin" / name)
    assert find(bare) == path


def test_the_newest_of_playwrights_downloads(bare: dict[str, str], tmp_path: Path) -> None:
    cache = tmp_path / "home/.cache/ms-playwright"
    executable(cache / "chromium-1100/chrome-linux/chrome")
    newest = executable(cache / "chromium-1200/chrome-linux64/chrome")
    assert find(bare) == newest


def test_a_file_that_cannot_be_executed_is_none(bare: dict[str, str], tmp_path: Path) -> None:
    path = executable(tmp_path / "home/.cache/ms-playwright/chromium-1/chrome-linux/chrome")
    path.chmod(0o644)
    with pytest.raises(NoBrowserError, match="playwright install chromium"):
        find(bare)


def test_install_uses_what_is_there(bare: dict[str, str], tmp_path: Path) -> None:
    path = executable(tmp_path / "bin/chromium")
    assert install(bare) == path


def test_install_says_why_it_failed(
    bare: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = executable(tmp_path / "python")
    monkeypatch.setattr("sys.executable", str(failing))
    with pytest.raises(NoBrowserError, match=r"No Chromium.* playwright install chromium` failed"):
        install(bare)


def test_the_command(
    bare: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", bare)
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    path = executable(tmp_path / "bin/chromium")
    assert main([]) == 0
    assert capsys.readouterr().out == f"{path}\n"


def test_a_browser_that_does_not_start_is_named(tmp_path: Path) -> None:
    path = executable(tmp_path / "broken")
    factory = BrowserFactory(executable=path)
    with pytest.raises(NoBrowserError, match="broken does not start"):
        factory.new()
    factory.close()
