#!/usr/bin/python3
"""Adverts on a wire, judged without the daemon's help; and sent again, as an attacker would.

    carp.py capture INTERFACE FILE               until SIGTERM; a line for each packet of IP protocol 112:
                                                 MICROSECONDS MAC SOURCE DESTINATION TTL HEX
    carp.py check FILE PASSWORD VHID ADDRESS...  JSON: for each source how many, and how many of them are right
    carp.py send INTERFACE FILE SOURCE VHID [BYTE2]
                                                 the last packet but two of that source again; BYTE2: with another advskew (CARP) or
                                                 priority (VRRP), and the checksum that fits
"""
import hashlib
import hmac
import json
import signal
import socket
import struct
import sys
import time

GROUP_MAC = bytes.fromhex("01005e000012")


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def capture(interface, file):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    wire.bind((interface, 0x0800))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(file, "w", buffering=1, encoding="ascii") as out:
        while True:
            frame, where = wire.recvfrom(2048)
            if len(frame) < 34 or frame[23] != 112 or where[2] == socket.PACKET_OUTGOING:
                continue
            head = (frame[14] & 15) * 4
            total = struct.unpack("!H", frame[16:18])[0]
            print(time.time_ns() // 1000, frame[6:12].hex(":"), socket.inet_ntoa(frame[26:30]),
                  socket.inet_ntoa(frame[30:34]), frame[22], frame[14 + head:14 + total].hex(), file=out)


def packets(file):
    with open(file, encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if len(words) == 6 and line.endswith("\n"):
                yield words[2], words[3], int(words[4]), bytes.fromhex(words[5])


def right(packet, ttl, password, vhid, addresses):
    """CARP version 2 as in docs/reference/carp.md: the first 36 bytes."""
    if len(packet) < 36 or ttl != 255 or packet[0] != 0x21 or packet[1] != vhid or packet[3] != 7:
        return False
    told = b"\2\1" + bytes([vhid]) + b"".join(sorted(map(socket.inet_aton, addresses))) + packet[8:16]
    return (ones_sum(packet[:36]) == 0xFFFF
            and packet[16:36] == hmac.new(password.encode(), told, hashlib.sha1).digest())


def check(file, password, vhid, addresses):
    found = {}
    for source, destination, ttl, packet in packets(file):
        if len(packet) < 2 or packet[1] != vhid:
            continue
        about = found.setdefault(source, {"adverts": 0, "right": 0, "multicast": 0, "bytes": 0, "bowOuts": 0})
        about["adverts"] += 1
        about["right"] += right(packet, ttl, password, vhid, addresses)
        about["multicast"] += destination == "224.0.0.18"
        about["bytes"] = len(packet)
        about["bowOuts"] += len(packet) >= 36 and packet[2] == packet[5] == 255
    print(json.dumps(found))


def send(interface, file, source, vhid, byte2):
    last = [p for p in packets(file) if p[0] == source and p[3][1] == vhid and p[1] == "224.0.0.18"]
    if len(last) < 3:
        sys.exit(f"fewer than three adverts of {source} with vhid {vhid} in {file}")
    packet = bytearray(last[-3][3])
    if byte2 is not None:
        old, now = struct.unpack("!H", packet[2:4])[0], byte2 << 8 | packet[3]
        total = ones_sum(struct.pack("!HHH", ~struct.unpack("!H", packet[6:8])[0] & 0xFFFF, ~old & 0xFFFF, now))
        packet[2] = byte2
        packet[6:8] = struct.pack("!H", ~total & 0xFFFF)
    head = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0xE0, 20 + len(packet), 0, 0x4000, 255, 112, 0,
                                 socket.inet_aton(source), socket.inet_aton("224.0.0.18")))
    head[10:12] = struct.pack("!H", ~ones_sum(bytes(head)) & 0xFFFF)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0x0800))
    wire.send(GROUP_MAC + wire.getsockname()[4] + b"\x08\0" + bytes(head) + bytes(packet))


def main():
    words = sys.argv[1:]
    if len(words) == 3 and words[0] == "capture":
        capture(*words[1:])
    elif len(words) >= 5 and words[0] == "check":
        check(words[1], words[2], int(words[3]), words[4:])
    elif len(words) in (5, 6) and words[0] == "send":
        send(words[1], words[2], words[3], int(words[4]), int(words[5]) if len(words) == 6 else None)
    else:
        sys.exit(__doc__)


main()
