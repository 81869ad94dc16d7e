"""Keys that sort by time, and of which no two are alike, whoever makes them."""

import os
import threading
from uuid import RFC_4122, UUID

from keyvault.ids import uuid7


def test_they_are_of_version_7_and_sort_as_they_were_made() -> None:
    made = [uuid7() for _ in range(2000)]
    assert {(key.version, key.variant) for key in made} == {(7, RFC_4122)}
    assert [key.int >> 80 for key in made] == sorted(key.int >> 80 for key in made)


def test_threads_share_no_randomness() -> None:
    made: list[int] = []

    def make() -> None:
        made.extend(_tail(uuid7()) for _ in range(5000))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 40_000


def test_a_forked_process_does_not_go_on_with_its_parents() -> None:
    uuid7()  # what was drawn at once is in memory now
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"".join(uuid7().bytes for _ in range(100)))
        os._exit(0)
    os.waitpid(child, 0)
    its = os.read(reading, 1600)
    os.close(reading)
    os.close(writing)
    theirs = {_tail(UUID(bytes=its[at : at + 16])) for at in range(0, 1600, 16)}
    assert len(theirs) == 100
    assert not theirs & {_tail(uuid7()) for _ in range(1000)}


def _tail(key: UUID) -> int:
    return key.int & (1 << 62) - 1
