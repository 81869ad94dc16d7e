"""Reading the log: one organization's, within a token's reach, by the four usual questions."""

import datetime as dt
from uuid import uuid4

from django.db import connection
from django.test import TestCase

from audit.delegated import REFUSE
from audit.models import Event
from audit.querysets import EventQuerySet
from audit.services import record
from keyvault.actor import anonymous, system
from keyvault.ids import uuid7_time
from keyvault.target import Ref, Target
from tests.audit.scene import ACME, PAYMENTS, PRODUCTION, STRIPE, events, person, stripe, token
from tests.log import events_of_this_test

GLOBEX = Ref(uuid4(), "Globex")


def actions(found: EventQuerySet) -> set[str]:
    return {event.action for event in found}


class ScopeTests(TestCase):
    def setUp(self) -> None:
        record("scope:acme", actor=person(), on=Target(org=ACME))
        record("scope:globex", actor=person(), on=Target(org=GLOBEX))
        record("scope:instance", actor=system("x"), on=Target(org=None))
        record("scope:payments", actor=person(), on=Target(org=ACME, project=PAYMENTS))
        record("scope:production", actor=person(), on=stripe())

    def seen_by(self, **changes: object) -> set[str]:
        return actions(Event.objects.visible_to(person(**changes)))

    def test_actor_sees_the_own_organization_only(self) -> None:
        self.assertEqual(self.seen_by(), {"scope:acme", "scope:payments", "scope:production"})
        self.assertEqual(self.seen_by(org_id=GLOBEX.id), {"scope:globex"})

    def test_actor_of_no_organization_sees_nothing_not_even_the_installation(self) -> None:
        self.assertEqual(self.seen_by(org_id=None), set())
        self.assertEqual(actions(Event.objects.visible_to(anonymous(person().origin))), set())

    def test_token_sees_its_project_and_environment(self) -> None:
        self.assertEqual(self.seen_by(token=token(project_id=PAYMENTS.id)), {"scope:payments", "scope:production"})
        narrow = token(project_id=PAYMENTS.id, environment_id=PRODUCTION.id)
        self.assertEqual(self.seen_by(token=narrow), {"scope:production"})
        self.assertEqual(self.seen_by(token=token(project_id=uuid4())), set())

    def test_token_limited_to_paths_sees_nothing(self) -> None:
        self.assertEqual(self.seen_by(token=token(prefixes=("billing/",))), set())

    def test_newest_comes_first(self) -> None:
        found = list(Event.objects.visible_to(person()))
        self.assertEqual([event.action for event in found], ["scope:production", "scope:payments", "scope:acme"])


class QuestionTests(TestCase):
    def test_by_whom_on_which_secret_with_or_on_which_token(self) -> None:
        dev, other, key = person(), person(), token()
        record("asked:secret", actor=dev, on=stripe())
        record("asked:with", actor=person(token=key), on=Target(org=ACME))
        record("asked:on", actor=other, on=Target(org=ACME, token=Ref(key.token_id, "ci")))
        acme = Event.objects.visible_to(dev)
        self.assertEqual(actions(acme.by_actor(dev.id or uuid4())), {"asked:secret"})
        self.assertEqual(actions(acme.on_secret(STRIPE.id)), {"asked:secret"})
        self.assertEqual(actions(acme.of_token(key.token_id)), {"asked:with", "asked:on"})
        self.assertEqual(actions(acme.of_token(uuid4())), set())

    def test_between_takes_the_start_and_leaves_the_end(self) -> None:
        record("asked:when", actor=person(), on=stripe())
        (event,) = events("asked:when")
        moment, step = uuid7_time(event.id), dt.timedelta(milliseconds=1)
        acme = events_of_this_test().filter(action="asked:when")
        self.assertEqual(acme.between(moment, moment + step).count(), 1)
        self.assertEqual(acme.between(moment - step, moment).count(), 0)
        self.assertEqual(acme.between(moment + step).count(), 0)
        self.assertEqual(acme.between(end=moment + step).count(), 1)

    def test_each_question_has_its_index(self) -> None:
        acme = Event.objects.filter(org_id=ACME.id).between(dt.datetime.now(dt.UTC))
        questions = {
            "org_id_id_idx": acme,
            "actor_id_id_idx": acme.by_actor(uuid4()),
            "secret_id_id_idx": acme.on_secret(uuid4()),
            "token_id_id_idx": acme.filter(token_id=uuid4()),
            "target_token_id_id_idx": acme.filter(target_token_id=uuid4()),
            "org_id_id_reason_idx": acme.filter(action=REFUSE).values_list("reason"),
        }
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for name, question in questions.items():
            with self.subTest(name):
                self.assertIn(name, question[:50].explain())
