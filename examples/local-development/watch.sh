#!/bin/sh
# Runs a command, and again whenever a file of this folder was saved: watch.sh COMMAND…
#
#   buffy run &            # in this folder, once
#   ./watch.sh python3 app.py
set -eu
cd "$(dirname "$0")"

trap 'kill "$program" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM

seen=
program=
while :; do
    now=$(cksum ./*.py)
    if [ "$now" != "$seen" ]; then
        seen=$now
        if [ -n "$program" ]; then
            kill "$program" 2>/dev/null || true
            wait "$program" || true
        fi
        "$@" &
        program=$!
    fi
    sleep 0.2
done
