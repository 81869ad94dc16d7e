"""The timeline has words for every act that people and operators do."""

from django.test import SimpleTestCase

from accounts.platform import PlatformAct
from audit.views.phrases import phrase_of
from orgs.permissions import Action


class PhrasesTests(SimpleTestCase):
    def test_no_act_is_told_by_its_code_name(self) -> None:
        for act in (*Action, *PlatformAct):
            with self.subTest(act):
                self.assertNotEqual(str(phrase_of(act).text), str(act))
