# shellcheck shell=bash
# Article 002: three volumes striped with parity by btrfs move with the address as one group, all or none
# shellcheck disable=SC2154

# shellcheck source=e2e/experiments/steps-address.sh
. e2e/experiments/steps-address.sh

disks=(disk1 disk2 disk3)

run_experiment() {
  local killed
  three_volumes
  assembled
  virtual_ip "follows: [disk1, disk2, disk3]" "$(services)"
  reload hast-a hast-b
  await_vip hast-a MASTER
  say "One btrfs over three volumes is at the address, on hast-a; a client writes through it to a service there."
  start_notes 1
  await_notes 1 100
  killed=$(now)
  lose_power hast-a
  await_answer
  await_notes 1 50
  judge_aim "hast-a has lost its power: until the client is served by hast-b" 4000 "$(silence_after 1 "$killed")"
  judge_equal "hast-b has all three" "primary primary primary" "$(roles hast-b)"
  judge_notes "every line that was acknowledged is there" hast-b 1
  come_back hast-a
  judge "hast-a comes back, and in sync" all_in_sync hast-b
  held_together
  stop_notes 1
}

three_volumes() {
  local name node
  documents hast-c hast-a hast-b
  for name in "${disks[@]}"; do resource_document "$name" 256Mi hast-a hast-b >"$base/etc/$name.yaml"; done
  start_all hast-a hast-b
  for node in hast-a hast-b; do must hastctl $node create "${disks[@]}"; done
  must hastctl hast-a --timeout 3m status --wait "${disks[@]}"
  for name in "${disks[@]}"; do await_device hast-a "$name"; done
}

# The file system, and the program that mounts it; it lives on three devices, so it is no matter of `mounts`.
assembled() {
  cat >"$base/etc/stripe" <<TEXT
#!/bin/sh
# stripe start|stop, by the daemon of a node
dev=\$(dirname "\$(dirname "\$HAST_SOCKET")")/dev
devices="\$dev/disk1 \$dev/disk2 \$dev/disk3"
case \$1 in
start)
  mkdir -p "$base/srv"
  btrfs device scan \$devices && mount -t btrfs "\$dev/disk1" "$base/srv"
  ;;
stop)
  mountpoint -q "$base/srv" || exit 0
  umount "$base/srv" && btrfs device scan --forget \$devices
  ;;
esac
TEXT
  chmod 755 "$base/etc/stripe"
  must on hast-a mkfs.btrfs --quiet --data raid5 --metadata raid1 "$base/hast-a/dev/disk"{1,2,3}
}

services() {
  notes_service | sed "s|^services: \[|services: [{start: [$base/etc/stripe, start], stop: [$base/etc/stripe, stop]}, |"
}

roles() {
  local name all=()
  for name in "${disks[@]}"; do all+=("$(status "$1" "$name" .role)"); done
  echo "${all[*]}"
}

all_in_sync() { hastctl "$1" --timeout 3m status --wait "${disks[@]}" >/dev/null 2>&1; }

# One of the three is not in sync on hast-a, so none of them goes there, nor the address.
held_together() {
  local before
  stop_hastd hast-a
  await_notes 1 50
  must hastctl hast-b pause disk2
  start_hastd hast-a
  await_hastd hast-a
  await_replica hast-b disk1 hast-a "in sync"
  await_replica hast-b disk3 hast-a "in sync"
  judge_equal "the resync of disk2 is held" outdated "$(replica_state hast-b disk2 hast-a)"
  until_true 20 "hast-a to be demoted" is_demoted hast-a
  judge_equal "hast-a says that it cannot have the address" "resource-not-promotable 240" \
    "$(vip_status hast-a '.demotions[] | "\(.source) \(.amount)"')"
  judge_equal "and why" "disk2 is not in sync on this node, so the addresses and all that they follow cannot come here" \
    "$(vip_status hast-a '.warnings[]')"
  before=$(now)
  hastctl hast-b vip demote service 2>&1 | indent
  await_notes 1 50
  await_vip hast-b MASTER
  judge_equal "asked to give all to hast-a, hast-b keeps all" "primary primary primary" "$(roles hast-b)"
  say "the client was not served for $(silence_after 1 "$before") ms"
  show_vip hast-a
  show_vip hast-b
  must hastctl hast-b resume disk2
  judge "disk2 is brought in sync" all_in_sync hast-b
  must hastctl hast-b vip release service
  must hastctl hast-b vip demote service
  await_vip hast-a MASTER
  await_notes 1 50
  judge_equal "now all three go to hast-a" "primary primary primary" "$(roles hast-a)"
  judge_notes "every acknowledged line is there" hast-a 1
}

is_demoted() { [ -n "$(vip_status "$1" '.demotions[]?.source')" ]; }
