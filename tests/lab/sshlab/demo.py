#!/usr/bin/python3
"""Three ways to lock everybody out of a guest, and its serial console meanwhile. Started by demo.sh."""

from __future__ import annotations

import re
import signal
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sshlab import roots, spaces  # noqa: E402
from sshlab.console import Line  # noqa: E402
from sshlab.guest import Guest  # noqa: E402
from sshlab.machine import Failed  # noqa: E402

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = f"{CONFIG}.d/99-mine.conf"
WIDTH = 79


def say(text: str = "", first: str = "", then: str = "") -> None:
    """A paragraph, for 80 columns and for a pipe."""
    print(textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False), flush=True)


class Demo:
    """A guest whose console is shown as it grows."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self._shown = 0

    def show(self) -> list[Line]:
        """Prints the lines that are new on the console."""
        lines = self._guest.console_lines(self._shown)
        for line in lines:
            self._shown = line.end
            say(line.text, "  | ", "  |   ")
        return lines

    def until(self, what: str, wanted: Callable[[Line], bool], within: float = 20) -> None:
        """Shows the console until a line is there."""
        end = time.monotonic() + within
        while not any(wanted(line) for line in self.show()):
            if time.monotonic() > end:
                raise Failed(f"the console does not say: {what}")
            time.sleep(0.02)

    def until_ok(self) -> None:
        """Shows the console until all is well again."""
        self.until("OK, SSH works", lambda line: line.state == "OK" and "ends" in line.tag)

    def during(self, act: Callable[[], object]) -> None:
        """Shows the console while something is done to the guest."""
        failed: list[Exception] = []

        def run() -> None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - raised again below, where somebody sees it
                failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            self.show()
            thread.join(0.02)
        if failed:
            raise failed[0]

    def types(self, command: str) -> None:
        """Runs a command in the guest, as a person at its console would."""
        say(command, "  # ", "      ")
        self.during(lambda: self._guest.run(command, check=False))

    def login(self, works: bool = True) -> None:
        """A real ssh client tries; what it prints is shown."""
        tried = self._guest.ssh("echo Logged in as $USER on $(hostname) at $(date +%H:%M:%S)")
        answer = (tried.stdout + tried.stderr).strip()
        say("ssh alice@web-01", "  $ ")
        say(re.sub(r"10\.77\.0\.2", "web-01", answer), "  ", "  ")
        if (tried.rc == 0) != works:
            raise Failed(f"a login that should {'work' if works else 'fail'} ended with {tried.rc}")


def killed(demo: Demo, guest: Guest) -> None:
    """Heals."""
    say("1. sshd is killed (kill -9) as often as systemd restarts it, until systemd gives up: a VM without the agent "
        "would now be lost.")
    demo.during(guest.kill_sshd_until_failed)
    demo.until_ok()
    guest.expect_login(5)
    demo.login()


def typo(demo: Demo, guest: Guest) -> None:
    """Advises."""
    say("2. A typo in sshd_config, and a restart. That is for a person to mend: the agent says where, and "
        "starts sshd as soon as it is done.")
    demo.types(f"echo Prot 22 >>{CONFIG}; systemctl restart ssh")
    demo.until("SSH REFUSED", lambda line: line.state == "CRITICAL")
    demo.during(lambda: guest.wait(lambda: guest.unit("ssh", "ActiveState") == "failed", 5, "systemd to give up"))
    demo.login(works=False)
    demo.types(f"sed -i '/^Prot 22$/d' {CONFIG}")
    demo.until_ok()
    guest.expect_login(5)
    demo.login()


def staged(demo: Demo, guest: Guest) -> None:
    """Warns."""
    say("3. A file that sshd will not take is put in place, and nobody restarts it. Logins work until the "
        "next restart or reboot, which may be months away: the agent says so now.")
    demo.types(f"echo UsePAN yes >{DROP_IN}")
    demo.until("a warning", lambda line: line.state == "WARNING")
    demo.login()
    demo.types(f"rm {DROP_IN}")
    demo.until_ok()


def main() -> int:
    """The story; 0 when it went as told."""
    suite, deb = sys.argv[1:3]
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    root = roots.with_product(suite, Path(deb))
    begun = time.monotonic()
    with spaces.run(), Guest(root, name="web-01") as guest:
        demo = Demo(guest)
        booted = time.monotonic() - begun
        say(f"A {suite} guest with sshguardd, booted in {booted:.1f} s. What follows a | is its serial console, all that "
            "you can see of a VM that lets nobody in: one line for each event, broken here to fit. The sentence is for "
            "you, the brackets at its end are for programs.")
        demo.until("that all is well", lambda line: line.state == "OK")
        for step in (killed, typo, staged):
            if sys.stdout.isatty():
                time.sleep(2)  # somebody reads
            print(flush=True)
            step(demo, guest)
        print(flush=True)
        say(f"Done in {time.monotonic() - begun:.0f} s; the guest is gone. A guest to break by hand: tests/lab/shell "
            f"--suite {suite} --deb {deb}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stdout = None  # nobody reads any more, also not what Python would flush at its end
        sys.exit(141)
    except Failed as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(1)
