"""Platform roles: the matrix, who gives them, and that nobody raises their own."""

import importlib
import threading
from dataclasses import replace
from itertools import product

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from accounts.access import may_operate, operator, require_operator
from accounts.models import User
from accounts.platform import MATRIX, PlatformAct, permits
from accounts.services.platform_roles import EVERYBODY, set_platform_roles, set_platform_roles_from_claims
from keyvault.actor import Actor, PlatformRole, TokenKind, TokenScope, Verb, system
from keyvault.errors import Conflict, NotAllowed
from keyvault.ids import uuid7
from orgs.decide import decide
from orgs.permissions import Action
from tests.admin.scene import make_operator
from tests.cast import ORIGIN, CastTestCase, CastTransactionTestCase

SUPER, USERS, AUDITOR = PlatformRole.SUPER_ADMIN, PlatformRole.USER_ADMIN, PlatformRole.AUDITOR
SEEING = {act for act in PlatformAct if act.name.startswith("SEE_")}
CHANGING = set(PlatformAct) - SEEING
OF_SUPER_ADMINS = {
    PlatformAct.CHANGE_ROLES,
    PlatformAct.TRY_SWEEP,
    PlatformAct.EDIT_PUBLIC_TEXT,
    PlatformAct.ANSWER_FEEDBACK,
}


class MatrixTests(CastTestCase):
    def test_every_role_is_a_group_from_the_first_migration_on(self) -> None:
        migration = importlib.import_module("accounts.migrations.0003_platform_roles_are_groups")
        Group.objects.all().delete()
        for _ in range(2):
            migration.make_groups(apps, None)
        self.assertEqual(sorted(Group.objects.values_list("name", flat=True)), sorted(PlatformRole))
        migration.remove_groups(apps, None)
        self.assertFalse(Group.objects.exists())

    def test_what_each_role_may_is_what_was_agreed(self) -> None:
        organizations = {PlatformAct.SEE_ORGANIZATIONS}
        agreed = {
            SUPER: set(PlatformAct),
            USERS: (CHANGING - OF_SUPER_ADMINS)
            | {PlatformAct.SEE_PEOPLE, PlatformAct.SEE_CONNECTIONS, PlatformAct.SEE_DOMAINS, PlatformAct.SEE_TOKENS}
            | organizations,
            PlatformRole.PROVIDER_ADMIN: organizations
            | {PlatformAct.SEE_TOKENS, PlatformAct.SEE_PROVIDERS, PlatformAct.SEE_USAGE},
            PlatformRole.MODEL_ADMIN: organizations | {PlatformAct.SEE_MODELS, PlatformAct.SEE_USAGE},
            PlatformRole.MCP_ADMIN: organizations | {PlatformAct.SEE_MCP},
            PlatformRole.BILLING_ADMIN: organizations
            | {PlatformAct.SEE_MODELS, PlatformAct.SEE_USAGE, PlatformAct.SEE_BUDGETS},
            AUDITOR: SEEING,
        }
        self.assertEqual(MATRIX, agreed)

    def test_only_super_admins_change_roles_and_auditors_change_nothing(self) -> None:
        may = {role for role in PlatformRole if permits([role], PlatformAct.CHANGE_ROLES)}
        self.assertEqual(may, {SUPER})
        self.assertFalse([act for act in CHANGING if permits([AUDITOR], act)])

    def test_several_roles_are_their_union_and_none_is_nothing(self) -> None:
        for act, one, other in product(PlatformAct, PlatformRole, PlatformRole):
            self.assertEqual(permits([one, other], act), permits([one], act) or permits([other], act))
        self.assertFalse(any(permits([], act) for act in PlatformAct))

    def test_no_platform_role_permits_an_act_of_an_organization(self) -> None:
        actor = operator(make_operator(*PlatformRole), origin=ORIGIN)
        for action in Action:
            self.assertFalse(decide(action, actor=actor, target=self.acme.target).allowed, action)

    def test_a_token_carries_no_platform_role(self) -> None:
        user = make_operator(SUPER)
        scope = TokenScope(uuid7(), "laptop", TokenKind.PERSON, frozenset(Verb))
        holder = replace(operator(user, origin=ORIGIN), token=scope)
        self.assertFalse(any(may_operate(holder, act) for act in PlatformAct))


class ChangingTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(SUPER)
        self.forget_events()

    def test_a_super_admin_gives_and_takes_roles_from_the_next_request_on(self) -> None:
        changed = set_platform_roles(actor=self.by(self.root), user=self.dev, roles=[USERS, AUDITOR])
        (event,) = self.assertEvents("operator:roles")
        self.assertEqual(event.document["details"], {"from": [], "to": ["auditor", "user_admin"]})
        self.assertEqual(self.by(changed).platform_roles, {USERS, AUDITOR})
        changed = set_platform_roles(actor=self.by(self.root), user=changed, roles=[])
        self.assertEvents("operator:roles")
        self.assertEqual((self.by(changed).platform_roles, changed.is_staff), (frozenset(), False))

    def test_without_a_difference_there_is_no_event(self) -> None:
        set_platform_roles(actor=self.by(self.root), user=self.dev, roles=[])
        self.assertNoEvent()

    def test_every_other_role_is_refused(self) -> None:
        others = set(PlatformRole) - {SUPER}
        clerk = make_operator(*others, email="clerk@platform.example")
        self.forget_events()
        for user in (self.dev, clerk, self.root):
            with self.assertRaises(NotAllowed):
                set_platform_roles(actor=self.by(clerk), user=user, roles=[SUPER])
            self.assertEvents("operator:roles:denied")
        self.assertEqual(self.by(clerk).platform_roles, others)

    def test_nobody_raises_their_own_role(self) -> None:
        set_platform_roles(actor=self.by(self.root), user=self.dev, roles=[SUPER])
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            set_platform_roles(actor=self.by(self.root), user=self.root, roles=[SUPER, AUDITOR])
        self.assertEqual(refused.exception.rule, "nobody-raises-their-own-role")
        self.assertEvents("operator:roles:denied")
        set_platform_roles(actor=self.by(self.root), user=self.root, roles=[])
        self.assertEvents("operator:roles")

    def test_the_roles_of_now_count_not_those_of_a_stale_actor(self) -> None:
        stale = self.by(self.root)
        set_platform_roles(actor=stale, user=self.dev, roles=[SUPER])
        set_platform_roles(actor=self.by(self.dev), user=self.root, roles=[])
        self.forget_events()
        with self.assertRaises(NotAllowed):
            set_platform_roles(actor=stale, user=self.vera, roles=[SUPER])
        self.assertEvents("operator:roles:denied")

    def test_the_last_super_admin_stays(self) -> None:
        with self.assertRaises(Conflict) as refused:
            set_platform_roles(actor=self.by(self.root), user=self.root, roles=[])
        self.assertEqual(refused.exception.rule, "one-super-admin-at-least")
        self.assertEvents("operator:roles:error")

    def test_a_closed_account_becomes_no_operator_and_is_none(self) -> None:
        self.dev.is_active = False
        self.dev.save()
        with self.assertRaises(Conflict):
            set_platform_roles(actor=self.by(self.root), user=self.dev, roles=[AUDITOR])
        self.root.is_active = False
        self.root.save()
        self.assertEqual(self.by(self.root).platform_roles, frozenset())

    def test_a_group_without_staff_and_staff_without_a_group_are_nothing(self) -> None:
        self.dev.groups.add(Group.objects.get(name=SUPER))
        self.assertEqual(self.by(self.dev).platform_roles, frozenset())
        self.vera.is_staff = self.vera.is_superuser = True
        self.vera.save()
        self.vera.groups.add(Group.objects.create(name="super-admin"))
        with self.assertRaises(NotAllowed):
            require_operator(self.by(self.vera), PlatformAct.SEE_JOBS)

    def by(self, user: User) -> Actor:
        return operator(User.objects.get(pk=user.pk), origin=ORIGIN)


class ClaimTests(CastTestCase):
    mapping = {"kv-admins": [SUPER], "support": [USERS], "audit": [AUDITOR], EVERYBODY: [AUDITOR, SUPER]}

    def sign_in(self, user: User, *claims: str) -> frozenset[PlatformRole]:
        return set_platform_roles_from_claims(actor=system("sign-on"), user=user, claims=claims, mapping=self.mapping)

    def test_the_roles_are_the_union_of_what_is_mapped(self) -> None:
        self.assertEqual(self.sign_in(self.dev, "support", "audit", "lunch"), {USERS, AUDITOR})
        self.assertEvents("operator:roles")

    def test_super_admin_comes_of_a_named_claim_only(self) -> None:
        self.assertEqual(self.sign_in(self.dev, "lunch", EVERYBODY), {AUDITOR})
        self.assertEqual(self.sign_in(self.vera, "kv-admins"), {SUPER, AUDITOR})

    def test_it_wins_at_every_sign_in(self) -> None:
        make_operator(SUPER)
        set_platform_roles(actor=system("test"), user=self.dev, roles=[SUPER, USERS])
        self.assertEqual(self.sign_in(self.dev), {AUDITOR})
        self.forget_events()
        self.sign_in(self.dev)
        self.assertNoEvent()

    def test_the_last_super_admin_is_spared_and_the_log_says_so(self) -> None:
        root = make_operator(SUPER)
        self.forget_events()
        self.assertIn(SUPER, self.sign_in(root, "support"))
        (event,) = self.assertEvents("operator:roles")
        self.assertIs(event.document["details"]["spared"], True)


class RaceTests(CastTransactionTestCase):
    def test_two_super_admins_who_dismiss_each_other_at_once_leave_one(self) -> None:
        one, other = make_operator(SUPER), make_operator(SUPER, email="toor@platform.example")
        actors = [operator(user, origin=ORIGIN) for user in (one, other)]
        start = threading.Barrier(2)

        def dismiss(actor: Actor, user: User) -> None:
            start.wait()
            try:
                set_platform_roles(actor=actor, user=user, roles=[])
            except (NotAllowed, Conflict):
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=dismiss, args=pair) for pair in zip(actors, (other, one), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = [user for user in (one, other) if operator(User.objects.get(pk=user.pk), origin=ORIGIN).platform_roles]
        self.assertEqual(len(left), 1)
