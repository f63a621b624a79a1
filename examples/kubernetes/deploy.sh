#!/bin/sh
# Gives the shop another image while Buffy holds its clients: deploy.sh IMAGE
#
# BUFFY_ADMIN and BUFFY_TOKEN say which Buffy; kubectl is logged in, and in the shop's namespace.
set -eu
IMAGE="$1"
export IMAGE

# Behind the closed gate, with nothing in flight. Whatever becomes of it, the gate is lifted.
# shellcheck disable=SC2016 # it is the inner shell that expands
buffy hold shop --reason "$IMAGE" -- sh -euc '
    kubectl set image deployment/shop "shop=$IMAGE"
    kubectl rollout status deployment/shop --timeout=120s
'
# The gate opens when a pod of the new image answers.
buffy wait shop --for open --timeout 60s || { buffy why /; exit 1; }
