"""An invitation is used once, also by two at once."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from accounts.models import User
from keyvault.actor import Role
from keyvault.errors import KeyVaultError
from orgs.access import person_outside
from orgs.models import Invitation, Membership
from orgs.services.invitations import accept_invitation, invite_person
from tests.cast import ORIGIN, CastTransactionTestCase
from tests.sessions import raw_session, wait_until_somebody_waits

PATIENCE = 10.0  # seconds


class ParallelAcceptTests(CastTransactionTestCase):
    def test_of_two_acceptances_at_once_one_is(self) -> None:
        """Both wait for the organization's row when it is let go."""
        ina = User.objects.create_user(email="ina@guest.example", name="Ina")
        invitation = invite_person(
            actor=self.actor(self.adam), org=self.acme, email=ina.email, role=Role.DEVELOPER
        ).invitation
        self.forget_events()

        def accept() -> str:
            try:
                accept_invitation(
                    actor=person_outside(ina, origin=ORIGIN),
                    invitation=Invitation.objects.get(pk=invitation.pk),
                    person=lambda: User.objects.get(pk=ina.pk),
                )
            except KeyVaultError as refused:
                return refused.rule
            finally:
                connection.close()
            return "accepted"

        with raw_session() as gate, ThreadPoolExecutor(2) as both:
            gate.execute("SELECT FROM orgs_organization WHERE id = %s FOR UPDATE", [self.acme.pk])
            ends = [both.submit(accept) for _ in range(2)]
            wait_until_somebody_waits(2)
            gate.commit()
            self.assertEqual(sorted(end.result(PATIENCE) for end in ends), ["accepted", "invitation-accepted"])
        self.assertEqual(Membership.objects.filter(user=ina).count(), 1)
        words = sorted(f"{event.action}:{event.outcome}" for event in self.events())
        self.assertEqual(words, ["invitation:accept:error", "invitation:accept:success"])
