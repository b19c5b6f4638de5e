"""A service on a volume, and its client: lines that must not be lost.

    notes.py start DIRECTORY PORT     serves in the background, as a service of a VirtualIP is started
    notes.py stop DIRECTORY           ends it, if it runs, and waits for that
    notes.py write ADDRESS PORT ACKS NAME    sends one line after the other until it is ended
    notes.py listen ADDRESS PORT FILE            sends nothing, waits for its connection to end, and notes when in FILE
    notes.py check DIRECTORY ACKS     whether every acknowledged line is there

The server answers a line when it is in DIRECTORY/notes and synced. The client gives an address up that is silent for half a
second and tries again; with each answer it notes the time in microseconds and the line in ACKS. Runs on Debian's Python alone.
"""

import os
import signal
import socket
import sys
import time

SILENCE = 0.5


def serve(directory, port):
    path = os.path.join(directory, "notes")
    out = open(path, "ab+", buffering=0)
    end = out.seek(0, os.SEEK_END)
    if end > 0:
        out.seek(end - 1)
        if out.read(1) != b"\n":  # what a dead server had under way
            out.write(b"\n")
    server = socket.create_server(("", port), backlog=16)  # before the address is there
    while True:
        client, _ = server.accept()
        client.settimeout(2 * SILENCE)
        try:
            with client, client.makefile("rb") as lines:
                for line in lines:
                    out.write(line)
                    os.fsync(out.fileno())
                    client.sendall(line)
        except OSError:
            continue  # that client has gone


def start(directory, port):
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        serve(directory, port)
    with open(os.path.join(directory, "pid"), "w") as out:
        out.write(str(child))
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return 0
        except OSError:
            if os.waitpid(child, os.WNOHANG)[0]:
                break
            time.sleep(0.01)
    print("the service does not answer")
    return 1


def stop(directory):
    try:
        with open(os.path.join(directory, "pid")) as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGTERM)
        while os.path.exists(f"/proc/{pid}/fd/3"):
            time.sleep(0.01)
    except (FileNotFoundError, ProcessLookupError):
        return 0  # stopped already
    return 0


def write(address, port, acks, name):
    out = open(acks, "ab", buffering=0)
    number = 1
    while True:
        try:
            with socket.create_connection((address, port), SILENCE) as server:
                server.settimeout(SILENCE)
                answers = server.makefile("rb")
                while True:
                    line = f"{name} {number}\n".encode()
                    server.sendall(line)
                    if answers.readline() != line:
                        break
                    out.write(f"{time.time_ns() // 1000} ".encode() + line)
                    number += 1
        except OSError:
            time.sleep(0.02)


def listen(address, port, path):
    with open(path, "w", buffering=1) as out, socket.create_connection((address, port)) as server:
        out.write("connected\n")
        try:
            server.recv(1)
            out.write("closed in order\n")
        except OSError:
            out.write(f"{time.time_ns() // 1000}\n")


def check(directory, acks):
    with open(os.path.join(directory, "notes"), "rb") as file:
        there = set(file.read().splitlines())
    times, lost = [], 0
    with open(acks, "rb") as file:
        for ack in file:
            when, _, line = ack.rstrip(b"\n").partition(b" ")
            times.append(int(when))
            lost += line not in there
    gap = max((b - a for a, b in zip(times, times[1:])), default=0)
    print(f"{len(times)} lines acknowledged, {lost} lost, the longest silence was {gap // 1000} ms")
    return 0 if times and not lost else 1


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb in ("start", "write", "listen"):
        rest[1] = int(rest[1])
    sys.exit({"start": start, "stop": stop, "write": write, "listen": listen, "check": check}[verb](*rest))
