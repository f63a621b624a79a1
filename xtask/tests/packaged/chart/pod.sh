#!/bin/sh
# Plays the kubelet with the container of the chart, in a network of its own:
# pod.sh ROOT USER:GROUP MODE ARGUMENT…
#
# ROOT is the container's root, with the binary and what the chart mounts, each as the kubelet mounts
# it: files that are links into `..data`, itself a link that is swapped. They are root's and the group's
# (`fsGroup`), the token by `defaultMode`; the container is the chart's user, and its root is read-only.
# Lines on standard output are what the test reads.
set -eu
root=$1 user=$2 mode=$3
shift 3
# Users' paths often lack the folder of these.
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
chown -R "0:${user#*:}" "$root/etc/buffy" "$root/run/secrets" "$root/var/lib/buffy"
chmod 2775 "$root/var/lib/buffy"
chmod "$mode" "$root"/run/secrets/buffy/..[12]/token
# What the container sees; every engine gives it its devices.
seen=$root/seen
mkdir "$root/dev" "$seen"
mount --bind "$root" "$seen"
mount --rbind /dev "$seen/dev"
mount --bind "$root/var/lib/buffy" "$seen/var/lib/buffy"
mount -o remount,bind,ro "$seen"
admin=http://127.0.0.1:7001
first=$(cat "$root/run/secrets/buffy/token")

in_pod() { chroot --userspec="$user" --groups="${user#*:}" "$seen" /buffy "$@"; }
start() {
    chroot --userspec="$user" --groups="${user#*:}" "$seen" /buffy "$@" >>"$root/log" 2>&1 &
    pid=$!
    in_pod wait app --for empty --timeout 60s >/dev/null
}
held() { in_pod held app | wc -l; }
swap() { ln -s ..2 "$root/$1/..new" && mv -T "$root/$1/..new" "$root/$1/..data"; }

start "$@"
for probe in livez readyz; do curl --silent --fail "$admin/$probe"; done
# What `helm test` runs.
BUFFY_ADMIN=http://shop-buffy-admin:7001/_admin BUFFY_TOKEN=$first in_pod health --ready

# Nothing listens on 8080: it is held.
curl --silent --fail http://127.0.0.1:7000/hello >"$root/answer" &
client=$!
until [ "$(held)" = 1 ]; do sleep 0.05; done

# A new ConfigMap, and a new Secret: no pod is replaced, and who waits goes on waiting, or is answered
# by what is new (the first to ask for /ping is held, too, until there is one).
swap etc/buffy
until curl --silent --fail http://127.0.0.1:7000/ping; do sleep 0.05; done
swap run/secrets/buffy
second=$(cat "$root/run/secrets/buffy/token")
until BUFFY_ADMIN=$admin BUFFY_TOKEN=$second in_pod gate close app --for 10m --drain 0 >/dev/null 2>&1; do
    sleep 0.05
done
refused=0
BUFFY_ADMIN=$admin BUFFY_TOKEN=$first in_pod gate open app >/dev/null 2>&1 || refused=$?
echo "the old token: $refused"
echo "held: $(held)"

# The backend comes, and the gate is opened.
(cd "$root/backend" && exec python3 -m http.server 8080 >/dev/null 2>&1) &
in_pod wait app --for up --timeout 60s >/dev/null
in_pod gate open app >/dev/null
wait "$client"
cat "$root/answer"

# A pod that is replaced remembers what was closed.
in_pod gate close app --reason "a migration" --drain 0 >/dev/null
kill -TERM "$pid"
wait "$pid"
echo "ended: $?"
start "$@"
in_pod status app
