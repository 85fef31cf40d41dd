"""`python -m mock_idp`: see `cli`."""

import gc
import os

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads all packages
gc.disable()  # what modules make stays: looking for garbage in it costs a tenth of the start

from mock_idp.cli import main  # noqa: E402 - after the line above, on purpose

gc.freeze()  # nor is it looked at later, during logins
gc.set_threshold(20_000, 20, 50)
gc.enable()

if __name__ == "__main__":
    main()
