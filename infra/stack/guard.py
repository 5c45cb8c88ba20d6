"""Starts one command so that it cannot outlive its parent.

Run as a plain script (`python -I -S guard.py PARENT_PID DEATH_SIGNAL USER COMMAND…`), it gives up root for
USER ("-" keeps the user), asks the kernel to send DEATH_SIGNAL when the parent dies, however it dies, and
becomes COMMAND.

The parent cannot do this itself: code between fork and exec is not safe in a process with threads, and the
kernel forgets the request when the user changes, so the order below matters. Outside Linux there is no such
request; there only an orderly stop of the parent ends the command.
"""

import ctypes
import os
import pwd
import shutil
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, death_signal: int, user: str, command: list[str]) -> None:
    """Replaces this process by `command`. Exits with 127 when it cannot be run."""
    # Found first: the other user may not be able to read this Python's own modules.
    program = shutil.which(command[0]) or command[0]
    if user != "-":
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the request was made
            os.kill(os.getpid(), signal.SIGKILL)
    try:
        os.execv(program, command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
