# shellcheck shell=bash
# Sourced by bench/run: what HAST is measured beside. A peer that cannot be had is in `absent`.
# shellcheck disable=SC2154,SC2034

declare -A absent=()

lacks() { # PEER PROGRAM
  command -v "$2" >/dev/null && return 1
  absent[$1]="$2 is not installed"
  sample absent --arg peer "$1" --arg cause "${absent[$1]}"
  say "Left out: $1, because ${absent[$1]}"
}

make_file() {
  fio --name=fill --filename="$1" --ioengine=psync --rw=write --bs=1M --size="${size}M" --direct=1 --end_fsync=1 \
    --output=/dev/null || give_up "cannot write $1"
}

start_peers() {
  mkdir -p "$base/peers"
  make_file "$base/peers/raw"
  if ! lacks nbdkit nbdkit; then
    make_file "$base/peers/nbdkit"
    in_background lo nbdkit nbdkit -f -U "$base/peers/nbdkit.sock" file "$base/peers/nbdkit"
    until_true 10 nbdkit test -S "$base/peers/nbdkit.sock"
  fi
  if ! lacks qemu qemu-storage-daemon; then
    make_file "$base/peers/qemu"
    in_background lo qemu qemu-storage-daemon --blockdev "$(direct f "$base/peers/qemu")" \
      --nbd-server "addr.type=unix,addr.path=$base/peers/qemu.sock" --export type=nbd,id=e,node-name=f,name=x,writable=on
    until_true 10 qemu-storage-daemon test -S "$base/peers/qemu.sock"
    start_mirror
  fi
}

direct() { echo "driver=file,node-name=$1,filename=$2,cache.direct=on,aio=io_uring"; }

start_mirror() {
  make_file "$base/peers/mirror-a"
  make_file "$base/peers/mirror-b"
  in_background lo mirror.b qemu-storage-daemon --blockdev "$(direct f "$base/peers/mirror-b")" \
    --nbd-server addr.type=inet,addr.host=127.0.2.1,addr.port=10809 --export type=nbd,id=e,node-name=f,name=x,writable=on
  sleep 1
  in_background lo mirror.a qemu-storage-daemon --blockdev "$(direct f "$base/peers/mirror-a")" \
    --blockdev driver=nbd,node-name=n,server.type=inet,server.host=127.0.2.1,server.port=10809,export=x \
    --blockdev driver=quorum,node-name=q,vote-threshold=2,read-pattern=fifo,children.0=f,children.1=n \
    --nbd-server "addr.type=unix,addr.path=$base/peers/mirror.sock" --export type=nbd,id=e,node-name=q,name=x,writable=on
  sleep 1
  if ! [ -S "$base/peers/mirror.sock" ] || ! [ -d "/proc/${pid[mirror.a]}" ]; then
    absent[mirror]="this qemu-storage-daemon cannot mirror ($(tail -n 1 "$results/mirror.a.log"))"
    sample absent --arg peer mirror --arg cause "${absent[mirror]}"
  fi
}

stop_peers() {
  local peer
  for peer in nbdkit qemu mirror.a mirror.b; do end_process "$peer"; done
  rm -rf "${base:?}/peers"
}
