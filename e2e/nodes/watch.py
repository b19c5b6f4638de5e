#!/usr/bin/python3
"""Watches from a third host who answers for service addresses, and for how long nobody or two do.

    watch.py watch INTERFACE FILE ADDRESS...    until SIGTERM; every 4 ms each address is asked by ARP and by an ICMP echo
    watch.py report FILE ADDRESS SINCE [UNTIL]  what was seen between two times (microseconds since 1970), as JSON

ARP requests come from a hardware address that is nobody's, so that this host's own neighbour table learns nothing by
the answers: echoes go where a client's would. Each request has a number, so that two holders are two answers to one question.
FILE has a line for each question and each answer:

    ask      MICROSECONDS NUMBER                  arp|echo MICROSECONDS NUMBER ADDRESS MAC
"""
import collections
import json
import os
import select
import signal
import socket
import struct
import sys
import time

INTERVAL = 0.004
SO_TIMESTAMPNS = 35
NUMBERS = 16  # of questions by ARP, told apart by the last number of who asks
FIRST_NUMBER = 224
PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, SOL_PACKET = 1, 1, 263


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac_text(mac):
    return ":".join(f"{byte:02x}" for byte in mac)


def arp_request(mac, target, number):
    sender = target[:3] + bytes([FIRST_NUMBER + number % NUMBERS])
    return (b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
            + mac + sender + b"\0" * 6 + target).ljust(60, b"\0")


def echo_request(number):
    head = struct.pack("!BBHHH", 8, 0, 0, 0x4843, number & 0xFFFF)
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


class Watcher:
    def __init__(self, interface, file, addresses):
        self.out = open(file, "w", buffering=1 << 16, encoding="ascii")
        self.targets = [socket.inet_aton(address) for address in addresses]
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.wire.bind((interface, 3))
        self.wire.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                             struct.pack("iHH8x", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0))
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.wire.setblocking(False)
        # Nobody's, and of this watcher alone.
        self.mac = b"\x02\xfa\xde" + self.wire.getsockname()[4][3:]
        self.icmp = {target: self.echo_socket() for target in self.targets}
        self.number = 0
        self.asked = collections.deque([0] * NUMBERS, NUMBERS)
        self.running = True

    @staticmethod
    def echo_socket():
        """One for each address: what waits for an answer to ARP fills it, and would keep back the echoes to others."""
        icmp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        icmp.setblocking(False)
        icmp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # answers are read from the wire
        return icmp

    def run(self):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        at = flushed = time.monotonic()
        while self.running:
            now = time.monotonic()
            if now >= at:
                self.ask()
                at = max(at + INTERVAL, now)
            if now - flushed > 0.1:
                self.out.flush()
                flushed = now
            if select.select([self.wire], [], [], max(0, at - time.monotonic()))[0]:
                self.listen()
        self.out.close()

    def stop(self, *_):
        self.running = False

    def ask(self):
        self.number += 1
        self.asked[self.number % NUMBERS] = self.number
        self.out.write(f"ask {time.time_ns() // 1000} {self.number}\n")
        for target in self.targets:
            try:
                self.wire.send(arp_request(self.mac, target, self.number))
                self.icmp[target].sendto(echo_request(self.number), (socket.inet_ntoa(target), 0))
            except OSError:  # nobody answers for it now, and the kernel says so here
                pass

    def listen(self):
        try:
            while True:
                frame, notes, _, _ = self.wire.recvmsg(2048, 64)
                self.frame(frame, notes)
        except BlockingIOError:
            pass

    def frame(self, frame, notes):
        kind = frame[12:14]
        if kind == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[0:6] == self.mac and frame[28:32] in self.targets:
            what, source = "arp", frame[28:32]
            number = self.asked[(frame[41] - FIRST_NUMBER) % NUMBERS]
        elif (kind == b"\x08\0" and frame[14] == 0x45 and frame[23] == 1 and frame[34] == 0
              and frame[38:40] == b"\x48\x43" and frame[26:30] in self.targets):
            what, source = "echo", frame[26:30]
            number = struct.unpack("!H", frame[40:42])[0]
        else:
            return
        seconds, nanos = struct.unpack("qq", notes[0][2][:16])
        self.out.write(f"{what} {seconds * 1000000 + nanos // 1000} {number} "
                       f"{socket.inet_ntoa(source)} {mac_text(frame[6:12])}\n")


def longest(times, since, until):
    """The longest silence that touches the window, and when it ended; a silence before it is one from its beginning."""
    last, best, ended = None, 0, None
    for moment in times:
        if moment >= since and last is not None and moment - last > best:
            best, ended = moment - last, moment
        if moment > until:
            return best, ended
        last = moment
    end = max(last if last is not None else since, since)
    return (until - end, None) if until - (last or since) > best else (best, ended)


def lines_since(file, since):
    """Of a file that may be long, what may matter: from two seconds before."""
    with open(file, "rb") as lines:
        size = lines.seek(0, os.SEEK_END)
        back = 1 << 20
        while True:
            lines.seek(max(0, size - back))
            if back < size:
                lines.readline()
                head = lines.readline().split()
                if len(head) < 2 or int(head[1]) > since - 2000000:
                    back *= 2
                    continue
                lines.seek(size - back)
                lines.readline()
            return lines.read().decode("ascii").splitlines(True)


def report(file, address, since, until):
    asks, answers, echoes = [], collections.OrderedDict(), []
    holders = {}
    before = after = None
    for line in lines_since(file, since):
        words = line.split()
        if not line.endswith("\n") or len(words) not in (3, 5):
            continue
        moment = int(words[1])
        if words[0] == "ask":
            asks.append(moment)
        elif words[3] == address and moment <= until:
            mac = words[4]
            if words[0] == "arp":
                answers.setdefault(int(words[2]), {})[mac] = moment
                if moment < since:
                    before = mac
                else:
                    if mac != before and after is None:
                        after = moment
                    seen = holders.setdefault(mac, {"first": moment, "last": moment, "answers": 0})
                    seen["last"] = moment
                    seen["answers"] += 1
            else:
                echoes.append((moment, mac))
    until = min(until, asks[-1] if asks else until)
    asks = [a for a in asks if since - 1000000 <= a <= until]
    arp = sorted(min(macs.values()) for macs in answers.values())
    silence, ended = longest([moment for moment, _ in echoes], since, until)
    arp_silence, _ = longest(arp, since, until)
    two = [max(macs.values()) for macs in answers.values() if len(macs) > 1 and max(macs.values()) >= since]
    spans = []
    for moment in two:
        if spans and moment - spans[-1][1] < 1000000 * INTERVAL * 8:
            spans[-1][1] = moment
        else:
            spans.append([moment, moment])
    echo_by_other = next((moment for moment, mac in echoes if moment >= since and mac != before), None)
    return {
        "before": before,  # who answered last, before the window
        "holders": holders,  # who answered by ARP in it
        "silence": silence,  # of echoes, the longest
        "silenceEnded": ended,
        "arpSilence": arp_silence,
        "again": None if echo_by_other is None else echo_by_other - since,  # first echo of another than before
        "next": None if after is None else after - since,  # first ARP answer of another
        # By ARP: one question more than what lies between the first and the last that two answered.
        "two": sum(end - begin + int(INTERVAL * 1000000) for begin, end in spans),
        "twoSpans": [[begin - since, end - since] for begin, end in spans],
        "stall": max((b - a for a, b in zip(asks, asks[1:])), default=0),  # of this watcher: silence that is its own
    }


def main():
    if len(sys.argv) >= 5 and sys.argv[1] == "watch":
        try:  # so that it is not the watcher that is late on a busy machine
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            pass
        Watcher(sys.argv[2], sys.argv[3], sys.argv[4:]).run()
    elif len(sys.argv) in (5, 6) and sys.argv[1] == "report":
        until = int(sys.argv[5]) if len(sys.argv) == 6 else 1 << 62
        print(json.dumps(report(sys.argv[2], sys.argv[3], int(sys.argv[4]), until)))
    else:
        sys.exit(__doc__)


main()
