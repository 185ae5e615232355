"""Programs that run in a guest and make events as fast as it can; they print how many."""

from __future__ import annotations

# DIRECTORY LIMIT SECONDS: new times for files in a watched directory. In turn, since the kernel folds equal events.
TOUCHES = """
import os, sys, time

directory, limit, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
names = [f"{directory}/flood-{number}.conf" for number in range(4)]
for name in names:
    open(name, "w").close()
made, end = 0, time.monotonic() + seconds
while made < limit and (made % 256 or time.monotonic() < end):
    os.utime(names[made % 4])
    made += 1
for name in names:
    os.unlink(name)
print(made)
"""

# UNIT LIMIT SECONDS: jobs for a unit that is active already, each of which makes systemd announce its properties. By
# the bus's own protocol: a program for each call would be slower than systemd is.
UNIT_CHANGES = """
import socket, struct, sys, time

unit, limit, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
bus = socket.socket(socket.AF_UNIX)
bus.settimeout(20)
bus.connect("/run/dbus/system_bus_socket")
bus.sendall(b"\\0AUTH EXTERNAL 30\\r\\n")
assert bus.recv(256).startswith(b"OK")
bus.sendall(b"BEGIN\\r\\n")
incoming = bus.makefile("rb")

def padded(data, to):
    return data + bytes(-len(data) % to)

def text(value):
    return struct.pack("<I", len(value)) + value.encode() + b"\\0"

def call(name, path, member, words):
    fields = b""
    for code, kind, value in ((1, "o", path), (2, "s", name + (".Manager" if "/systemd1" in path else "")),
                              (3, "s", member), (6, "s", name)):
        fields = padded(fields, 8) + bytes([code, 1]) + kind.encode() + b"\\0" + text(value)
    body = b""
    for word in words:
        body = padded(body, 4) + text(word)
    if words:
        fields = padded(fields, 8) + bytes([8, 1]) + b"g\\0" + bytes([len(words)]) + b"s" * len(words) + b"\\0"
    begin = struct.pack("<cBBBI", b"l", 1, 0, 1, len(body))
    rest = struct.pack("<I", len(fields)) + padded(fields, 8) + body
    return lambda serial: begin + struct.pack("<I", serial) + rest

def answers(count):
    while count > 0:
        kind, body, fields = struct.unpack("<xBxxIxxxxI", incoming.read(16))
        incoming.read(fields + -fields % 8 + body)
        assert kind != 3, "an error"
        count -= kind == 2

bus.sendall(call("org.freedesktop.DBus", "/org/freedesktop/DBus", "Hello", [])(1))
answers(1)
made, batch, end = 0, 32, time.monotonic() + seconds
start = call("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "StartUnit", [unit, "replace"])
while made < limit and time.monotonic() < end:
    bus.sendall(b"".join(start(2 + made + number) for number in range(batch)))
    answers(batch)
    made += batch
print(made)
"""
