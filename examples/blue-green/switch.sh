#!/bin/sh
# Makes the other release the live one: switch.sh PORT BUILD. Where that one does not say within 5 s
# that it is ready, and that build, it is the one before again, and the exit code is 1.
#
#   python3 shop.py 8081 1.0 & python3 shop.py 8082 1.1 &
#   buffy run &                # in this folder, once
#   ./switch.sh 8082 1.1
set -eu
cd "$(dirname "$0")"
export PORT="$1" BUILD="$2"

cp buffy.yaml buffy.yaml.before
# What is under way at the old release ends there; then the file is changed and read.
# shellcheck disable=SC2016 # the inner shell expands them
buffy hold shop --reason "build $BUILD" -- sh -euc '
    sed -e "s/127.0.0.1:[0-9]*/127.0.0.1:$PORT/" -e "s/build=\"[^\"]*\"/build=\"$BUILD\"/" \
        buffy.yaml.before >buffy.yaml.next
    mv buffy.yaml.next buffy.yaml
    buffy reload
'
buffy wait shop --for open --timeout 5s && exit

buffy why /
mv buffy.yaml.before buffy.yaml
buffy reload
buffy wait shop --for open --timeout 30s
exit 1
