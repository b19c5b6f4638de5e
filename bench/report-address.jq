# Makes the section on service addresses of docs/benchmarks.md from the samples of bench/run; nothing if there are none.

def median: sort | if length == 0 then null elif length % 2 == 1 then .[(length - 1) / 2]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def row: "| " + (map(tostring) | join(" | ")) + " |";
def rule: "|" + (map("---") | join("|")) + "|";
def table($head): ([($head | row), ($head | rule)] + map(row)) | join("\n");
def ms: . / 1000 | if . > 0 and . < 10 then . * 10 | round / 10 else round end;
def range: if length == 0 then "" elif min == max then (.[0] | ms | tostring)
  else "\(median | ms) (\(min | ms)–\(max | ms))" end;

. as $all
| [["hastd", "1s"], ["hastd", "100ms"], ["keepalived", "1s"], ["keepalived", "100ms"], ["ucarp", "1s"]] as $columns
| (map(select(.part == "address-run")) | last) as $run
| (map(select(.part == "machine")) | last) as $machine
| (map(select(.part == "address-end")) | last) as $after
| map(select(.part == "address")) as $seen
| def of($kind; $who): $seen | map(select(.kind == $kind and [.subject, .interval] == $who));
  def cell($kind; $field; $who): of($kind; $who) | select(length > 0)
    | if $field == "silence" and all(.report.ended | not) then "for ever"
      else map(.report[$field] // empty) | range + (if . == "" then "never" else "" end) end;
  def reached($kind; $field; $interval; $aim): of($kind; ["hastd", $interval]) | map(.report[$field] // infinite) | select(length > 0)
    | if all(. <= $aim * 1000) then "yes" elif median <= $aim * 1000 then "median" else "**no**" end;
  def line($text; $kind; $field; $aims):
    [$text] + [$columns[] as $who | [cell($kind; $field; $who)][0] // ""]
    + [$aims | to_entries | map("≤ \(.value) at \(.key): \([reached($kind; $field; .key; .value)][0] // "")") | join(", ")];
  def forgeries($kind; $who): $all | map(select(.part == "address-forged" and .kind == $kind and .subject == $who)) | select(length > 0)
    | "\(map(select(.accepted > 0)) | length) of \(length) obeyed"
      + (if $who == "hastd" then ", \(map(select(.refused > 0)) | length) refused and counted" else "" end);
  if $run == null then empty else
  "## Service address",
  "",
  "Made by `\($run.command)` on \($run.date), commit `\($run.commit)`, Linux \($machine.kernel), \($machine.cores) cores; load average before \($run.load), after \($after.load // "?").",
  "hastd, keepalived \($run.keepalived) and ucarp \($run.ucarp), each on two nodes of its own with a client of its own: network namespaces on one bridge, all",
  "three doing the same at the same time, beside what else the load says. The client asks each address every 4 ms by ICMP, through its",
  "neighbour table as any client, and by ARP from a hardware address that is nobody's; so figures below 4 ms mean nothing. Milliseconds:",
  "median (least–most). *Silence* is the longest time in which the client got no echo. *Two* is the time in which one ARP question had",
  "two answers; after a kill or a freeze of keepalived or ucarp it lasts until somebody mends it, and the figure is what of it lies within the 5.5 s that were watched.",
  "\"For ever\": until it was mended by hand. advskew 10 and 20, priority 200 and 199, no preempting; keepalived speaks VRRPv3, and ucarp cannot do 100 ms.",
  "",
  ([ ["runs"] + [$columns[] as $who | of("link"; $who) | length] + [""],
     line("moved in order: silence"; "planned"; "silence"; {"1s": 50, "100ms": 50}),
     line("link dies, as with a dead node: silence"; "link"; "silence"; {"1s": 3300, "100ms": 350}),
     line("cut off, carrier stays: silence"; "partition"; "silence"; {"1s": 3300, "100ms": 350}),
     line("healed: more silence"; "heal"; "silence"; {"1s": 50, "100ms": 50}),
     line("healed: two, until the first advert is heard"; "heal"; "two"; {}),
     line("daemon killed by -9: two"; "killed"; "two"; {"1s": 0, "100ms": 0}),
     line("daemon killed by -9: silence"; "killed"; "silence"; {"1s": 3300, "100ms": 350}),
     line("daemon frozen: two"; "frozen"; "two"; {"1s": 0, "100ms": 0}),
     line("daemon frozen: silence"; "frozen"; "silence"; {"1s": 3300, "100ms": 350}),
     line("it goes on: two"; "woken"; "two"; {"1s": 0, "100ms": 0}),
     line("it goes on: silence"; "woken"; "silence"; {"1s": 50, "100ms": 50}),
     line("another program removes the address: silence"; "removed"; "silence"; {"1s": 100, "100ms": 100}) ]
    | table(["ms"] + ($columns | map("\(.[0]), \(.[1])")) + ["aim for hastd, reached"])),
  "",
  "\"Yes\": in each run; \"median\": in the median run. Where a killed daemon shows no silence the address is answered by two; where the guard is, it answers until the guard runs out,",
  "which is some 0.1 to 0.5 of an interval before another takes over.",
  "",
  ([["an advert of the other node, replayed"] + ["hastd", "keepalived", "ucarp"] , ["the same with a better advskew or priority"]]
    | [[.[0][0], (["hastd", "keepalived", "ucarp"][] as $w | [forgeries("replayed"; $w)][0] // "not measured")],
       [.[1][0], (["hastd", "keepalived", "ucarp"][] as $w | [forgeries("tampered"; $w)][0] // "not measured")]]
    | table(["sent by the client to the group", "hastd, strict", "keepalived (no authentication in VRRPv3)", "ucarp"])),
  ([$all[] | select(.part == "address-stray")] | if length > 0 then
    "", "Left out, because the address had moved by itself before: \(group_by([.subject, .interval]) | map("\(.[0].subject) at \(.[0].interval) \(length) times") | join(", "))." else empty end)
  end
