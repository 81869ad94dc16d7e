"""The last use of a token: noted without a statement, written a batch at a time, the latest one kept."""

import datetime as dt
from unittest import mock
from uuid import uuid4

import django.db
from django.test import SimpleTestCase
from django.utils import timezone

from keyvault.actor import Origin
from tests.cast import ORIGIN
from tests.tokens.scene import TokenTestCase
from tokens import last_use
from tokens.last_use import Use
from tokens.models import TokenUse

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


class LastUseTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        last_use.flush()  # what other tests left
        self.issued = self.personal(self.dev)
        self.token = self.issued.token

    def use(self) -> TokenUse:
        return TokenUse.objects.get(token=self.token)

    def test_who_is_admitted_is_noted_and_written_behind(self) -> None:
        before = timezone.now()
        for _ in range(3):
            self.with_token(self.issued)
        self.assertFalse(TokenUse.objects.exists())
        last_use.flush()
        use = self.use()
        self.assertEqual((use.address, use.agent, use.count, use.org_id), ("203.0.113.7", "tests", 3, self.acme.pk))
        self.assertGreaterEqual(use.last_at, before)

    def test_who_is_refused_is_not(self) -> None:
        self.dev.is_active = False
        self.dev.save()
        self.refused(self.issued)
        last_use.flush()
        self.assertFalse(TokenUse.objects.exists())

    def test_a_batch_is_one_statement(self) -> None:
        for number in range(20):
            self.with_token(self.of_service(f"service {number}"))
        with self.assertNumQueries(1):
            last_use.flush()
        with self.assertNumQueries(0):
            last_use.flush()
        self.assertEqual(TokenUse.objects.count(), 20)

    def test_the_later_use_stays_whichever_process_writes_last(self) -> None:
        last_use.note(self.token.pk, Origin("198.51.100.1", "new"), NOW + SECOND)
        last_use.flush()
        last_use.note(self.token.pk, Origin("198.51.100.2", "old"), NOW)
        last_use.flush()
        use = self.use()
        self.assertEqual((use.last_at, use.address, use.agent, use.count), (NOW + SECOND, "198.51.100.1", "new", 2))
        last_use.note(self.token.pk, Origin(None, "newest"), NOW + 2 * SECOND)
        last_use.flush()
        self.assertEqual((self.use().address, self.use().agent, self.use().count), (None, "newest", 3))

    def test_a_token_that_is_gone_is_left_out(self) -> None:
        last_use.note(uuid4(), ORIGIN, NOW)
        last_use.note(self.token.pk, ORIGIN, NOW)
        last_use.flush()
        self.assertEqual(TokenUse.objects.count(), 1)

    def test_what_could_not_be_written_is_written_the_next_time(self) -> None:
        last_use.note(self.token.pk, Origin("198.51.100.1", "first"), NOW)
        with (
            mock.patch("tokens.last_use._write", side_effect=django.db.OperationalError),
            self.assertRaises(django.db.Error),
        ):
            last_use.flush()
        last_use.note(self.token.pk, Origin("198.51.100.2", "second"), NOW + SECOND)
        last_use.flush()
        self.assertEqual((self.use().address, self.use().count), ("198.51.100.2", 2))

    def test_an_agent_is_cut_to_what_the_column_holds(self) -> None:
        last_use.note(self.token.pk, Origin(None, "a\0b" + "ü" * 500), NOW)
        last_use.flush()
        self.assertEqual(self.use().agent, "ab" + "ü" * 198)

    def test_a_list_shows_it(self) -> None:
        self.with_token(self.issued)
        last_use.flush()
        listed = type(self.token).objects.visible_to(self.actor(self.dev)).get(pk=self.token.pk)
        with self.assertNumQueries(0):
            self.assertEqual(listed.use.address, "203.0.113.7")


class UseTests(SimpleTestCase):
    def test_two_uses_are_one_with_both_counts_in_either_order(self) -> None:
        earlier, later = Use(NOW, "198.51.100.1", "old", 2), Use(NOW + SECOND, "198.51.100.2", "new", 3)
        both = Use(NOW + SECOND, "198.51.100.2", "new", 5)
        self.assertEqual((later.after(earlier), earlier.after(later), later.after(None)), (both, both, later))
