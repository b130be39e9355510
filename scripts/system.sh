#!/bin/sh
# Brings the system programs that some tests need: a browser, PostgreSQL 15, a voice. As root on Debian and
# its kin by apt; otherwise it says what is missing, and those tests skip with that reason.
set -eu

missing=""
want() { # PACKAGE TEST...
    package=$1
    shift
    if ! "$@" >/dev/null 2>&1; then missing="$missing $package"; fi
}

browser() { test -x /usr/lib/chromium/chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome; }
if [ "$(id -u)" = 0 ]; then want chromium-headless-shell test -x /usr/lib/chromium/chromium-headless-shell; else want chromium browser; fi # the shell is lighter
want postgresql-15 test -x /usr/lib/postgresql/15/bin/postgres
want espeak-ng sh -c 'command -v espeak-ng'

if [ -z "$missing" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not here:$missing. The tests that need them will skip (as root, this installs them)."
    exit 0
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
# Debian's package would make and start a cluster of its own, which nobody asked for.
if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
apt-get update -qq || true
for package in $missing; do
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || [ "$package" = chromium-headless-shell ] ||
        echo "$package cannot be installed here; its tests will skip"
done
if ! browser >/dev/null; then # where the shell is no package of its own
    apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 || echo "no browser can be installed here; its tests will skip"
fi
