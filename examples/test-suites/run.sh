#!/bin/sh
# Runs the tests against the provider that buffy.yaml describes, and asks at the end what it was asked.
# Exits with 0 only if both are content; verify.xml is a report for CI systems.
set -eu
cd "$(dirname "$0")"

# Ports that are free, written to a file; the verbs find the admin API by its socket, admin.sock.
rm -f ports
buffy run --port 0 --port-file ports >buffy.log 2>&1 &
buffy=$!
trap 'kill "$buffy"; wait "$buffy" || true' EXIT
until [ -s ports ]; do kill -0 "$buffy"; sleep 0.1; done
PROVIDER="http://$(sed -n 's/^provider //p' ports)"
export PROVIDER

tests=0
python3 -m unittest --quiet || tests=$?
buffy verify --junit verify.xml "$@"
exit "$tests"
