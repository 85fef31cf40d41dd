"""Whether a case costs the same in a plan ten times as long: the same cases, copied under other ids."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

TIMES: Final = 10
FILES: Final = ("saml/xsw.yaml", "oidc/id-token.yaml")
"""What is copied: some 140 runs over HTTP."""
MAY_GROW: Final = 1.1
"""By this factor a case may cost more there: two runs differ by less on a quiet machine."""


def copied_scenarios(source: Path, folder: Path, times: int) -> Path:
    """Make a folder of scenarios that holds each case of `FILES` so many times; return it."""
    made = folder / f"scenarios-{times}"
    shutil.copytree(source / "schema", made / "schema")
    shutil.copy(source / "roster.yaml", made / "roster.yaml")
    for name in FILES:
        place = made / name
        place.parent.mkdir(exist_ok=True)
        for number in range(times):
            shutil.copy(source / name, place.with_stem(f"{place.stem}-{number}"))
    return made
