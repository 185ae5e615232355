"""The server of a trial: run in mount, pid and network name spaces of its own, it sets up its network and the client's.

It never reads or writes what it was asked by the firewall's tools: those are run beside it (`trial.py`), in its
name spaces.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flowlab import client
from flowlab.net import ALSO_LISTENED_ON, ELSEWHERE, INTERFACES, PORTS, SERVER, SOURCES

_CLONE_NEWNET = 0x40000000
# No error is held back, and what comes by another way than it would be answered by is not dropped.
_SETTINGS = {
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "100000",
    "net/ipv4/icmp_msgs_burst": "10000",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/ip_forward": "0",
    "net/ipv4/tcp_syncookies": "0",
}


def apply_settings() -> None:
    """Also behind programs that set their own, as ufw does."""
    for name, value in _SETTINGS.items():
        with contextlib.suppress(FileNotFoundError):  # some are the machine's alone
            Path("/proc/sys", name).write_text(value)
    for one in Path("/proc/sys/net/ipv4/conf").glob("*/rp_filter"):
        one.write_text("0")


def ip(commands: list[str]) -> None:
    """Many at once."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)


def hardware_address(device: str) -> str:
    """That the device got from the kernel."""
    out = subprocess.run(["ip", "-o", "link", "show", device], capture_output=True, text=True, check=True).stdout
    return out.split("link/ether ")[1].split()[0]


def set_up_server(client_pid: int) -> dict[str, str]:
    """The hardware addresses of the client's ends."""
    ip(["link set lo up", *(f"link add {own} type veth peer name {other}" for own, other in INTERFACES.items())])
    other_ends = {own: hardware_address(other) for own, other in INTERFACES.items()}
    commands = []
    for own, other in INTERFACES.items():
        v4, v6 = SERVER[own]
        commands += [f"link set {other} netns {client_pid}", f"address add {v4}/24 dev {own}",
                     f"address add {v6}/64 dev {own} nodad", f"link set {own} up"]
    ip(commands)
    ip([command for source in SOURCES for command in
        (f"route replace {source.address}/{128 if source.ipv6 else 32} dev {source.way_back}",
         f"neighbour replace {source.address} lladdr {other_ends[source.way_back]} dev {source.way_back} "
         "nud permanent")])
    ip([f"route replace {address} dev up1" for address in ELSEWHERE])
    return other_ends


def set_up_client(server_addresses: dict[str, str]) -> None:
    """In its own name space."""
    apply_settings()
    ip(["link set lo up", *(f"link set {device} up" for device in INTERFACES.values())])
    commands = []
    for source in SOURCES:
        device = INTERFACES[source.interface]
        commands.append(f"address add {source.address}/{128 if source.ipv6 else 32} dev {device}" +
                        (" nodad" if source.ipv6 else ""))
    for own, addresses in SERVER.items():
        for address in addresses:
            commands += [f"route replace {address}/{128 if ':' in address else 32} dev {INTERFACES[own]}",
                         f"neighbour replace {address} lladdr {server_addresses[own]} dev {INTERFACES[own]} "
                         "nud permanent"]
    ip(commands)


def serve(ports: tuple[int, ...], ready: Callable[[], None]) -> None:
    """Says on each connection which port it came to."""
    with selectors.DefaultSelector() as selector:
        for port in ports:
            listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512)
            selector.register(listener, selectors.EVENT_READ, port)
        ready()
        connections: list[tuple[float, socket.socket]] = []
        while True:
            for key, _ in selector.select(1):
                assert isinstance(key.fileobj, socket.socket)
                connection, _ = key.fileobj.accept()
                with contextlib.suppress(OSError):
                    connection.sendall(str(key.data).encode())
                connections.append((time.monotonic() + 10, connection))
            while connections and connections[0][0] < time.monotonic():
                connections.pop(0)[1].close()


def become_client(told: socket.socket) -> None:
    """The child: its commands come by our own standard input."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    told.sendall(b"x")
    addresses = dict(part.split("=") for part in told.recv(4096).decode().split())
    set_up_client(addresses)
    if os.fork() == 0:  # who is asked
        serve(PORTS, lambda: told.sendall(b"x"))
        os._exit(0)
    client.main()


def private_files() -> None:
    """Of what firewalls write: locks, and ufw's own files."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for path in ("/etc/ufw", "/etc/default", "/etc/alternatives"):
        if Path(path).is_dir():
            copy = tempfile.mkdtemp(dir="/run")
            subprocess.run(["cp", "-a", f"{path}/.", copy], check=True)
            subprocess.run(["mount", "--bind", copy, path], check=True)


def main() -> None:
    """Everything ends with whoever asked for it (spaces.isolated)."""
    private_files()
    own, other = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        own.close()
        become_client(other)
        os._exit(0)
    other.close()
    own.recv(1)
    apply_settings()
    set_up_server(pid)
    own.sendall(" ".join(f"{device}={hardware_address(device)}" for device in INTERFACES).encode())
    own.recv(1)
    serve((*PORTS, *ALSO_LISTENED_ON), lambda: print("ready", flush=True))


if __name__ == "__main__":
    sys.exit(main())
