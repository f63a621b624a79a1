#!/bin/sh
# Migrates the shop's database: writes wait, reads pass, and nobody is told an error.
#
#   buffy run &            # in this folder, once
#   python3 shop.py &
#   ./migrate.sh
set -eu
cd "$(dirname "$0")"

# If a write is still under way after 10 s nothing runs, and the exit code is 75. If the migration
# fails it has changed nothing: the gate is lifted, and the exit code is the migration's.
exec buffy hold shop --hold writes --drain 10s --reason "orders get a status" -- python3 migrate.py
