"""Put together what a worker plays on, from the order that its controller wrote."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from conformance.agents.factory import make_factories
from conformance.catalogue import read_vocabulary
from conformance.engine.settings import RunSettings, WorkerOrder
from conformance.idp_client import IdpClient
from conformance.steps.stage import Stage
from conformance.targets.loader import load_target

_TOLD = ("TARGET_NAME", "TARGET_COMMAND")
"""Variables of the environment that a replay repeats; others may be secrets."""


def replay_command(settings: RunSettings) -> str:
    """Return the command that replays one case; `{case}`, `{personality}`, `{agent}` stay to be filled in."""
    told = [f"{name}={shlex.quote(os.environ[name])}" for name in _TOLD if os.environ.get(name)]
    parts = [*told, "make conformance", "CASE={case}", "PERSONALITY={personality}", "AGENT={agent}"]
    if settings.target != RunSettings().target:
        parts.append(f"TARGET={settings.target}")
    parts += [f"WEAKNESS={name}" for name in settings.weaknesses]
    parts += ["TLS=1"] if settings.tls else []
    parts += [f"IDP_PORT={settings.idp_port}"] if settings.idp_port else []
    parts += [f"IDP_CA_DIR={settings.idp_ca_dir}"] if settings.idp_ca_dir else []
    return " ".join(parts)


def make_stage(order: WorkerOrder) -> Stage:
    """Return the stage of one worker; close it in the end. Raises TargetFileError, TargetError."""
    chosen = order.settings
    ca_file = order.idp.get("ca_file", "")
    return Stage(
        target=load_target(chosen.target, order.variables),
        idp=IdpClient(order.idp["base_url"], order.idp["control_url"], order.idp["token"], ca_file=ca_file),
        factories=make_factories(Path(ca_file) if ca_file else None),
        words=read_vocabulary(Path(chosen.scenarios)),
        run_dir=Path(order.run_dir),
        tls_dir=order.variables.get("tls_dir", ""),
        replay_command=replay_command(chosen),
    )
