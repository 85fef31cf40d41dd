"""The guide's shell examples are carried out as they stand, against a server of this test."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from mock_idp.testing import RunningIdp

GUIDE = Path(__file__).parents[3] / "docs" / "mock-idp.md"


def test_every_example_of_the_guide_works(mock_idp_server: RunningIdp) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks[0].startswith("python -m mock_idp serve")
    script = "".join(blocks[1:])
    script = script.replace("http://127.0.0.1:8400", mock_idp_server.base_url, 1)
    script = script.replace("http://127.0.0.1:8401", mock_idp_server.control_url, 1)
    script = script.replace("Bearer secret", f"Bearer {mock_idp_server.token}")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-800:] + done.stderr
    assert script.count("idp ") >= 30
    assert "saml.signature.strip" in done.stdout
