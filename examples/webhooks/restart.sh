#!/bin/sh
# Starts the receiver, or replaces it by a new one: nobody notices.
#
#   buffy run &            # in this folder, once
#   ./restart.sh
set -eu
cd "$(dirname "$0")"

# Behind the closed gate, with nothing in flight.
# shellcheck disable=SC2016 # the inner shell expands them
buffy hold receiver --reason restart -- sh -euc '
    old=$(cat receiver.pid 2>/dev/null || echo none)
    kill "$old" 2>/dev/null || true
    while [ -e "/proc/$old/exe" ]; do sleep 0.1; done
    python3 receiver.py >>receiver.log 2>&1 &
    echo $! >receiver.pid
'
exec buffy wait receiver --for open --timeout 30s
