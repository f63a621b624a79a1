#!/bin/sh
# Records what a client of the shop is told, as a configuration: recorded.yaml.
#
#   python3 shop.py &          # in this folder, once
#   buffy run &
#   ./record.sh
set -eu
cd "$(dirname "$0")"

buffy record --from shop --samples 6 --for 30s --force -o recorded.yaml 2>record.log &
record=$!
until grep -q '^recording' record.log; do
    kill -0 "$record" || { cat record.log; exit 1; }
    sleep 0.1
done
python3 visit.py 7000
wait "$record"
exec buffy check recorded.yaml
