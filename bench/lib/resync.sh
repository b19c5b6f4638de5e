# shellcheck shell=bash
# Sourced by bench/run: the resync part. On two nodes in network namespaces, so that the bytes on the wire can be read
# from the interface.
# shellcheck disable=SC2154

resync_part() {
  title "Resync"
  if [ -z "${pid[vt.a]-}" ]; then
    start_cluster vt v2:a,b
    fill "$(uri vt v2)"
    warm_up hast2-veth
  fi
  resync_difference
  resync_whole
  resync_foreground write-4k-1
  resync_foreground write-4k-16
  stop_cluster vt
}

# Bytes that both nodes have sent.
wire_bytes() {
  local node sum=0
  for node in a b; do sum=$((sum + $(ip -n hastbench-$node -s -j link show eth0 | jq '.[0].stats64.tx.bytes'))); done
  echo $sum
}

second_leaves() {
  local gone=${pid[vt.b]}
  kill -TERM "$gone"
  until_true 20 "the end of hastd on vt.b" test ! -d "/proc/$gone"
}

second_returns() { start_hastd vt b; }

second_joins() {
  await_hastd vt b
  await_sync vt a v2
}

# "BYTES MILLIS" of the last resync, as the primary's log has it.
last_resync() { sed -nE 's/.*syncdone: ([0-9]+) bytes copied in ([0-9]+) ms.*/\1 \2/p' "$results/vt.a.log" | tail -n 1; }

wrote_resync() { # KIND DIFFERING WIRE
  local bytes millis
  read -r bytes millis <<<"$(last_resync)"
  sample resync --arg kind "$1" --argjson differing "$2" --argjson wire "$3" --argjson copied "$bytes" --argjson millis "$millis"
  say "$1: $(($2 >> 20)) MiB differ, $(($3 >> 20)) MiB on the wire, $((bytes >> 20)) MiB copied in $millis ms"
}

resync_difference() {
  local round before after differing
  for ((round = 1; round <= rounds; round++)); do
    second_leaves
    fio --name=some --ioengine=nbd --uri="$(uri vt v2)" --rw=randwrite --bs=64k --iodepth=8 --size="${size}M" \
      --io_size="$((size / 8))M" --refill_buffers --randrepeat=0 --end_fsync=1 --output=/dev/null
    differing=$("$JAVA_HOME/bin/java" e2e/experiments/Difference.java "$base/vt/a/v2" "$base/vt/b/v2" 0)
    before=$(wire_bytes)
    second_returns
    second_joins
    after=$(wire_bytes)
    wrote_resync "an eighth, in 64 KiB blocks" "$differing" $((after - before))
  done
}

resync_whole() {
  local before
  second_leaves
  fill "$(uri vt v2)"
  before=$(wire_bytes)
  second_returns
  second_joins
  wrote_resync "everything" $((size << 20)) $(($(wire_bytes) - before))
}

is_syncing() { hastctl vt a status -o json v2 | grep -q '"syncing"'; }

# What clients notice: the same load without a resync, and during one of everything.
resync_foreground() { # WORKLOAD
  local phase round still
  for ((round = 1; round <= rounds; round++)); do
    for phase in quiet resync; do
      if [ $phase = resync ]; then
        second_leaves
        fill "$(uri vt v2)"
        second_returns
        until_true 60 "the begin of the resync" is_syncing
      fi
      run_fio 3 "$results/fio.json" hast2-veth "$1"
      still=true
      [ $phase = quiet ] || is_syncing || still=false
      sed -n '/^{/,$p' "$results/fio.json" | jq -c --arg workload "$1" --arg phase $phase --argjson still $still \
        '.jobs[0].write as $d | {part: "foreground", $workload, $phase, $still, iops: $d.iops,
          p50: ($d.clat_ns.percentile["50.000000"] / 1000), p99: ($d.clat_ns.percentile["99.000000"] / 1000)}' >>"$samples"
      [ $phase = quiet ] || second_joins
    done
    tail -n 2 "$samples" | jq -r '"\(.workload) \(.phase): \(.iops | round) a second, p99 \(.p99) us"' |
      while IFS= read -r line; do say "$line"; done
  done
}
