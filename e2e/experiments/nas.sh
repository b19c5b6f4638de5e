# shellcheck shell=bash
# Article 001: a NAS of two machines: NFS on the volume, behind the address; its plug is pulled while a client copies files
# shellcheck disable=SC2154

# shellcheck source=e2e/experiments/steps-address.sh
. e2e/experiments/steps-address.sh

run_experiment() {
  local killed begin
  two_replicas 256Mi
  file_system hast-a mirror
  nfs_server
  virtual_ip "follows: [mirror]" "$(mounts_of mirror)" \
    "services: [{start: [$base/etc/nfs, start], stop: [$base/etc/nfs, stop]}]"
  reload hast-a hast-b
  await_vip hast-a MASTER
  say "nfs-ganesha serves the volume at the address; a client copies one file after the other to it."
  start_copying
  await_copies 40
  killed=$(now)
  lose_power hast-a
  await_copies 20
  judge_aim "hast-a has lost its power: until a file was copied again" 4000 "$(copying_gap "$killed")"
  judge_files "every file that was copied is there" hast-b
  show_vip hast-b
  come_back hast-a
  judge "hast-a comes back, and in sync" in_sync hast-b mirror
  begin=$(now)
  must hastctl hast-b vip demote service
  await_vip hast-a MASTER
  await_copies 20
  judge_aim "and has the NAS again: without a copy" 4000 "$(copying_gap "$begin")"
  stop_copying
  judge_files "every file that was copied is there" hast-a
  judge_equal "also in the eyes of the client" "" "$(unread)"
}

# NFS 4 alone, so that no port mapper is needed. What the server knows of its clients is on the volume, too. Clients would be
# given 90 seconds to say what they had open; this one has nothing open.
nfs_server() {
  cat >"$base/etc/ganesha.conf" <<TEXT
NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }
NFSV4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = "$base/srv/.nfs"; }
EXPORT {
  Export_Id = 1; Path = $base/srv; Pseudo = /nas; Protocols = 4; Transports = TCP; Access_Type = RW; Squash = none;
  SecType = sys; FSAL { Name = VFS; }
}
LOG { Default_Log_Level = EVENT; }
TEXT
  cat >"$base/etc/nfs" <<TEXT
#!/bin/sh
run=\$(dirname "\$HAST_SOCKET")
case \$1 in
start)
  mkdir -p "$base/srv/.nfs"
  exec ganesha.nfsd -f "$base/etc/ganesha.conf" -L "\$run/ganesha.log" -p "\$run/ganesha.pid"
  ;;
stop)
  [ -e "\$run/ganesha.pid" ] || exit 0
  pid=\$(cat "\$run/ganesha.pid")
  kill "\$pid"
  while kill -0 "\$pid" 2>/dev/null; do sleep 0.02; done
  rm -f "\$run/ganesha.pid"
  ;;
esac
TEXT
  chmod 755 "$base/etc/nfs"
}

# Copies files until it is ended; of one that was copied it notes the time, checksum and name. What fails is not tried again, as
# nfs-cp refuses a name that exists. The files are small: by NFS 4 nfs-cp of Debian 12 writes no more than 4 KiB.
start_copying() {
  mkdir "$base/files"
  # shellcheck disable=SC2016 # expanded by the shell on hast-c
  in_background hast-c "$base/copying.log" bash -c '
    cd "$1" || exit 1
    for ((n = 1; ; n++)); do
      head -c $((RANDOM % 4000 + 1)) /dev/urandom >"file$n"
      if timeout 1 nfs-cp "file$n" "nfs://$2/nas/file$n?version=4"; then
        echo "${EPOCHREALTIME/[.,]/} $(sha256sum "file$n")" >>../copied
      else
        rm "file$n"
      fi
    done' copying "$base/files" "$vip"
  echo $! >"$base/copying.pid"
}

copied() { { wc -l <"$base/copied"; } 2>/dev/null || echo 0; }

has_copied() { [ "$(copied)" -ge "$1" ]; }

await_copies() { until_true 60 "$1 more files" has_copied $(($(copied) + $1)); }

stop_copying() {
  kill -TERM "$(cat "$base/copying.pid")" 2>/dev/null
  until_true 20 "the end of the client" gone "$(cat "$base/copying.pid")"
}

# copying_gap MICROSECONDS: the longest time between two copies since then, in milliseconds.
copying_gap() {
  awk -v from="$1" '$1 > from { if ($1 - last > most) most = $1 - last } { last = $1 } END { printf "%d", most / 1000 }' "$base/copied"
}

# judge_files WHAT NODE: what was copied until now is on the volume there, unharmed.
judge_files() {
  local files missing
  files=$(copied)
  missing=$(cd "$base/files" && head -n "$files" ../copied | cut -d ' ' -f 2- |
    on "$2" sh -c "cd '$base/srv' && sha256sum --check --quiet 2>&1")
  if [ -z "$missing" ]; then note ok "$1 ($files files)"; else note FAIL "$1: $(head -n 3 <<<"$missing")"; fi
}

# Files that were copied and cannot be read through the address, or hold something else.
unread() {
  local sum file
  while read -r _ sum file; do
    rm -f "$base/read"
    must on hast-c nfs-cp "nfs://$vip/nas/$file?version=4" "$base/read"
    [ "$(sha256sum <"$base/read")" = "$sum  -" ] || echo "$file"
  done < <(tail -n 20 "$base/copied")
}
