"""The control socket and what a person asks of the agent, with and without it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sshlab.guest import Guest

SOCKET = "/run/sshguardd/io.sshguardd.Agent"
AGENT = "io.sshguardd.Agent"
MAIN = "/etc/sshguardd/sshguardd.conf"

# Runs in the guest: orders as JSON lines in, answers as JSON lines out. Connections have numbers.
_CLIENT = r"""
import json, socket, sys
connections = {}
def answer(value): print(json.dumps(value), flush=True)
def frame(connection, limit=10.0):
    connection.settimeout(limit)
    text = b""
    try:
        while not text.endswith(b"\0"):
            got = connection.recv(1)
            if not got: return "closed"
            text += got
    except TimeoutError: return "nothing"
    except ConnectionError: return "closed"
    return json.loads(text[:-1])
for order in sys.stdin:
    order = json.loads(order)
    name = order.get("on", 0)
    if order["do"] == "open":
        connections[name] = socket.socket(socket.AF_UNIX)
        connections[name].connect("/run/sshguardd/io.sshguardd.Agent")
        answer("open")
    elif order["do"] == "send":
        try: connections[name].sendall(order["text"].encode("latin-1"))
        except ConnectionError: pass
        answer("sent")
    elif order["do"] == "read": answer(frame(connections[name], order.get("limit", 10.0)))
    elif order["do"] == "close":
        connections.pop(name).close()
        answer("closed")
"""


class Client:
    """Somebody in the guest who speaks Varlink, well or badly."""

    def __init__(self, guest: Guest) -> None:
        self._process = guest.popen(["python3", "-c", _CLIENT])

    def _order(self, **order: object) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def open(self, on: int = 0) -> None:
        """A new connection under this number."""
        self._order(do="open", on=on)

    def send(self, text: str, on: int = 0) -> None:
        """Bytes, as they are."""
        self._order(do="send", on=on, text=text)

    def read(self, on: int = 0, limit: float = 10.0) -> Any:
        """The next frame; "closed" at the end; "nothing" where none comes."""
        return self._order(do="read", on=on, limit=limit)

    def close(self, on: int = 0) -> None:
        """Ends a connection."""
        self._order(do="close", on=on)

    def call(self, method: str, on: int = 0, **parameters: object) -> Any:
        """One call, one answer."""
        self.send(json.dumps({"method": method, "parameters": parameters}) + "\0", on)
        return self.read(on, 60.0)

    def end(self) -> None:
        """All connections end."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def client(guest: Guest) -> Iterator[Client]:
    """A client in the guest, connected once."""
    one = Client(guest)
    one.open()
    yield one
    one.end()


def descriptors(guest: Guest) -> int:
    """How many the agent has open."""
    return guest.cost().descriptors


def at_rest(guest: Guest) -> int:
    """How many, once it has nothing to do: a child that looks at something takes some."""
    seen = [descriptors(guest)]
    while seen[-3:] != [seen[-1]] * 3:
        time.sleep(0.3)
        seen.append(descriptors(guest))
    return seen[-1]


def heals(guest: Guest) -> list[dict[str, Any]]:
    """All that was healed in this boot, the newest last."""
    return list(json.loads(guest.ctl("history", "--json", "-n", "50").stdout)["heals"])


@contextmanager
def healing_off(guest: Guest) -> Iterator[None]:
    """The agent only watches."""
    guest.write(MAIN, "[heal]\nenabled = no\n")
    guest.run("systemctl reload sshguardd")
    yield
    guest.write(MAIN, "")
    guest.run("systemctl reload sshguardd")


def test_the_socket_introduces_itself(guest: Guest, client: Client) -> None:
    assert guest.run(["stat", "-c", "%a %U %F", SOCKET]).stdout.strip() == "600 root socket"
    refused = guest.run(["runuser", "-u", "alice", "--", "python3", "-c",
                         f"import socket; socket.socket(socket.AF_UNIX).connect({SOCKET!r})"], check=False)
    assert "PermissionError" in refused.stderr

    info = client.call("org.varlink.service.GetInfo")["parameters"]
    assert info["interfaces"] == ["org.varlink.service", AGENT] and info["product"] == "sshguardd"
    text = client.call("org.varlink.service.GetInterfaceDescription", interface=AGENT)["parameters"]["description"]
    assert text.splitlines()[2] == f"interface {AGENT}"
    assert "path" not in re.findall(r"^method.*$", text, re.M)
    status = client.call(f"{AGENT}.GetStatus")["parameters"]["status"]
    assert status["schema"] == 1 and status["state"] == "ok" and status["agent"]["running"]
    fresh = client.call(f"{AGENT}.Check", ids=["sshd.failed"])["parameters"]["status"]
    assert fresh["state"] == "ok" and fresh["findings"] == []


def test_systemds_own_client_understands_it(guest: Guest) -> None:
    if guest.run("command -v varlinkctl", check=False).rc != 0:
        assert guest.root.suite == "bookworm", "systemd has it since 255"
        return
    assert AGENT in guest.run(["varlinkctl", "info", SOCKET]).stdout
    shown = guest.run(["varlinkctl", "introspect", SOCKET, AGENT]).stdout
    for method in ("GetStatus", "Check", "Heal", "Pause", "Resume", "GetHistory", "Subscribe"):
        assert f"method {method}" in re.sub(r"\x1b\[[0-9;]*m", "", shown)
    called = guest.run(["varlinkctl", "call", "-j", SOCKET, f"{AGENT}.GetStatus", "{}"]).stdout
    assert json.loads(called)["status"]["state"] == "ok"
    bad = guest.run(["varlinkctl", "call", SOCKET, f"{AGENT}.Heal", '{"id":"no.such"}'], check=False)
    assert bad.rc != 0 and "UnknownFinding" in bad.stderr
    news = guest.popen(["varlinkctl", "call", "--more", "-j", SOCKET, f"{AGENT}.Subscribe", "{}"])
    assert news.stdout is not None
    first = json.loads(news.stdout.readline().lstrip("\x1e"))
    assert first["status"]["schema"] == 1
    assert guest.ctl("pause", "5m").rc == 0
    event = json.loads(news.stdout.readline().lstrip("\x1e"))["event"]
    assert event["kind"] == "paused" and event["by"] == "person"
    news.kill()
    news.communicate()


# What is sent, the error that answers it, and whether the connection ends with it.
BAD_FRAMES = [
    ("no json\0", "BadFrame", True),
    ("[1]\0", "BadFrame", True),
    ("{}\0", "BadFrame", True),
    ("[" * 100_000 + "\0", "BadFrame", True),
    ('{"method":"' + "x" * 70_000, "BadFrame", True),
    ('{"method":"io.sshguardd.Agent.GetStatus","upgrade":true}\0', "BadFrame", True),
    ('{"method":"\xff\xfe\x1b[31m.X"}\0', "BadFrame", True),
    ('{"method":"io.sshguardd.Agent.Reboot"}\0', "org.varlink.service.MethodNotFound", False),
    ('{"method":"io.systemd.Manager.Describe"}\0', "org.varlink.service.InterfaceNotFound", False),
    ('{"method":"io.sshguardd.Agent.Heal","parameters":{"id":"../../etc/passwd"}}\0', "UnknownFinding", False),
    ('{"method":"io.sshguardd.Agent.Heal","parameters":{"id":["sshd.failed"]}}\0',
     "org.varlink.service.InvalidParameter", False),
    ('{"method":"io.sshguardd.Agent.Heal","parameters":{"id":"sshd.failed","path":"/etc"}}\0',
     "org.varlink.service.InvalidParameter", False),
    ('{"method":"io.sshguardd.Agent.Pause","parameters":{"seconds":1e99}}\0',
     "org.varlink.service.InvalidParameter", False),
    ('{"method":"io.sshguardd.Agent.Subscribe"}\0', "org.varlink.service.ExpectedMore", False),
]


def test_bad_frames_are_answered(guest: Guest, client: Client) -> None:
    pid, before = guest.agent_pid(), at_rest(guest)
    for number, (frame, error, ends) in enumerate(BAD_FRAMES, 1):
        client.open(number)
        client.send(frame, number)
        answer = client.read(number)
        name = error if error.startswith("org.") else f"{AGENT}.{error}"
        assert answer["error"] == name, (frame[:80], answer)
        assert all(31 < ord(c) < 127 for c in json.dumps(answer, ensure_ascii=False))
        client.send(json.dumps({"method": f"{AGENT}.GetStatus"}) + "\0", number)
        after = client.read(number)
        assert (after == "closed") if ends else ("status" in after["parameters"]), frame[:80]
        client.close(number)
    # Half a call, and then nothing, is ended by a deadline; whoever asks in between is answered.
    client.open(99)
    client.send('{"method":', 99)
    assert client.call(f"{AGENT}.GetStatus")["parameters"]["status"]["state"] == "ok"
    assert client.read(99, 20.0)["error"] == f"{AGENT}.TimedOut"
    assert client.read(99) == "closed"
    client.close(99)
    guest.wait(lambda: descriptors(guest) <= before, 3, "all its connections to be closed")
    assert guest.agent_pid() == pid and guest.status()["state"] == "ok"


def test_many_clients(guest: Guest, client: Client) -> None:
    before = at_rest(guest)
    for number in range(1, 40):
        client.open(number)
    answers = [client.read(number, 5.0) for number in range(36, 40)]
    assert {answer["error"] for answer in answers} == {f"{AGENT}.TooManyClients"}
    assert client.call(f"{AGENT}.GetStatus", on=5)["parameters"]["status"]["state"] == "ok"
    # Calls that come together are answered in their order, also by one who reads late.
    client.send((json.dumps({"method": f"{AGENT}.GetStatus"}) + "\0") * 200, 6)
    assert all("status" in client.read(6)["parameters"] for _ in range(200))
    for number in range(1, 40):
        client.close(number)
    guest.wait(lambda: descriptors(guest) <= before, 3, "all its connections to be closed")
    client.open(1)
    assert client.call(f"{AGENT}.GetStatus", on=1)["parameters"]["status"]["state"] == "ok"


def test_a_person_heals(guest: Guest) -> None:
    nothing = guest.ctl("heal")
    assert (nothing.rc, nothing.stdout) == (0, "nothing to heal\n")
    assert guest.ctl("heal", "sshd.failed").stdout == "sshd.failed: nothing to heal: it is not so now\n"
    assert guest.ctl("heal", "sshd.fialed").rc == 64
    with healing_off(guest):
        guest.kill_sshd_until_failed()
        told = guest.expect_console(id="sshd.failed", state="CRITICAL")
        assert "sshguardctl heal" in told.sentence or "systemctl" in told.sentence
        plain = guest.ctl("heal", "sshd.failed")
        assert plain.rc == 3
        assert "[heal] enabled = no" in plain.stdout and "sshguardctl heal sshd.failed --once" in plain.stdout
        dry = guest.ctl("heal", "sshd.failed", "--once", "--dry-run")
        assert dry.rc == 0 and "reset-failed ssh.service" in dry.stdout and "restart ssh.service" in dry.stdout
        assert guest.unit("ssh.service", "ActiveState") == "failed" and heals(guest) == []
        done = guest.ctl("heal", "sshd.failed", "--once")
        assert done.rc == 0 and done.stdout.startswith("sshd.failed: healed in ")
        guest.expect_login()
        guest.expect_console(id="sshd.failed", state="OK", ends=told.seq)
        [heal] = heals(guest)
        assert heal["outcome"] == "healed" and heal["asked_by"].startswith("uid ")
        assert heal["asked_by"] in guest.ctl("history").stdout


def test_a_person_cannot_heal_past_the_guards(guest: Guest) -> None:
    guest.append("/etc/ssh/sshd_config", "Prot 22\n")
    guest.run("systemctl restart ssh.service", check=False)
    guest.expect_console(id="sshd.config-invalid", state="CRITICAL", within=5)
    guest.wait(lambda: guest.unit("ssh.service", "ActiveState") == "failed", 10, "systemd to give up")
    refused = guest.ctl("heal", "sshd.failed", "--once")
    assert refused.rc == 3 and "--once" not in refused.stdout, "consent does not help"
    assert heals(guest) == []


def test_a_pause(guest: Guest) -> None:
    assert guest.ctl("pause", "8d").rc == 64 and guest.ctl("pause", "soon").rc == 64
    assert "paused until" in guest.ctl("pause", "10m").stdout
    guest.expect_console(healing="paused", says="sshguardctl resume")
    guest.wait(lambda: guest.status()["agent"]["healing"].startswith("paused until"), 3, "the status to say it")
    guest.run("systemctl restart sshguardd")
    guest.wait(lambda: guest.status()["agent"]["healing"].startswith("paused until"), 5, "a pause that outlasts the agent")
    guest.kill_sshd_until_failed()
    told = guest.expect_console(id="sshd.failed", state="CRITICAL", within=5)
    assert "DO: sshguardctl resume (healing is paused)" in told.sentence
    guest.expect_quiet(3)
    assert guest.unit("ssh.service", "ActiveState") == "failed"
    assert guest.ctl("resume").stdout.startswith("the pause is over")
    guest.expect_console(healing="resumed", says="A person ended the pause: healing goes on")
    guest.expect_console(id="sshd.failed", ends=True, by="agent", within=5)
    guest.expect_login()
    assert guest.ctl("resume").stdout.startswith("there was no pause")
    # A short one ends by itself.
    assert guest.ctl("pause", "2s").rc == 0
    guest.expect_console(healing="paused")
    guest.expect_console(healing="resumed", says="The pause is over: healing goes on", within=5)


def test_watch_tells_each_change(guest: Guest) -> None:
    news = guest.popen(["sshguardctl", "status", "--watch"])
    deaf = Client(guest)
    deaf.open()
    deaf.send(json.dumps({"method": f"{AGENT}.Subscribe", "more": True}) + "\0")
    assert news.stdout is not None
    assert " OK " in news.stdout.readline()
    guest.kill_sshd_until_failed()
    lines = [news.stdout.readline()]
    while "[sshd.failed]" not in lines[-1] or " OK " not in lines[-1]:
        lines.append(news.stdout.readline())
        assert lines[-1] and len(lines) < 10, lines
    assert " CRITICAL " in lines[0]
    guest.run("systemctl stop sshguardd")
    assert news.wait(10) == 3
    news.communicate()
    deaf.end()


def test_without_the_agent(guest: Guest) -> None:
    guest.run("systemctl stop sshguardd")
    assert not guest.run(["test", "-e", SOCKET], check=False).rc == 0, "no socket without an agent"
    guest.kill_sshd_until_failed()
    dry = guest.ctl("heal", "--dry-run")
    assert dry.rc == 0 and "sshguardd is not running" in dry.stderr and "restart ssh.service" in dry.stdout
    assert guest.unit("ssh.service", "ActiveState") == "failed"
    with _lock_of_another(guest):
        held = guest.ctl("heal")
        assert held.rc == 3 and "is held by process" in held.stderr
    done = guest.ctl("heal")
    assert done.rc == 0 and "sshd.failed: healed in" in done.stdout
    guest.expect_login()
    assert [heal["outcome"] for heal in heals(guest)] == ["healed"]
    guest.run("systemctl start sshguardd")
    guest.wait(lambda: guest.status()["agent"]["running"], 5, "the agent")
    assert [heal["outcome"] for heal in heals(guest)] == ["healed"], "one ledger for both"


def test_the_agent_waits_for_who_heals(guest: Guest) -> None:
    guest.run("systemctl stop sshguardd")
    before = guest.read("/run/sshguardd/ledger.json")
    with _lock_of_another(guest):
        guest.run("systemctl start sshguardd")
        guest.kill_sshd_until_failed()
        since = guest.mark()
        guest.run("systemctl reload sshguardd", check=False)
        guest.expect_quiet(3, since)
        assert guest.unit("ssh.service", "ActiveState") == "failed"
        assert guest.read("/run/sshguardd/ledger.json") == before
    guest.expect_console(id="sshd.failed", ends=True, by="agent", within=8)
    guest.expect_login()
    assert guest.run(["test", "-S", SOCKET], check=False).rc == 0


@contextmanager
def _lock_of_another(guest: Guest) -> Iterator[None]:
    holder = guest.popen(["flock", "/run/sshguardd/lock", "-c", "echo held; sleep 60"])
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        guest.run("pkill -f 'echo held'", check=False)
        holder.kill()
        holder.communicate()


def test_brief_fits_a_run_command(guest: Guest) -> None:
    assert guest.ctl("status", "--brief").stdout.startswith("OK ")
    guest.append("/etc/ssh/sshd_config", "Prot 22\n" * 200)
    guest.run("systemctl restart ssh.service", check=False)
    guest.expect_console(id="sshd.config-invalid", state="CRITICAL", within=5)
    shown = guest.ctl("status", "--brief")
    assert shown.rc == 2 and len(shown.stdout) < 4096
    assert shown.stdout.startswith("CRITICAL ") and "sshd.config-invalid" in shown.stdout
    assert guest.ctl("status", "--brief", "--json").rc == 64


def test_every_id_is_explained(guest: Guest) -> None:
    ids = [words[0] for words in map(str.split, guest.ctl("list").stdout.splitlines()) if words and "." in words[0]]
    assert len(ids) >= 30 and len(set(ids)) == len(ids)
    for finding in ids:
        text = guest.ctl("explain", finding).stdout
        assert text.startswith(f"{finding}: ") and "What to do" in text, text


def test_commands_are_explained_by_the_names_of_this_machine(guest: Guest) -> None:
    assert "systemctl start ssh.service" in guest.ctl("explain", "sshd.stopped").stdout
    units = "/usr/lib/systemd/system"
    guest.run(f"mv {units}/ssh.service {units}/sshd.service")
    assert "systemctl start sshd.service" in guest.ctl("explain", "sshd.stopped").stdout


def test_a_closed_output_is_told_and_written_nowhere_else(guest: Guest) -> None:
    guest.run("systemctl stop sshguardd")
    closed = guest.run("sshguardctl heal >&-", check=False)
    assert closed.rc == 3 and "standard output" in closed.stderr, closed
    assert "heal" not in guest.read("/run/sshguardd/lock")
    assert guest.run("sshguardctl heal >&- 2>&- <&-", check=False).rc == 3
    for command in ("sshguardctl --help", "sshguardctl --version", "sshguardctl list"):
        assert guest.run(f"{command} >/dev/full", check=False).rc == 3, command
    for command in ("/usr/sbin/sshguardd --help", "/usr/sbin/sshguardd --version"):
        assert guest.run(f"{command} >/dev/full", check=False).rc == 1, command


def test_one_agent_is_enough(guest: Guest) -> None:
    second = guest.run("/usr/sbin/sshguardd", check=False, timeout=20)
    assert second.rc == 1 and "it runs already: " in second.stderr, second
    assert str(guest.agent_pid()) in second.stderr, second
    guest.expect_login()


def test_options_before_the_command(guest: Guest) -> None:
    assert json.loads(guest.ctl("--json", "history").stdout)["schema"] == 1
    assert json.loads(guest.ctl("--json", "access", "alice").stdout)["answer"] == "in"
    assert json.loads(guest.ctl("--json", "verify-flow", "--from", "10.0.0.1").stdout)["schema"] == 1
    assert guest.ctl("--brief").stdout == guest.ctl("status", "--brief").stdout
    for wrong in (["--json", "list"], ["--json", "pause", "2h"], ["--brief", "list"], ["--json", "rollback", "--list"],
                  ["--brief", "--json"], ["--watch", "check"]):
        done = guest.ctl(*wrong)
        assert done.rc == 64 and "See: sshguardctl --help" in done.stderr and not done.stdout, (wrong, done)
    user = guest.run("setpriv --reuid=65534 --regid=65534 --clear-groups sshguardctl access 'a b' --from 10.0.0.1",
                     check=False)
    assert user.rc == 3 and "run: sudo sshguardctl access 'a b' --from 10.0.0.1" in user.stderr, user
