"""pytest's hooks. The controller process owns servers and stream; workers (or itself) play the cases."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import CatalogueError, SelectionError, load_catalogue
from conformance.engine.controller import Controller
from conformance.engine.keys import CONTROLLER, ORDER, PROPERTY
from conformance.engine.reporting import Reporting
from conformance.engine.settings import RunSettings, WorkerOrder
from conformance.engine.staging import make_stage
from conformance.evidence.known import KnownFailuresError
from conformance.evidence.records import record_of
from conformance.launch import LaunchError
from conformance.model import Plan, Result, Run
from conformance.steps.stage import Stage
from conformance.targets.loader import TargetFileError
from conformance.targets.protocol import TargetError

CANNOT_RUN = (CatalogueError, SelectionError, TargetFileError, KnownFailuresError, LaunchError, TargetError)
"""What keeps a run from starting: one sentence each, exit status 2."""

_INPUT = "conformance_order"
_RUNS = "conformance_runs"
"""The chosen runs, pickled: workers would else read the whole catalogue again, each for itself."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suite's options."""
    group = parser.getgroup("conformance", "SSO conformance")
    for name, text in (
        ("--case", "run the cases that fit this glob of ids"),
        ("--personality", "play only this personality"),
        ("--agent", "http or chromium"),
        ("--class", "run only cases of this class"),
        ("--weakness", "plant this weakness in the stub that the suite starts"),
    ):
        group.addoption(name, action="append", default=[], help=text, dest=f"conformance_{name[2:]}")
    group.addoption(
        "--plan", default="", choices=["", *Plan], help="smoke, gate or full", dest="conformance_plan"
    )
    group.addoption("--target", default="", help="target file, or module:Class", dest="conformance_target")
    group.addoption(
        "--scenarios",
        default=RunSettings().scenarios,
        help="folder of cases, roster and catalogue",
        dest="conformance_scenarios",
    )
    group.addoption("--tls", action="store_true", help="https for the mock IdP", dest="conformance_tls")
    group.addoption("--idp-port", type=int, default=0, help="its port", dest="conformance_idp_port")
    group.addoption("--idp-ca-dir", default="", help="keeps its certificate", dest="conformance_idp_ca_dir")
    group.addoption(
        "--artifacts", default="artifacts", help="where runs are kept", dest="conformance_artifacts"
    )


def _settings(config: pytest.Config) -> RunSettings:
    option = config.option
    target = {"target": option.conformance_target} if option.conformance_target else {}
    return RunSettings(
        scenarios=option.conformance_scenarios,
        artifacts=option.conformance_artifacts,
        cases=option.conformance_case,
        personalities=["entra" if name == "azure" else name for name in option.conformance_personality],
        agents=[name for name in option.conformance_agent if name != "all"],
        classes=option.conformance_class,
        plan=option.conformance_plan,
        weaknesses=option.conformance_weakness,
        tls=option.conformance_tls,
        idp_port=option.conformance_idp_port,
        idp_ca_dir=option.conformance_idp_ca_dir,
        **target,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the run in the controller; read the order in a worker."""
    if hasattr(config, "workerinput"):
        config.stash[ORDER] = WorkerOrder.from_json(config.workerinput[_INPUT])
        return
    if config.option.collectonly:
        return
    controller = Controller(_settings(config))
    config.stash[CONTROLLER] = controller
    try:
        config.stash[ORDER] = controller.prepare()
    except CANNOT_RUN as error:
        controller.stop()
        raise pytest.UsageError(str(error)) from None
    except BaseException:
        controller.stop()
        raise
    config.pluginmanager.register(Reporting(config), "conformance-reporting")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, however the run ended."""
    controller = config.stash.get(CONTROLLER, None)
    if controller is not None:
        controller.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401  (xdist's node has no public type)
    """Hand the order to an xdist worker."""
    node.workerinput[_INPUT] = node.config.stash[ORDER].to_json()
    node.workerinput[_RUNS] = pickle.dumps(node.config.stash[CONTROLLER].runs)


def _runs(config: pytest.Config) -> tuple[Run, ...]:
    """Return what there is to play; where nothing runs, what there is to collect."""
    if CONTROLLER in config.stash:
        return config.stash[CONTROLLER].runs
    if hasattr(config, "workerinput"):
        runs: tuple[Run, ...] = pickle.loads(config.workerinput[_RUNS])  # noqa: S301 - from our own controller
        return runs
    chosen = _settings(config)
    return chosen.runs_of(load_catalogue(Path(chosen.scenarios)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each run."""
    if "run" not in metafunc.fixturenames:
        return
    try:
        runs = _runs(metafunc.config)
    except CANNOT_RUN as error:
        raise pytest.UsageError(str(error)) from None
    metafunc.parametrize("run", runs, ids=[run.id for run in runs])


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Everything that one worker plays on."""
    made = make_stage(request.config.stash[ORDER])
    try:
        yield made
    finally:
        made.close()


def keep(request: pytest.FixtureRequest, stage: Stage, result: Result) -> None:
    """Send a result to the controller, with the test's report."""
    run = result.run
    repro = stage.replay_command.format(case=run.case.id, personality=run.personality, agent=run.agent)
    record = {**record_of(result, repro=repro), "spent_ms": dict(stage.stopwatch.spent())}
    if run.case.baseline:
        record["baselines"] = list(stage.baselines.get(run.personality, ()))
    request.node.user_properties.append((PROPERTY, record))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count what will be executed, where there are no workers."""
    controller = session.config.stash.get(CONTROLLER, None)
    if controller is not None and not controller.collected:
        controller.collected = sum("run" in getattr(item, "fixturenames", ()) for item in session.items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:  # noqa: ANN401  (xdist's node)
    """Count what will be executed, from a worker's collection."""
    node.config.stash[CONTROLLER].collected = sum("test_case[" in item for item in ids)
