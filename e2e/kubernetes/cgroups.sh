# shellcheck shell=bash
# Sourced by e2e/cluster: a machine's place among the control groups, /hast-CLUSTER/MACHINE. Below it, `system` holds the
# machine's own processes, and kubelet puts pods beside that. Where there are several hierarchies (version 1, or both), a
# machine has its place in each; its processes are found and frozen by one of them.
# shellcheck disable=SC2154

groups=/sys/fs/cgroup
group=hast-$cluster

unified() { [ "$(stat -f -c %T $groups)" = cgroup2fs ]; }

# The hierarchies, a directory a line.
hierarchies() {
  if unified; then
    echo $groups
  else
    awk '$3 == "cgroup" { print $2 }' /proc/mounts
  fi
}

# The hierarchy that a machine's processes are looked for and frozen in.
main_hierarchy() { if unified; then echo $groups; else awk '$3 == "cgroup" && $4 ~ /freezer/ { print $2; exit }' /proc/mounts; fi; }

group_of() { echo "$(main_hierarchy)/$group/$1"; }

make_groups() {
  local hierarchy place
  while read -r hierarchy; do
    for place in "$hierarchy/$group" "$hierarchy/$group/$1" "$hierarchy/$group/$1/system"; do
      [ -d "$place" ] || mkdir "$place" || return 1
      inherit "$place"
    done
  done < <(hierarchies)
}

# A new group of these has to be told what processors there are, and (version 2) what may be limited in it.
inherit() {
  local file controller
  for file in cpuset.cpus cpuset.mems; do
    if [ -w "$1/$file" ] && [ -z "$(cat "$1/$file")" ] && ! unified; then cat "$1/../$file" >"$1/$file"; fi
  done
  if unified; then
    for controller in $(<"$1/../cgroup.controllers"); do
      echo "+$controller" >"$1/../cgroup.subtree_control" 2>/dev/null
    done
  fi
  return 0
}

# The processes of a machine, those in its pods too.
processes_of() { find "$(group_of "$1")" -name cgroup.procs -exec cat {} + 2>/dev/null; }

freeze_group() { if unified; then echo 1 >"$(group_of "$1")/cgroup.freeze"; else echo FROZEN >"$(group_of "$1")/freezer.state"; fi; }

thaw_group() { if unified; then echo 0 >"$(group_of "$1")/cgroup.freeze"; else echo THAWED >"$(group_of "$1")/freezer.state"; fi; }

is_frozen() {
  if unified; then
    grep -qx 'frozen 1' "$(group_of "$1")/cgroup.events"
  else
    [ "$(cat "$(group_of "$1")/freezer.state")" = FROZEN ]
  fi 2>/dev/null
}

# remove_groups [MACHINE]: of one machine, or of all. They are empty by now. Where both versions are mounted, runc makes
# a container's group in each.
remove_groups() {
  local hierarchy
  while read -r hierarchy; do
    find "$hierarchy/$group${1+/$1}" -depth -type d -exec rmdir {} + 2>/dev/null
  done < <(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts)
}
