"""The client of a trial, in a network name space of its own: many connections at once.

Its answers: what connect(2) or the read behind it came to, in the words of ssh(1), or the number that the server
sent: "22". "silent": connected, and then nothing came.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import time

TIMED_OUT = os.strerror(errno.ETIMEDOUT)
SILENT = "silent"
FORGET = "neighbours are forgotten"
FORGET_COMMANDS = ("ip -6 neighbour flush nud permanent", "ip -6 neighbour flush all")
_AT_ONCE_GONE = struct.pack("ii", 1, 0)  # SO_LINGER: a reset, and nothing is left behind


class Try:
    """One connection under way."""

    def __init__(self, source: str, destination: str, port: int) -> None:
        self.answer = ""
        self.connected = False
        self.socket = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE_GONE)
        self.socket.bind((source, 0))
        failed = self.socket.connect_ex((destination, port))
        if failed not in (0, errno.EINPROGRESS):
            self.answer = os.strerror(failed)

    def ready(self) -> None:
        """Connected, refused, or there is something to read."""
        if not self.connected:
            try:
                self.socket.getpeername()
                self.connected = True  # SO_ERROR would tell of ICMP errors too that do not end it
            except OSError:
                self.answer = os.strerror(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            return
        try:
            self.answer = self.socket.recv(16).decode() or "closed"
        except OSError as failed:
            self.answer = os.strerror(failed.errno)


def connect_all(flows: list[tuple[str, str, int]], window_s: float) -> list[str]:
    """All of them beside each other; an answer for each."""
    tries = [Try(*flow) for flow in flows]
    with selectors.DefaultSelector() as selector:
        for one in tries:
            if not one.answer:
                selector.register(one.socket, selectors.EVENT_WRITE, one)
        end = time.monotonic() + window_s
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.ready()
                if key.data.answer:
                    selector.unregister(key.fileobj)
                elif key.data.connected:
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
    for one in tries:
        one.socket.close()
    return [one.answer or (SILENT if one.connected else TIMED_OUT) for one in tries]


def main() -> None:
    """A line of JSON asks, one answers."""
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            if (asked := json.loads(line)) == FORGET:
                for command in FORGET_COMMANDS:
                    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                print(json.dumps(FORGET), flush=True)
                continue
            flows, window_s = asked
            print(json.dumps(connect_all(flows, window_s)), flush=True)


if __name__ == "__main__":
    main()
