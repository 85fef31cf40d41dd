"""`python -m conformance`: the command line."""

import sys

if sys.argv[1:2] == [
    "forecast"
]:  # reads files only: it need not wait for browsers and servers to be imported
    sys.argv.pop(1)
    from conformance.forecast.command import forecast

    forecast(prog_name="python -m conformance forecast")
else:
    from conformance.cli import main

    main()
