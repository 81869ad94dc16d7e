"""The months: made ahead by the app role without the owner's rights, visited one at a time."""

import datetime as dt
import io
import json
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.test import TestCase

from audit import partitions
from audit.models import Event
from audit.partitions import make_ahead, months_ahead
from audit.services import record
from keyvault.ids import uuid7_floor
from tests.audit.scene import ACME, events, owner, person, stripe


def partitions_in(plan: object) -> set[str]:
    """Every partition that a plan of EXPLAIN (FORMAT JSON) visits."""
    if isinstance(plan, list):
        return set().union(*map(partitions_in, plan))
    if not isinstance(plan, dict):
        return set()
    name = plan.get("Relation Name")
    return partitions_in(list(plan.values())) | ({name} if isinstance(name, str) else set())


class MonthsAheadTests(TestCase):
    def test_three_years_are_ready_after_migrate(self) -> None:
        self.assertEqual(months_ahead(), 36)

    def test_partitions_are_named_by_their_month(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
                "WHERE inhparent = 'audit_event'::regclass"
            )
            names = {name for (name,) in cursor.fetchall()}
        today = dt.datetime.now(dt.UTC)
        self.assertIn(f"audit_event_{today:%Y_%m}", names)
        self.assertIn(f"audit_event_{today.year + 3}_{today:%m}", names)

    def test_app_role_makes_more_and_the_making_is_an_event(self) -> None:
        self.assertEqual(make_ahead(38), 2)
        self.assertEqual((months_ahead(), partitions.unguarded()), (38, []))
        (event,) = events("audit:partitions")
        self.assertEqual((event.actor_type, event.document["details"]), ("system", {"made": 2}))

    def test_making_what_is_there_does_nothing_and_says_nothing(self) -> None:
        self.assertEqual(make_ahead(), 0)
        self.assertEqual((months_ahead(), events("audit:partitions")), (36, []))

    def test_app_role_does_not_own_what_it_had_made(self) -> None:
        make_ahead(37)
        for statement in ("DROP TABLE audit_parts.{}", "DELETE FROM audit_parts.{}", "TRUNCATE audit_parts.{}"):
            month = max(partitions._partitions())
            with (
                self.assertRaisesRegex(Error, "permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format(month))

    def test_command_makes_months_by_hand_and_says_what_is_there(self) -> None:
        answer = io.StringIO()
        call_command("audit", "partitions", months=37, stdout=answer)
        self.assertEqual(answer.getvalue(), "1 made, 37 months ahead.\n")

    def test_unreasonable_number_of_months_is_refused(self) -> None:
        for months in (-1, 121):
            with self.assertRaises(Error), transaction.atomic():
                make_ahead(months)
            with self.assertRaises(CommandError):
                call_command("audit", "partitions", months=months)

    def test_search_path_of_the_caller_does_not_lead_the_function_astray(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = pg_temp, public; SET LOCAL timezone = 'Asia/Tokyo'")
        self.assertEqual(make_ahead(37), 1)
        self.assertEqual(months_ahead(), 37)

    def test_gap_and_missing_month_are_noticed(self) -> None:
        now = dt.datetime.now(dt.UTC)
        this, next_ = f"audit_event_{now:%Y_%m}", f"audit_event_{now.replace(day=1) + dt.timedelta(days=32):%Y_%m}"
        with mock.patch.object(partitions, "_partitions", return_value={this, "audit_event_2999_01"}):
            self.assertEqual(months_ahead(), 0)
        with mock.patch.object(partitions, "_partitions", return_value={next_}):
            self.assertEqual(months_ahead(), -1)

    def test_making_a_month_waits_for_no_reader_and_no_writer(self) -> None:
        """CREATE ... PARTITION OF would: this test would then end at the lock timeout."""
        record("partition:open", actor=person(), on=stripe())
        with owner() as database:
            database.execute("SET LOCAL lock_timeout = '1s'")
            self.assertEqual(database.execute("SELECT audit_make_months(37)").fetchone(), (1,))


class PruningTests(TestCase):
    def visited(self, start: dt.datetime, end: dt.datetime) -> set[str]:
        query = Event.objects.filter(org_id=ACME.id).between(start, end)
        return partitions_in(json.loads(query.explain(format="json")))

    def test_time_filter_visits_one_month(self) -> None:
        month = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self.assertEqual(self.visited(month, month + dt.timedelta(days=28)), {f"audit_event_{month:%Y_%m}"})

    def test_two_ends_of_a_month_are_in_its_partition(self) -> None:
        month = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        after = (month + dt.timedelta(days=32)).replace(day=1)
        self.assertEqual(self.visited(month, after), {f"audit_event_{month:%Y_%m}"})

    def test_one_event_is_found_in_one_month(self) -> None:
        receipt = record("pruning:one", actor=person(), on=stripe())
        plan = Event.objects.filter(pk=receipt.event_id).explain(format="json")
        self.assertEqual(len(partitions_in(json.loads(plan))), 1)

    def test_bounds_in_sql_are_those_of_python(self) -> None:
        moments = [
            dt.datetime(2026, 11, 21, 6, 30, 26, microsecond, tzinfo=dt.UTC)
            for microsecond in (0, 1, 999, 1000, 123_000, 123_456, 999_999)
        ]
        with connection.cursor() as cursor:
            for moment in moments:
                cursor.execute("SELECT uuid7_floor(%s)", [moment])
                self.assertEqual(cursor.fetchone(), (uuid7_floor(moment),))
