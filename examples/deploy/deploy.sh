#!/bin/sh
# Replaces the backend of the shop while Buffy holds its clients: deploy.sh RELEASE
#
#   buffy run &         # in this folder, once
#   ./deploy.sh 1.0     # the first one: whoever comes before it is held
#   ./deploy.sh 1.1     # the next one: nobody notices
set -eu
cd "$(dirname "$0")"
export BUFFY="${BUFFY:-buffy}" RELEASE="$1"

# Behind the closed gate, with nothing in flight. Whatever becomes of it, the gate is lifted.
# shellcheck disable=SC2016 # it is the inner shell that is to see these
"$BUFFY" hold shop --reason "release $RELEASE" -- sh -euc '
    old=$(cat backend.pid 2>/dev/null || echo none)
    kill "$old" 2>/dev/null || true
    while [ -e "/proc/$old/exe" ]; do sleep 0.1; done
    "$BUFFY" run -c backend.yaml >>backend.log 2>&1 &
    echo $! >backend.pid
'
# The gate opens when the new one says that it is ready.
"$BUFFY" wait shop --for open --timeout 60s || { "$BUFFY" why /checkout/; exit 1; }
