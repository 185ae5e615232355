"""Loads a BPF program of two instructions and attaches it, as long as this process lives.

Run by the lab on a guest's network: `programs.py xdp|ingress|egress INTERFACE pass|drop`, or
`programs.py group DIRECTORY pass|drop`. Says "attached", and detaches at the end of its stdin.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
import sys

_CALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_LOAD, _ATTACH, _DETACH = 5, 8, 9

# linux/bpf.h: the type of the program, where it is attached, what it returns to pass a packet and to drop it.
_KINDS = {"xdp": (6, 37, 2, 1), "ingress": (3, 46, 0, 2), "egress": (3, 47, 0, 2), "group": (8, 0, 1, 0)}
_SKB_MODE = 2
_ALLOW_MULTI = 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_long]


def bpf(command: int, attributes: bytes) -> int:
    """bpf(2)."""
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    answer = int(_libc.syscall(_CALL, command, ctypes.addressof(buffer), len(attributes)))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def load(kind: str, returns: int) -> int:
    """r0 = returns; exit."""
    program_type, attach_type, _, _ = _KINDS[kind]
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, returns, 0x95, 0, 0, 0), 16)
    license_ = ctypes.create_string_buffer(b"GPL")
    expected = attach_type if kind == "group" else 0
    return bpf(_LOAD, struct.pack("<IIQQIIQII16sII", program_type, 2, ctypes.addressof(code), ctypes.addressof(license_),
                                  0, 0, 0, 0, 0, b"of_the_lab", 0, expected))


def set_xdp(index: int, program: int) -> None:
    """Like `ip link set xdpgeneric`: by rtnetlink, which tells everybody. -1: none."""
    nest = struct.pack("<HHi", 8, 1, program) + struct.pack("<HHI", 8, 3, _SKB_MODE)
    body = struct.pack("<BxHiII", 0, 0, index, 0, 0) + struct.pack("<HH", 4 + len(nest), 0x8000 | 43) + nest
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.send(struct.pack("<IHHII", 16 + len(body), 19, 5, 1, 0) + body)
        error = struct.unpack_from("<i", link.recv(4096), 16)[0]
    if error != 0:
        raise OSError(-error, os.strerror(-error))


def main() -> int:
    """Attaches, waits, detaches."""
    kind, where, what = sys.argv[1:]
    _, attach_type, passes, drops = _KINDS[kind]
    program = load(kind, passes if what == "pass" else drops)
    target = os.open(where, os.O_RDONLY | os.O_DIRECTORY) if kind == "group" else socket.if_nametoindex(where)
    if kind == "xdp":
        set_xdp(target, program)
    else:
        flags = _ALLOW_MULTI if kind == "group" else 0
        bpf(_ATTACH, struct.pack("<IIIIIIQ", target, program, attach_type, flags, 0, 0, 0))
    print("attached", flush=True)
    sys.stdin.read()
    if kind == "xdp":
        set_xdp(target, -1)
    else:
        bpf(_DETACH, struct.pack("<IIIIIIQ", target, program, attach_type, 0, 0, 0, 0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
