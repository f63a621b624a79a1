#!/bin/sh
# Puts a release in place of the one that runs: start.sh RELEASE.
set -eu
cd "$(dirname "$0")"

old=$(cat shop.pid 2>/dev/null || echo none)
kill "$old" 2>/dev/null || true
while [ -e "/proc/$old/exe" ]; do sleep 0.1; done
python3 shop.py "$1" >>shop.log 2>&1 &
echo $! >shop.pid
