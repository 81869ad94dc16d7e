"""One line for each step: what was done and seen. The first that does not hold ends the demo."""

import sys
from collections.abc import Callable

from demo.client import Answer


def step(what: str, answer: Answer, status: int, held: Callable[[], bool] = lambda: True, contains: str = "") -> None:
    """Never prints a value or a token."""
    good = answer.status == status and contains in answer.body and held()
    print(f"{'ok ' if good else 'NO '} {answer.status}  {what}", flush=True)
    if not good:
        sys.exit(f"Expected {status}{f' with “{contains}”' if contains else ''}. The demo ends here.")


def expect(what: str, held: bool) -> None:
    print(f"{'ok ' if held else 'NO '}      {what}", flush=True)
    if not held:
        sys.exit("That was not expected. The demo ends here.")


def say(line: str) -> None:
    print(f"          {line}", flush=True)
