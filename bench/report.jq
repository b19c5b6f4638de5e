# Makes the page docs/benchmarks.md from the samples of bench/run.

def median: sort | if length == 0 then null elif length % 2 == 1 then .[(length - 1) / 2]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round2: if . == null then "" else (. * 100 | round / 100 | tostring) end;
def whole: if . == null then "" else (round | tostring) end;
def range(f): if length == 0 then "" elif length == 1 then (.[0] | f)
  else "\(median | f) (\(min | f)–\(max | f))" end;
def row: "| " + (map(tostring) | join(" | ")) + " |";
def rule: "|" + (map("---") | join("|")) + "|";
def table($head): ([($head | row), ($head | rule)] + map(row)) | join("\n");

. as $all
| (map(select(.part == "machine")) | last) as $m
| (map(select(.part == "end")) | last) as $after
| map(select(.part == "data")) as $data
| {
    "raw": "the file itself, fio's io_uring", "nbdkit": "nbdkit file (page cache)",
    "qemu": "qemu-storage-daemon, one file", "mirror": "qemu-storage-daemon, mirror over NBD",
    "hast1": "HAST, 1 replica", "hast2": "**HAST, 2 replicas, TLS**", "hast3": "HAST, 3 replicas, TLS",
    "hast2-plain": "HAST, 2, plain", "hast2-veth": "HAST, 2, TLS, namespaces",
    "hast2-veth-plain": "HAST, 2, plain, namespaces", "hast2-cold": "HAST, 2, TLS, small activity log"
  } as $name
| {
    "write-4k-1": "4 KiB random write, depth 1", "write-4k-16": "4 KiB random write, depth 16",
    "write-4k-64": "4 KiB random write, depth 64", "read-4k-1": "4 KiB random read, depth 1",
    "read-4k-16": "4 KiB random read, depth 16", "read-4k-64": "4 KiB random read, depth 64",
    "write-128k-8": "128 KiB sequential write, depth 8", "read-128k-8": "128 KiB sequential read, depth 8",
    "flush-4k-1": "4 KiB random write, each with its flush"
  } as $work
| ($work | keys_unsorted) as $works
| ($name | keys_unsorted) as $names
| def of($s; $w): $data | map(select(.subject == $s and .workload == $w));
  # Ratios of the same round.
  def ratios($s; $to; $w): [of($s; $w)[] as $x | of($to; $w)[] | select(.round == $x.round) | $x.iops / .iops];
  def aim($w; $to; $least): ratios("hast2"; $to; $w) as $r | select($r | length > 0)
    | [$work[$w], "≥ \($least) of \($to)", ($r | range(round2)), (if ($r | median) >= $least then "yes" else "**no**" end)];
  def latencies($w): [$names[] as $s | of($s; $w) | select(length > 0)
    | [$name[$s]] + [map(.iops) | range(whole)] + [(map(.p50) | range(whole)), (map(.p99) | range(whole)), (map(.p999) | range(whole))]
      + [ratios($s; "nbdkit"; $w), ratios($s; "qemu"; $w), ratios($s; "mirror"; $w) | range(round2)]];
  def share($i): map((.cpu[$i] // 0) / .ios / 1000);
  def cpu($w): [$names[] as $s | of($s; $w) | select(length > 0) | . as $runs
    | [$name[$s], (map(.client / .ios / 1000) | median | round2)]
      + [range(0; 3) as $i | if ($runs[0].cpu | length) > $i then ($runs | share($i) | median | round2) else "" end]
      + [($runs | map((.client + (.cpu | add // 0)) / (.ios * (.mib / .iops)) * 1024 / 1e9) | median | round2)]];
  "# Benchmarks",
  "",
  "Made by `\($m.command)` on \($m.date), commit `\($m.commit)`; \($m.rounds) round(s) of \($m.seconds) s, volumes of \($m.size) MiB.",
  "Machine: \($m.cores) cores, \($m.cpu); \($m.memory); Linux \($m.kernel); replicas are files on \($m.fs); load average before \($m.load), after \($after.load // "?").",
  "\($m.java); \($m.fio); \($m.nbdkit); \($m.qemu).",
  "",
  "How to read it. Everything runs on this one machine: client, primary and all secondaries share its cores and its one disk, so",
  "*n* replicas write *n* times to the same disk, and a figure here is a floor, not what two machines do. Only ratios of the same round mean",
  "something: the rounds are interleaved, each figure is a median with its range. HAST, the bare file and qemu use O_DIRECT; **nbdkit file",
  "cannot**: its writes end in the page cache and its reads come from there, so it is faster than the disk is. \"qemu-storage-daemon, one file\" is",
  "the unreplicated server with the same semantics as HAST. The mirror speaks plain TCP. After each run of nbdkit its file is written out, outside of the",
  "measurement. With flushes all are durable alike. The small activity log covers half of the volume; the others cover all of it.",
  ($all | map(select(.part == "absent") | "\nLeft out: \(.peer), because \(.cause).") | .[]),
  (if ($data | length) > 0 then
    "", "## Against the aims", "",
    ([aim("write-4k-1"; "nbdkit"; 0.4), aim("write-4k-16"; "nbdkit"; 0.7), aim("write-128k-8"; "nbdkit"; 0.45),
      aim("read-4k-1"; "nbdkit"; 0.9), aim("read-4k-16"; "nbdkit"; 0.9), aim("read-128k-8"; "nbdkit"; 0.9),
      aim("write-4k-1"; "qemu"; 0.4), aim("write-4k-16"; "qemu"; 0.7), aim("write-128k-8"; "qemu"; 0.45),
      aim("read-4k-1"; "qemu"; 0.9), aim("read-4k-16"; "qemu"; 0.9), aim("read-128k-8"; "qemu"; 0.9),
      ($works[] as $w | aim($w; "mirror"; 1))]
      | table(["two replicas, TLS", "aim", "ratio", "reached"])),
    "", "nbdkit's figures are the page cache's; against the same semantics (qemu, O_DIRECT) the same aims are given too.",
    "", "## Rates and latencies", "", "Latencies in µs. The last three columns are ratios of the rate.",
    ($works[] as $w | latencies($w) | select(length > 0) | "", "### \($work[$w])", "",
      table(["", "per second", "p50", "p99", "p99.9", "of nbdkit", "of qemu", "of the mirror"])),
    "", "## CPU", "", "Microseconds a request, which is seconds per million requests; the last column is seconds per GiB, all processes together. What the",
    "kernel does in interrupts is in none of them.",
    (("write-4k-1", "write-4k-16", "read-4k-16", "write-128k-8", "read-128k-8") as $w | cpu($w) | select(length > 0) | "", "### \($work[$w])", "",
      table(["", "client", "primary or server", "second", "third", "s per GiB"])),
    "", "## Memory", "",
    ([$all[] | select(.part == "memory") | [({"lt.a": "hastd, primary of four resources", "lt.b": "hastd, secondary of three",
      "lt.c": "hastd, secondary of one", "nbdkit": "nbdkit", "qemu": "qemu-storage-daemon", "mirror.a": "qemu-storage-daemon, mirror"}[.process]),
      (.kib / 1024 | whole)]] | table(["process", "resident MiB"]))
   else empty end),
  ([$all[] | select(.part == "resync")] as $r | if ($r | length) > 0 then
    "", "## Resync", "",
    ($r | group_by(.kind) | map([.[0].kind, (map(.differing / 1048576) | range(round2)), (map(.wire / 1048576) | range(round2)),
      (map(.wire / .differing) | range(round2)), (map(.copied / 1048576 / .millis * 1000) | range(whole))])
      | table(["after an absence in which was overwritten", "MiB that differ", "MiB on the wire", "ratio", "MiB copied a second"])),
    "", "Aim: at most 1.2 times the bytes that differ, counted in 64 KiB, plus hashes. Between two namespaces, TLS; both directions, with all headers."
   else empty end),
  ([$all[] | select(.part == "foreground")] as $r | if ($r | length) > 0 then
    "", "What clients notice of a resync of everything, at the default governor:", "",
    ($r | group_by(.workload) | map(. as $g | [$work[.[0].workload]] + [
      ("quiet", "resync") as $p | ($g | map(select(.phase == $p)) | (map(.iops) | range(whole)), (map(.p99) | range(whole)))]
      # A resync that ended before the measurement did was in its way only for a part of it.
      + [([$g | map(select(.phase == "resync" and .still).p99), map(select(.phase == "resync").p99), map(select(.phase == "quiet").p99) | median]
        | if .[0] and .[2] then .[0] / .[2] | round2 elif .[1] and .[2] then "≥ " + (.[1] / .[2] | round2) else "" end)])
      | table(["", "per second, quiet", "p99 µs, quiet", "per second, resync", "p99 µs, resync", "ratio of p99 (aim ≤ 2)"]))
   else empty end),
  ([$all[] | select(.part == "failover")] as $r | if ($r | length) > 0 then
    "", "## Failover", "", "From the order to the first answered write at the other node, and the pause as the client sees it, in milliseconds. Two replicas, TLS, etcd,",
    "default settings. The order to hand over includes the start of `hastctl`.", "",
    (["kill -9", "orderly stop", "hand-over", "freeze"] | map(. as $k | $r | map(select(.kind == $k)) | select(length > 0)
      | [$k, length, (map(.micros / 1000) | range(whole)), (if $k == "freeze" then "" else map(.pause / 1000) | range(whole) end),
        {"kill -9": "each ≤ 4000", "orderly stop": "≤ 300", "hand-over": "pause ≤ 300", "freeze": ""}[$k]])
      | table(["what", "runs", "until the first answer", "pause", "aim"])),
    ($all | map(select(.part == "frozen")) | select(length > 0)
      | "", "A primary frozen with SIGSTOP and woken after it was replaced gave \(map(.late) | add) answers in \(length) run(s); the aim is none.")
   else empty end)
