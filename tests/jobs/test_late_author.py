"""A job runs with what its author may do when it runs: a person of the cast, asked about by the real rooms above."""

from keyvault.actor import Actor, Role
from keyvault.flows.offboarding import offboard_member
from keyvault.jobs.models import Job, State
from keyvault.jobs.runner import run
from keyvault.jobs.services import enqueue
from orgs.access import require
from orgs.permissions import Action
from orgs.services.members import change_role
from tests.cast import CastTestCase
from tests.jobs.scene import doing


class LateAuthorTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.done: list[Actor] = []
        self.enterContext(doing(self.work))

    def work(self, *, actor: Actor) -> None:
        require(actor, Action.CREATE_PROJECT, self.acme.target)
        self.done.append(actor)

    def queued_by_adam(self) -> Job:
        job = enqueue("tests.work", arguments={}, author=self.actor(self.adam))
        self.forget_events()
        return job

    def ran(self, job: Job) -> Job:
        run(job.pk)
        job.refresh_from_db()
        return job

    def test_author_who_still_may_has_the_work_done_under_the_request_that_asked(self) -> None:
        author = self.actor(self.adam)
        self.assertEqual(self.ran(enqueue("tests.work", arguments={}, author=author)).state, State.DONE)
        (actor,) = self.done
        self.assertEqual((actor.id, actor.role, actor.stepped_up), (self.adam.pk, Role.ADMIN, False))
        self.assertEqual(actor.origin.request_id, author.origin.request_id)

    def test_author_who_became_a_viewer_is_refused(self) -> None:
        job = self.queued_by_adam()
        change_role(actor=self.actor(self.olivia), membership=self.membership(self.adam), role=Role.VIEWER)
        self.forget_events()
        self.assertEqual((self.ran(job).state, self.done), (State.REFUSED, []))
        self.assertEvents("project:create:denied", "job:run:denied")

    def test_author_who_left_is_refused(self) -> None:
        job = self.queued_by_adam()
        offboard_member(actor=self.actor(self.olivia, stepped_up=True), membership=self.membership(self.adam))
        self.forget_events()
        self.assertEqual((self.ran(job).state, self.done), (State.REFUSED, []))
        (event,) = self.assertEvents("job:run:denied")
        self.assertEqual((event.org_id, event.document["actor"]["name"]), (self.acme.pk, job.author_name))

    def test_author_whose_account_is_closed_is_refused(self) -> None:
        job = self.queued_by_adam()
        type(self.adam).objects.filter(pk=self.adam.pk).update(is_active=False)
        self.assertEqual((self.ran(job).state, self.done), (State.REFUSED, []))
        self.assertEvents("job:run:denied")

    def test_author_of_another_organization_gets_nothing_here(self) -> None:
        job = enqueue("tests.work", arguments={}, author=self.actor(self.mallory))
        self.forget_events()
        self.assertEqual((self.ran(job).state, self.done), (State.REFUSED, []))
        self.assertNoEvent("project:create")
