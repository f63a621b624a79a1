#!/bin/sh
# Plays examples/compose without an engine, in namespaces of its own: the image's root, read-only, as
# its user; the example's commands, folder and volume where the example has them.
#
# compose.sh ROOT EXAMPLE: what follows are the words of the service `buffy`, the entrypoint first.
set -eu

root=$1 example=$2
shift 2

ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
# What an engine adds to a root: devices, the network's names, and the places of what is mounted.
mkdir -p "$root/etc/buffy" "$root/dev"
mount --rbind /dev "$root/dev"
touch "$root/etc/hosts"
folder=$(mktemp -d)
# Nothing of this machine's stays: mounts and processes go with their namespaces.
trap 'rm -r "$folder"' EXIT
volume=$folder/volume names=$folder/hosts held=$folder/held
printf '127.0.0.1 localhost shop\n' > "$names"
mount --bind "$names" "$root/etc/hosts"
mount -o remount,bind,ro "$root"
mount --bind "$example" "$root/etc/buffy"
mount -o remount,bind,ro "$root/etc/buffy"
# A new volume is as the image's folder is.
cp -a "$root/var/lib/buffy" "$volume"
mount --bind "$volume" "$root/var/lib/buffy"

inside() { chroot --userspec=65532:65532 "$root" "$@"; }
shop() { RELEASE=$1 python3 -u "$example/shop.py" & shop=$!; }
# until_it WORDS: tries for 20 s.
until_it() {
    for _ in $(seq 200); do
        if "$@" > /dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "never came true: $*"
    return 1
}
holds() { inside /buffy status shop --json | grep -q "\"now\": *$1[,}]"; }
get() { curl --silent --show-error --max-time 30 http://127.0.0.1:7000/; }

export STATE_DIRECTORY=/var/lib/buffy
unset BUFFY_ADMIN BUFFY_TOKEN
if inside /buffy health; then echo "healthy before it runs"; exit 1; fi
shop 1
chroot --userspec=65532:65532 "$root" "$@" & buffy=$!
until_it inside /buffy health --ready --admin http://127.0.0.1:7001
inside /buffy health
test "$(get)" = "release 1"

echo "the service is replaced"
kill "$shop"
wait "$shop" || true
# Compose takes the name away with the container.
printf '127.0.0.1 localhost\n' > "$names"
get > "$held" & waits=$!
until_it holds 1
shop 2
printf '127.0.0.1 localhost shop\n' > "$names"
wait "$waits"
test "$(cat "$held")" = "release 2"

echo "a gate is closed by hand, with the token that lies in the volume"
inside /buffy gate close shop --reason migration
get > "$held" & waits=$!
until_it holds 1
inside /buffy gate open shop
wait "$waits"
test "$(cat "$held")" = "release 2"

echo "it is stopped"
kill -TERM "$buffy"
wait "$buffy"
if inside /buffy health; then echo "healthy after its end"; exit 1; fi
if touch "$root/etc/new" 2> /dev/null; then echo "the root can be written"; exit 1; fi
test -s "$volume/admin.token"
kill "$shop"
echo "all of it came true"
