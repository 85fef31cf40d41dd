"""What a run is asked to do: read once by the controller, handed to the workers as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conformance.catalogue import select
from conformance.model import Case, Plan, Run

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The choices of one run. Paths are text so that the whole travels to the workers as JSON."""

    target: str = str(ROOT / "targets" / "platform_stub.yaml")
    scenarios: str = str(ROOT / "scenarios")
    artifacts: str = "artifacts"
    cases: Sequence[str] = ()
    personalities: Sequence[str] = ()
    agents: Sequence[str] = ()
    classes: Sequence[str] = ()
    plan: str = ""
    """smoke, gate or full; empty: the gate plan, or every case that fits where cases are named."""
    weaknesses: Sequence[str] = ()
    """Planted in the stub that the suite starts."""
    tls: bool = False
    """Whether the IdP has https addresses; so has it with `idp_ca_dir`."""
    idp_port: int = 0
    """The IdP's port; 0 is what the target file says, or a free one."""
    idp_ca_dir: str = ""
    """Where the IdP's certificate and its authority are kept."""

    @property
    def chosen_plan(self) -> Plan:
        """The plan that counts."""
        if self.plan:
            return Plan(self.plan)
        return Plan.FULL if self.cases else Plan.GATE

    def runs_of(self, cases: Iterable[Case]) -> tuple[Run, ...]:
        """Return the runs of these cases that were chosen. Raises SelectionError when there are none."""
        return select(
            cases,
            globs=self.cases,
            personalities=self.personalities,
            agents=self.agents,
            classes=self.classes,
            plan=self.chosen_plan,
        )


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """What a worker needs to play: the settings, and where everything listens."""

    settings: RunSettings
    run_dir: str
    idp: dict[str, Any]
    variables: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the order as text, for a worker's input."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> WorkerOrder:
        """Read an order back."""
        told = json.loads(text)
        return cls(RunSettings(**told["settings"]), told["run_dir"], told["idp"], told["variables"])
