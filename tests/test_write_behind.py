"""Facts written behind: merged in memory, handed over in batches, kept while the database is away, written at exit."""

import operator
import subprocess
import sys
from collections.abc import Iterator, Mapping
from unittest import TestCase, mock

from django.db import OperationalError

from keyvault import write_behind
from keyvault.write_behind import WriteBehind

_PROCESS = """
import multiprocessing
import sys
from keyvault import write_behind

def serve():
    waiting = write_behind.WriteBehind(lambda facts: print(dict(facts), flush=True), lambda kept, new: kept + new)
    write_behind.start()
    waiting.note("reads", 2)
    waiting.note("reads", 3)

if sys.argv[1] == "alone":
    serve()
else:
    worker = multiprocessing.get_context("fork").Process(target=serve)
    worker.start()
    worker.join()
"""


class WriteBehindTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(write_behind, "_all", []))
        self.batches: list[dict[str, int]] = []
        self.outages: Iterator[bool] = iter(())
        self.waiting: WriteBehind[str, int] = WriteBehind(self.write, operator.add)

    def write(self, facts: Mapping[str, int]) -> None:
        if next(self.outages, False):
            raise OperationalError
        self.batches.append(dict(facts))

    def test_facts_of_one_key_are_merged(self) -> None:
        for key, fact in (("a", 1), ("b", 5), ("a", 2)):
            self.waiting.note(key, fact)
        self.waiting.flush()
        self.assertEqual(self.batches, [{"a": 3, "b": 5}])

    def test_nothing_is_written_twice_and_nothing_is_not_written(self) -> None:
        self.waiting.note("a", 1)
        self.waiting.flush()
        self.waiting.flush()
        self.assertEqual(self.batches, [{"a": 1}])

    def test_what_could_not_be_written_is_merged_with_what_came_since(self) -> None:
        self.outages = iter([True])
        self.waiting.note("a", 1)
        with self.assertRaises(OperationalError):
            self.waiting.flush()
        self.waiting.note("a", 2)
        self.waiting.flush()
        self.assertEqual(self.batches, [{"a": 3}])

    def test_one_that_cannot_be_written_does_not_stop_the_others(self) -> None:
        other: WriteBehind[str, int] = WriteBehind(self.write, operator.add)
        self.outages = iter([True])
        self.waiting.note("a", 1)
        other.note("b", 2)
        with self.assertLogs("keyvault.write_behind", "WARNING") as logged:
            write_behind._flush_all()
        self.assertEqual((self.batches, len(logged.output)), ([{"b": 2}], 1))

    def test_a_process_that_ends_writes_what_it_still_holds(self) -> None:
        for kind in ("alone", "as a worker"):
            with self.subTest(kind):
                command = [sys.executable, "-c", _PROCESS, kind]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                self.assertEqual(done.stdout.strip(), "{'reads': 5}")
