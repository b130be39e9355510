#!/bin/sh
# Bluesky's own server for the tests that speak to it, where Node is there; without it those tests are skipped and say so.
# Where CI is set, an install that fails is a failure: nobody would see what was skipped.
cd tests/peers/pds || exit 1
if ! command -v npm >/dev/null 2>&1; then exit 0; fi
want=$(node --version; cksum package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null)" = "$want" ]; then exit 0; fi
echo "installing Bluesky's server for its tests"
node_home=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
if [ -e "$node_home/include/node/node.h" ]; then export npm_config_nodedir="$node_home"; fi # its headers, for what must be compiled
if npm ci --no-audit --no-fund --loglevel=error >node_modules.log 2>&1; then
    echo "$want" >node_modules/.installed
else
    if [ -n "${CI:-}" ]; then
        tail -n 40 node_modules.log >&2
        rm -f node_modules.log
        echo "Bluesky's server could not be installed: its tests would be skipped, and CI skips none" >&2
        exit 1
    fi
    tail -n 3 node_modules.log >&2
    echo "Bluesky's server could not be installed: its tests will be skipped" >&2
fi
rm -f node_modules.log
