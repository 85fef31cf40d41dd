"""The certificate of `serve --tls`: for one process, or kept in a folder that platforms trust beforehand."""

from __future__ import annotations

import json
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mock_idp import tls
from mock_idp.tls import TlsFilesError, kept_tls_files, throw_away_tls_files
from tests.mock_idp.core.test_command import read_until, run, serving

STRICT = ssl.VERIFY_X509_STRICT


def test_certificates_made_beforehand_are_those_that_are_served(tmp_path: Path) -> None:
    folder, ready = tmp_path / "tls", tmp_path / "ready.json"
    made = run("certificates", str(folder))
    assert (made.returncode, made.stdout.strip()) == (0, str(folder / "ca.pem"))
    trust = ssl.create_default_context(cafile=made.stdout.strip())
    trust.verify_flags |= STRICT
    with serving("--ready-file", str(ready), "--tls-dir", str(folder), "--token", "t") as process:
        page = read_until(process, "Stop with Ctrl-C")
        facts = json.loads(ready.read_text())
        assert facts["ca_file"] == str(folder / "ca.pem")
        assert facts["ca_file"] in page
        assert httpx.get(facts["base_url"], verify=trust).status_code == 404
        process.terminate()
        process.communicate(timeout=20)
    assert (folder / "ca.pem").exists()
    assert stat.S_IMODE((folder / "server-key.pem").stat().st_mode) == 0o600


def test_files_are_made_once_and_read_afterwards(tmp_path: Path) -> None:
    first = kept_tls_files(tmp_path, "127.0.0.1").ca.read_bytes()
    again = kept_tls_files(tmp_path, "localhost")
    assert again.ca.read_bytes() == first
    again.close()
    assert again.ca.exists()


def test_those_of_one_process_go_with_it() -> None:
    files = throw_away_tls_files("127.0.0.1")
    assert files.ca.exists()
    files.close()
    assert not files.folder.exists()


def test_a_file_too_few_another_host_or_an_ended_certificate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "LIFETIME", timedelta(seconds=-1))
    ended = kept_tls_files(tmp_path / "ended", "127.0.0.1").folder
    monkeypatch.undo()
    today = datetime.now(UTC).date()
    with pytest.raises(
        TlsFilesError, match=rf"ended on {today}\. Remove ca\.pem, server\.pem, server-key\.pem"
    ):
        kept_tls_files(ended, "127.0.0.1")
    good = kept_tls_files(tmp_path / "good", "127.0.0.1")
    with pytest.raises(TlsFilesError, match=r"is not for idp\.test"):
        kept_tls_files(good.folder, "idp.test")
    good.certificate.write_text("nothing")
    with pytest.raises(TlsFilesError, match="is no certificate of ours"):
        kept_tls_files(good.folder, "127.0.0.1")
    good.certificate.unlink()
    with pytest.raises(TlsFilesError, match=r"lacks server\.pem"):
        kept_tls_files(good.folder, "127.0.0.1")


def test_a_folder_that_cannot_be_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("certificates", str(tmp_path / "file" / "below"))
    assert done.returncode == 2
    assert "No certificate can be kept in" in done.stderr
    assert "Traceback" not in done.stderr
