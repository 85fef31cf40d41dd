"""The strict platform agrees with the model in any order; a weak one is found, and a scenario replays it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from platform_stub import weaknesses
from platform_stub.oidc import transport
from platform_stub.policy import STRICT, Policy
from tests.platform_stub.lifecycle_machine import Lifecycle
from tests.platform_stub.whole_platform import site

ROOT = Path(__file__).resolve().parents[2]
SAME_EVERYWHERE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    stateful_step_count=12,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
)
FIRST_FOUND = settings(SAME_EVERYWHERE, max_examples=80, phases=(Phase.generate,))


def play(policy: Policy, chosen: settings) -> None:
    with site(policy) as platform, pytest.MonkeyPatch.context() as patched:
        patched.setattr(transport, "fetch", platform.provider.fetch)
        machine = type("LifecycleHere", (Lifecycle,), {"site": platform})
        run_state_machine_as_test(machine, settings=chosen)


def test_the_strict_platform_does_what_the_model_says() -> None:
    play(STRICT, SAME_EVERYWHERE)


@pytest.mark.parametrize("weakness", ["acs-open-while-sso-off", "callback-open-while-sso-off"])
def test_a_weakness_is_found_and_the_printed_scenario_replays_it(tmp_path: Path, weakness: str) -> None:
    with pytest.raises(
        AssertionError, match=r"is refused, not admitted|a refusal is no status 303"
    ) as raised:
        play(weaknesses.apply([weakness]), FIRST_FOUND)
    printed = str(raised.value).split("\n\n", 1)[1]
    folder = tmp_path / "scenarios"
    shutil.copytree(ROOT / "scenarios" / "schema", folder / "schema")
    shutil.copy(ROOT / "scenarios" / "roster.yaml", folder)
    (folder / "lifecycle").mkdir()
    (folder / "lifecycle" / "counterexample.yaml").write_text(printed, "utf-8")
    command = [sys.executable, "-m", "conformance", "run", "--workers", "0", "--scenarios", str(folder)]
    command += ["--case", "lifecycle.counterexample.found", "--artifacts"]
    weak = _run(*command, str(tmp_path / "weak"), "--weakness", weakness)
    strict = _run(*command, str(tmp_path / "strict"))
    assert (weak.returncode, strict.returncode) == (1, 0), f"{printed}\n{weak.stdout}\n{strict.stdout}"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
