"""Requests that come at the same moment share one piece of work, and its fate."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from unittest import TestCase

from keyvault.fastpath.together import SIZES, Failed, Together


class _Gate:
    """Work that squares numbers, whose first group waits until the test opens the gate."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.groups: list[list[int]] = []
        self.together = Together[int, int](self._work)

    def _work(self, asked: Sequence[int]) -> list[int]:
        self.groups.append(list(asked))
        self.entered.set()
        self.opened.wait(30)
        if -1 in asked:
            raise OSError
        return [number * number for number in asked]

    def wait_for(self, waiting: int) -> None:
        while len(self.together._waiting) < waiting:
            self.entered.wait(0.001)


class TogetherTests(TestCase):
    def setUp(self) -> None:
        self.gate = _Gate()
        self.threads = ThreadPoolExecutor(32)
        self.addCleanup(self.threads.shutdown)
        self.addCleanup(self.gate.opened.set)

    def test_one_alone_waits_for_nobody(self) -> None:
        self.gate.opened.set()
        self.assertEqual([self.gate.together.ask(number) for number in (2, 3)], [4, 9])
        self.assertEqual(self.gate.groups, [[2], [3]])

    def test_those_that_come_while_one_works_are_served_in_groups_and_each_gets_its_own(self) -> None:
        first = self.threads.submit(self.gate.together.ask, 100)
        self.gate.entered.wait(30)
        others = [self.threads.submit(self.gate.together.ask, number) for number in range(11)]
        self.gate.wait_for(11)
        self.gate.opened.set()
        self.assertEqual([other.result(30) for other in (first, *others)], [10000, *(n * n for n in range(11))])
        self.assertEqual([len(group) for group in self.gate.groups], [1, 8, 2, 1])
        self.assertLessEqual({len(group) for group in self.gate.groups}, set(SIZES))

    def test_a_failure_is_that_of_its_group_only(self) -> None:
        first = self.threads.submit(self.gate.together.ask, 100)
        self.gate.entered.wait(30)
        unlucky = [self.threads.submit(self.gate.together.ask, number) for number in (5, -1)]
        self.gate.wait_for(2)
        self.gate.opened.set()
        self.assertEqual(first.result(30), 10000)
        for one in unlucky:
            self.assertRaises(Failed, one.result, 30)
        self.assertEqual(self.gate.together.ask(6), 36)

    def test_nothing_is_lost_or_mixed_up_under_load(self) -> None:
        self.gate.opened.set()
        numbers = range(5000)
        answers = list(self.threads.map(self.gate.together.ask, numbers))
        self.assertEqual(answers, [number * number for number in numbers])
        self.assertEqual(sorted(number for group in self.gate.groups for number in group), list(numbers))
