"""A web server's worker process, which the server does not take along when it is killed."""

import multiprocessing
import signal
import sys

from keyvault.processes.linux import die_with_parent


def end_with_server() -> None:
    """An orphan would keep the port and go on serving old code. Does nothing in a process that is no worker."""
    server = multiprocessing.parent_process()
    if sys.platform == "linux" and server is not None and server.pid is not None:
        die_with_parent(signal.SIGKILL, server.pid)
