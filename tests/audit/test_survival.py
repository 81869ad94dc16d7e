"""An event outlives all that it names: it holds copies of the names and no foreign keys."""

from django.db import connection

from audit.models import Event
from audit.services import record
from tests.cast import CastTransactionTestCase


class SurvivalTests(CastTransactionTestCase):
    def test_events_stay_readable_when_everything_they_name_is_gone(self) -> None:
        actor, target = self.actor(self.dev), self.production.target
        receipt = record("secret:list", actor=actor, on=target)
        self.delete_everything()
        event = Event.objects.get(pk=receipt.event_id)
        names = {key: event.document[key]["name"] for key in ("actor", "org", "project", "env")}
        self.assertEqual(names, {"actor": actor.name, "org": "acme", "project": "shop", "env": "production"})
        self.assertEqual(event.receipt, receipt)

    def delete_everything(self) -> None:
        """As no service ever does: every row of every other table."""
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        kept = {"django_migrations", *(table for table in tables if table.startswith("crypto_"))}
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(sorted(set(tables) - kept))}")
        self.assertEqual(type(self.dev).objects.count(), 0)

    def test_no_table_is_tied_to_the_log(self) -> None:
        with connection.cursor() as cursor:
            ties = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND {} = 'audit_event'::regclass"
            for side in ("conrelid", "confrelid"):
                cursor.execute(ties.format(side))
                self.assertEqual(cursor.fetchone(), (0,))
