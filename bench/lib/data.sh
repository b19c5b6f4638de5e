# shellcheck shell=bash
# Sourced by bench/run: the data part. One sample for each subject, workload and round.
# shellcheck disable=SC2154

# NAME: fio's rw, block size, depth, more
declare -A workload=(
  [write-4k-1]="randwrite 4k 1" [write-4k-16]="randwrite 4k 16" [write-4k-64]="randwrite 4k 64"
  [read-4k-1]="randread 4k 1" [read-4k-16]="randread 4k 16" [read-4k-64]="randread 4k 64"
  [write-128k-8]="write 128k 8" [read-128k-8]="read 128k 8" [flush-4k-1]="randwrite 4k 1 --fsync=1"
)
every_workload=(write-4k-1 write-4k-16 write-4k-64 read-4k-1 read-4k-16 read-4k-64 write-128k-8 read-128k-8 flush-4k-1)
every_subject=(raw nbdkit qemu mirror hast1 hast2 hast3 hast2-plain hast2-veth hast2-veth-plain hast2-cold)

measures() { # SUBJECT WORKLOAD
  [ -z "${absent[$1]-}" ] || return 1
  case $1 in
  hast2-cold) [[ $2 =~ ^write-4k-(1|16)$ ]] ;;
  hast2-veth*) [ -z "$short" ] && [[ $2 =~ ^(write-4k-1|write-4k-16|write-128k-8)$ ]] ;;
  hast2-*) [[ $2 =~ ^(write-4k-1|write-4k-16|write-128k-8)$ ]] ;;
  esac
}

# What fio is pointed to.
target_of() {
  case $1 in
  raw) echo "--ioengine=io_uring --direct=1 --filename=$base/peers/raw" ;;
  nbdkit) echo "--ioengine=nbd --uri=nbd+unix:///?socket=$base/peers/nbdkit.sock" ;;
  qemu | mirror) echo "--ioengine=nbd --uri=nbd+unix:///x?socket=$base/peers/$1.sock" ;;
  hast1) nbd_target lt v1 ;;
  hast2) nbd_target lt v2 ;;
  hast3) nbd_target lt v3 ;;
  hast2-cold) nbd_target lt w2 ;;
  hast2-plain) nbd_target lp v2 ;;
  hast2-veth) nbd_target vt v2 ;;
  hast2-veth-plain) nbd_target vp v2 ;;
  esac
}

uri() { echo "nbd+unix:///$2?socket=$(socket "$1" a "$2")"; }
nbd_target() { echo "--ioengine=nbd --uri=$(uri "$1" "$2")"; }

# Names of the processes that serve it, the one that fio speaks to first.
processes_of() {
  case $1 in
  raw) ;;
  nbdkit | qemu) echo "$1" ;;
  mirror) echo mirror.a mirror.b ;;
  hast1) echo lt.a ;;
  hast2 | hast2-cold) echo lt.a lt.b ;;
  hast3) echo lt.a lt.b lt.c ;;
  hast2-plain) echo lp.a lp.b ;;
  hast2-veth) echo vt.a vt.b ;;
  hast2-veth-plain) echo vp.a vp.b ;;
  esac
}

# run_fio SECONDS OUTPUT SUBJECT WORKLOAD
run_fio() {
  local rw bs depth more
  read -r rw bs depth more <<<"${workload[$4]}"
  # shellcheck disable=SC2046,SC2086 # words
  fio --name=x $(target_of "$3") --rw="$rw" --bs="$bs" --iodepth="$depth" $more --size="${size}M" --time_based \
    --runtime="$1" --randrepeat=0 --norandommap --output-format=json --output="$2" >/dev/null 2>&1
}

measure() { # SUBJECT WORKLOAD ROUND
  local process before=() after=() cpu='' i=0
  for process in $(processes_of "$1"); do before+=("$(cpu_of "${pid[$process]}")"); done
  if ! run_fio "$seconds" "$results/fio.json" "$1" "$2"; then
    say "fio failed: $1 $2"
    return
  fi
  for process in $(processes_of "$1"); do
    after+=("$(cpu_of "${pid[$process]}")")
    cpu+="${cpu:+,}$((after[i] - before[i]))"
    i=$((i + 1))
  done
  sed -n '/^{/,$p' "$results/fio.json" | jq -c --arg subject "$1" --arg workload "$2" --argjson round "$3" \
    --argjson cpu "[$cpu]" '.jobs[0] as $job | (if $job.write.total_ios > 0 then $job.write else $job.read end) as $d |
      def us($p): (($d.clat_ns.percentile // {})[$p] // 0) / 1000;
      {part: "data", $subject, $workload, $round, iops: $d.iops, mib: ($d.bw_bytes / 1048576), ios: $d.total_ios,
        p50: us("50.000000"), p99: us("99.000000"), p999: us("99.900000"), error: $job.error,
        flush: (($job.sync.lat_ns.mean // 0) / 1000),
        client: (($job.usr_cpu + $job.sys_cpu) / 100 * $job.job_runtime * 1000000), $cpu}' >>"$samples"
  # What lies in the page cache must not go to the disk while the next one is measured.
  [ "$1" != nbdkit ] || sync "$base/peers/nbdkit"
}

data_part() {
  title "Start: peers"
  start_peers
  title "Start: clusters"
  start_cluster lt v1:a v2:a,b v3:a,b,c w2:a,b
  start_cluster lp v2:a,b
  local target subject targets=("lt v1" "lt v2" "lt v3" "lt w2" "lp v2") subjects=(hast1 hast2 hast3 hast2-plain)
  if [ -z "$short" ]; then
    start_cluster vt v2:a,b
    start_cluster vp v2:a,b
    targets+=("vt v2" "vp v2") subjects+=(hast2-veth hast2-veth-plain)
  fi
  title "Fill and warm up"
  for target in "${targets[@]}"; do
    # shellcheck disable=SC2086 # two words
    fill "$(uri $target)"
  done
  for subject in "${subjects[@]}"; do warm_up "$subject"; done
  data_rounds
  data_memory
  stop_peers
  local cluster
  for cluster in lp vp; do stop_cluster $cluster; done
}

# Java compiles what runs often: not while it is measured.
warm_up() {
  local kind long=4
  [ -z "$short" ] || long=1
  for kind in write-4k-16 read-4k-16 write-128k-8 write-4k-1; do run_fio $long /dev/null "$1" $kind; done
}

data_rounds() {
  local round kind i subject count=${#every_subject[@]}
  for ((round = 1; round <= rounds; round++)); do
    title "Round $round of $rounds"
    for kind in "${every_workload[@]}"; do
      # Each round begins with another subject.
      for ((i = 0; i < count; i++)); do
        subject=${every_subject[(i + round) % count]}
        if measures "$subject" "$kind"; then measure "$subject" "$kind" "$round"; fi
      done
      tail -n 20 "$samples" | jq -s -r --arg kind "$kind" --argjson round "$round" 'map(select(.part == "data" and
        .workload == $kind and .round == $round)) | "\($kind): " + (map("\(.subject) \(.iops | round)") | join(", "))' |
        while IFS= read -r line; do say "$line"; done
    done
  done
}

data_memory() {
  local process
  for process in lt.a lt.b lt.c nbdkit qemu mirror.a; do
    [ -z "${pid[$process]-}" ] || sample memory --arg process "$process" --argjson kib "$(resident_of "${pid[$process]}")"
  done
}
