"""`python -m tests.mock_idp.goldens` writes the files anew; look at the difference before you commit it."""

from __future__ import annotations

from tests.mock_idp.goldens.making import GOLDENS

for golden in GOLDENS:
    golden.path.write_text(golden.text(), encoding="utf-8")
    print(golden.path)
