# shellcheck shell=bash
# Article 004: roles by hand; the primary reboots and is primary again by itself, its file system is there
# shellcheck disable=SC2154

run_experiment() {
  local begin sum device=$base/hast-a/dev/mirror mnt=$base/hast-a/mnt
  two_replicas_by_hand 256Mi
  must hastctl hast-b role secondary mirror
  judge "the first sync completes" in_sync hast-a mirror
  await_device hast-a mirror
  must on hast-a mkfs.ext4 -q "$device"
  must on hast-a mount "$device" "$mnt"
  must on hast-a dd if=/dev/urandom of="$mnt/file" bs=1M count=8 conv=fsync
  sum=$(on hast-a sha256sum "$mnt/file")

  say "hast-a reboots in order: the file system is unmounted, services are told to end."
  must on hast-a umount "$mnt"
  stop_hastd hast-a
  lose_power hast-a
  judge "nobody else takes the role meanwhile: roles are set by hand" in_role hast-b mirror secondary
  begin=$(now)
  come_back hast-a
  await_device hast-a mirror
  judge_at_most "hast-a is primary again by itself, milliseconds after it was switched on" 60000 "$(milliseconds "$begin")"
  must on hast-a mount "$device" "$mnt"
  judge_equal "the file is there" "$sum" "$(on hast-a sha256sum "$mnt/file")"
  judge "and both replicas are in sync" in_sync hast-a mirror

  say "hast-a is reset, with the file system mounted and just written to."
  must on hast-a dd if=/dev/urandom of="$mnt/second" bs=1M count=8 conv=fsync
  sum=$(on hast-a sha256sum "$mnt/file" "$mnt/second")
  lose_power hast-a
  begin=$(now)
  come_back hast-a
  await_device hast-a mirror
  judge_at_most "it is primary again by itself, after milliseconds" 60000 "$(milliseconds "$begin")"
  must on hast-a mount "$device" "$mnt"
  judge_equal "both files are there" "$sum" "$(on hast-a sha256sum "$mnt/file" "$mnt/second")"
  judge "both replicas are in sync" in_sync hast-a mirror
  judge "and hast-b has never been anything but secondary" \
    [ -z "$(grep "resource=mirror .*to=primary role:" "$base/hast-b/hastd.log")" ]
}
