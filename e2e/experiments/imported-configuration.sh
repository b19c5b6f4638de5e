# shellcheck shell=bash
# Article 000: its hast.conf imported; create, roles by hand, complete almost at once, sha256 and hole compression
# shellcheck disable=SC2154

# The article's file, but for the disks: here they are files, one for each node.
article_hast_conf() {
  cat <<TEXT
checksum sha256

resource hast0 {
  on hast-a {
    local $base/hast-a/da1
    remote 192.168.100.198
  }
  on hast-b {
    local $base/hast-b/da1
    remote 192.168.100.197
  }
}
TEXT
}

run_experiment() {
  local node before wire begin listed
  article_hast_conf >"$base/hast.conf"
  must "$dist/bin/hastctl" import "$base/hast.conf" --out "$base/etc"
  judge "sha256 is taken over" grep -q 'checksum: sha256' "$base"/etc/*.yaml
  judge "each node's address is the other's remote" grep -q 'hast-b, provider: .*/hast-b/da1, address: 192.168.100.198' \
    <(tr -s ' \n' ' ' <"$(grep -l HastResource "$base"/etc/*.yaml)" | sed 's/node: \([a-z-]*\) provider: \([^ ]*\) address: \([^ ]*\)/\1, provider: \2, address: \3/g')
  # What the import cannot know: directories of nodes that share one machine.
  rm -f "$base"/etc/*hast-[ab]*.yaml
  documents none hast-a hast-b
  truncate --size=1G "$base/hast-a/da1" "$base/hast-b/da1"
  start_all hast-a hast-b
  for node in hast-a hast-b; do must hastctl $node create hast0; done
  before=$(wire_bytes hast-b)
  begin=$(now)
  must hastctl hast-a role primary hast0
  must hastctl hast-b role secondary hast0
  judge "the first sync of an untouched disk completes" in_sync hast-a hast0
  wire=$(($(wire_bytes hast-b) - before))
  judge_at_most "regardless of its size: milliseconds" 20000 $((($(now) - begin) / 1000))
  judge_at_most "and hardly anything is sent: bytes of 1 GiB" $((2 << 20)) "$wire"
  listed=$(hastctl hast-a list hast0)
  for line in 'role: primary' 'provname: hast0' 'extentsize: 2097152' 'status: complete' 'dirty: 0' 'checksum: sha256' \
    'compression: hole' 'replication: fullsync'; do
    judge "hastctl list shows $line" grep -q "^ *$line" <<<"$listed"
  done
  await_device hast-a hast0
  must on hast-a mkfs.ext4 -q "$base/hast-a/dev/hast0"
  must on hast-a mount "$base/hast-a/dev/hast0" "$base/hast-a/mnt"
  before=$(wire_bytes hast-b)
  must on hast-a dd if=/dev/urandom of="$base/hast-a/mnt/file" bs=1M count=16 conv=fsync
  wire=$(($(wire_bytes hast-b) - before))
  judge "data travels whole: $wire bytes of 16 MiB" [ $wire -ge $((16 << 20)) ]
  before=$(wire_bytes hast-b)
  must on hast-a dd if=/dev/zero of="$base/hast-a/mnt/hole" bs=1M count=64 conv=fsync
  judge_at_most "zeroes travel as holes: bytes of 64 MiB" $((4 << 20)) $(($(wire_bytes hast-b) - before))
  local sum
  sum=$(on hast-a sha256sum "$base/hast-a/mnt/file" | cut -d ' ' -f 1)
  must on hast-a umount "$base/hast-a/mnt"
  judge "verify finds both copies equal" verified hast-a hast0
  must hastctl hast-a role secondary hast0
  must hastctl hast-b role primary hast0
  await_device hast-b hast0
  must on hast-b mount "$base/hast-b/dev/hast0" "$base/hast-b/mnt"
  judge_equal "after the roles were changed by hand, the file is on hast-b" "$sum" \
    "$(on hast-b sha256sum "$base/hast-b/mnt/file" | cut -d ' ' -f 1)"
}
