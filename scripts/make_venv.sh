#!/bin/sh
# Make .venv with the locked dependencies. Needs Python 3.11 or newer, and nothing else.
set -eu

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=""
for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
    if usable "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "No Python 3.11 or newer was found. Install one, or name it: PYTHON=/path/to/python make" >&2
    exit 2
fi

echo "Making .venv with the locked dependencies (once) ..." >&2
rm -f .venv/ready
if ! "$python" -m venv --clear .venv 2>.venv-error; then
    cat .venv-error >&2; rm -f .venv-error
    echo "The virtual environment could not be made. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 2
fi
rm -f .venv-error
if ! .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r requirements.lock; then
    echo "The dependencies could not be installed (see above). Is the package index reachable?" >&2
    exit 2
fi
touch .venv/ready
