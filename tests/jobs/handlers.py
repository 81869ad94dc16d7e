"""Kinds of jobs that a real worker does in the tests; what it did is seen in a folder."""

import os
import time
from pathlib import Path

from keyvault.actor import Actor
from keyvault.jobs.registry import handles


@handles("tests.note")
def note(*, actor: Actor, folder: str) -> None:
    (Path(folder) / "done").write_text(actor.name)


@handles("tests.stall")
def stall(*, actor: Actor, folder: str) -> None:
    """Does not end in the worker that meets it first."""
    began = Path(folder) / "began"
    if not began.exists():
        began.write_text(str(os.getpid()))
        time.sleep(600)
    (Path(folder) / "done").write_text(actor.name)
