#!/bin/sh
# Deploys a release, tries it while everybody else waits, and goes back to the one before where it is
# no good: deploy.sh RELEASE. The exit code is that of the test.
#
#   ./deploy.sh 1.0            # in this folder, with Buffy running
#   ./deploy.sh 1.1
set -eu
cd "$(dirname "$0")"
export RELEASE="$1"

# --on-fail lift, the default: when the test fails, the gate opens onto the release before.
# shellcheck disable=SC2016 # the inner shell expands them
buffy hold shop --reason "release $RELEASE" -- sh -euc '
    ./start.sh "$RELEASE"
    BYPASS=$(buffy bypass shop --for 1m) python3 smoke.py "$RELEASE" || {
        if [ -e released ]; then ./start.sh "$(cat released)"; fi
        exit 1
    }
    echo "$RELEASE" >released
' || {
    code=$?
    buffy wait shop --for open --timeout 30s
    exit "$code"
}
exec buffy wait shop --for open --timeout 30s
