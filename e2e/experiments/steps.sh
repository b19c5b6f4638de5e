# shellcheck shell=bash
# Sourced by e2e/experiments/run: what the experiments are made of.
# shellcheck disable=SC2154

# Each line carries the time since the experiment began.
elapsed() { local tenths=$((($(now) - experiment_began) / 100000)); echo "$((tenths / 10)).$((tenths % 10))"; }
say() { printf '%6s       %s\n' "$(elapsed)" "$*"; }
indent() { sed 's/^/               /'; }

note() { # ok|FAIL WHAT
  printf '%6s %-5s %s\n' "$(elapsed)" "$1" "$2"
  printf '%s %s\n' "$1" "$2" >>"$results"
}

# judge WHAT CONDITION...
judge() {
  if "${@:2}"; then note ok "$1"; else note FAIL "$1"; fi
}

# judge_equal WHAT EXPECTED FOUND
judge_equal() {
  if [ "$2" = "$3" ]; then note ok "$1"; else note FAIL "$1: expected '$2', found '$3'"; fi
}

# judge_at_most WHAT LIMIT FOUND
judge_at_most() {
  if [ -n "$3" ] && [ "$3" -le "$2" ]; then note ok "$1 ($3 <= $2)"; else note FAIL "$1 (${3:-nothing} > $2)"; fi
}

# judge_aim WHAT AIM FOUND: in milliseconds. A busy machine may miss the aim: there, each program that is started (hastd, nbdfuse,
# fsck, mount, the service) takes tenths of a second to seconds, and an advert may be late. What was seen is printed, and
# it is that which counts.
judge_aim() { judge_at_most "$1 (milliseconds, aim $2)" $(($2 + 11000)) "$3"; }

# ----------------------------------------------------------------------------------------------------------- nodes

power_on() {
  local node
  mkdir -p "$base/etc"
  make_switch
  for node in hast-a hast-b hast-c; do make_node "$node"; done
  if ! [ -d "$root/pki" ]; then
    make_certificates hast-a hast-b hast-c
    cp -a "$base/pki" "$root/pki"
  fi
  cp -aT "$root/pki" "$base/pki"
}

# documents ARBITER NODE...: their HastNode documents; with an arbiter on a node, etcd is started there.
documents() {
  local node
  for node in "${@:2}"; do node_document "$node" "$1" >"$base/etc/$node.yaml"; done
  [ "$1" = none ] || start_etcd "$1"
}

start_all() { # NODE...
  local node
  for node; do start_hastd "$node"; done
  for node; do await_hastd "$node"; done
}

# stop_hastd NODE: as systemd does.
stop_hastd() {
  kill -TERM "$(cat "$base/$1/hastd.pid")" 2>/dev/null
  until_true 30 "the end of hastd on $1" gone "$(cat "$base/$1/hastd.pid")"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# Power on, and services start.
come_back() {
  boot "$1"
  start_hastd "$1"
  await_hastd "$1"
}

# created NAME NODE...: hastctl create on each, and both in sync.
created() {
  local node
  for node in "${@:2}"; do must hastctl "$node" create "$1"; done
  must hastctl "$2" --timeout 2m status --wait "$1"
}

# two_replicas SIZE: the resource mirror on hast-a and hast-b in sync, hast-c arbitrates, the device is on hast-a.
two_replicas() {
  documents hast-c hast-a hast-b
  resource_document mirror "$1" hast-a hast-b >"$base/etc/mirror.yaml"
  start_all hast-a hast-b
  created mirror hast-a hast-b
  await_device hast-a mirror
}

# two_replicas_by_hand SIZE: without an arbiter; hast-a has been made primary.
two_replicas_by_hand() {
  local node
  documents none hast-a hast-b
  resource_document mirror "$1" hast-a hast-b >"$base/etc/mirror.yaml"
  start_all hast-a hast-b
  for node in hast-a hast-b; do must hastctl $node create mirror; done
  must hastctl hast-a role primary mirror
}

# status NODE NAME FILTER: of `hastctl status -o json`, by jq.
status() { hastctl "$1" status -o json "$2" 2>/dev/null | jq -r ".resources[0] | $3"; }

# replica_state NODE NAME OF
replica_state() { status "$1" "$2" ".replicas[] | select(.node == \"$3\").state"; }

has_replica_state() { [ "$(replica_state "$1" "$2" "$3")" = "$4" ]; }

# await_replica NODE NAME OF STATE: until NODE says that OF's replica is in that state.
await_replica() { until_true 60 "$3's replica of $2 to be '$4' in the eyes of $1" has_replica_state "$@"; }

in_role() { [ "$(status "$1" "$2" .role)" = "$3" ]; }

# show_status NODE NAME
show_status() {
  say "$1# hastctl status $2"
  hastctl "$1" status "$2" 2>&1 | indent
}

in_sync() { hastctl "$1" --timeout 90s status --wait "$2" >/dev/null 2>&1; }

# differing_bytes NAME NODE NODE [FROM LENGTH]: of the volume in their providers as they lie there, in chunks of 64 KiB.
differing_bytes() {
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp "$root/classes" Difference "$base/$2/$1" "$base/$3/$1" \
    $(($(data_offset "$2" "$1") + ${4-0})) ${5+"$5"}
}

# Where the volume begins on a provider.
data_offset() { hastctl "$1" dump -o json "$2" | jq -r '.. | .dataOffset? // empty'; }

verified() { hastctl "$1" verify "$2" >/dev/null 2>&1; }

# milliseconds SINCE
milliseconds() { echo $((($(now) - $1) / 1000)); }

# Bytes that came to a node and went from it over the network, headers and all.
# shellcheck disable=SC2016 # for awk
wire_bytes() { on "$1" awk '$1 == "eth0:" { print $2 + $10; found = 1 } END { exit !found }' /proc/net/dev; }

# ---------------------------------------------------------------------------------------------------------- clients

# start_writer NODE NAME SEED: four threads write to the device; what was acknowledged goes to $base/acks.SEED,
# which is no node's.
start_writer() {
  in_background "$1" "$base/writer.$3.log" "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m \
    -cp "$root/classes" Writer write "$base/$1/dev/$2" "$base/acks.$3" "$3"
  echo $! >"$base/writer.$3.pid"
  until_true 20 "the first write of writer $3" test -s "$base/acks.$3"
}

# acknowledged SEED: how many writes a writer has been told to be safe.
acknowledged() { echo $(($(stat -c %s "$base/acks.$1" 2>/dev/null || echo 0) / 32)); }

has_acknowledged() { [ "$(acknowledged "$1")" -ge "$2" ]; }

# await_writes SEED MORE: until so many more have been.
await_writes() {
  local goal=$(($(acknowledged "$1") + $2))
  until_true 60 "write $goal of writer $1" has_acknowledged "$1" $goal
}

# An error that a writer has met, if any.
writer_errors() { grep 'ends:' "$base/writer.$1.log"; }

# judge_unharmed WHAT SEED: the writer runs, met no error, and goes on being answered.
judge_unharmed() {
  await_writes "$2" 100
  judge_equal "$1" "" "$(writer_errors "$2")"
}

stop_writer() {
  kill -TERM "$(cat "$base/writer.$1.pid")" 2>/dev/null
  until_true 20 "the end of writer $1" gone "$(cat "$base/writer.$1.pid")"
}

# check_writes NODE NAME SEED...: what is missing of the writes that were acknowledged, one a line; then a summary.
check_writes() {
  local node=$1 name=$2 seed files=()
  for seed in "${@:3}"; do files+=("$base/acks.$seed"); done
  on "$node" "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx256m -cp "$root/classes" Writer check "$base/$node/dev/$name" \
    "${files[@]}"
}

# writes_of NODE NAME SEED: how many blocks hold a write of that writer.
writes_of() { on "$1" "$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp "$root/classes" Writer count "$base/$1/dev/$2" "$3"; }

# judge_writes WHAT NODE NAME SEED...
judge_writes() {
  local out
  if out=$(check_writes "${@:2}" 2>&1); then
    note ok "$1 ($(tail -n 1 <<<"$out"))"
  else
    note FAIL "$1"
    tail -n 5 <<<"$out" | indent
  fi
}
