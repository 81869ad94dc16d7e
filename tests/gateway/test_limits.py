"""What may be said of a limit: its lists have one form, and each entry stands once."""

from gateway.models import Limit
from gateway.services.limits import Bounds, set_limit
from keyvault.errors import Invalid
from tests.tokens.scene import TokenTestCase


class ListTests(TokenTestCase):
    def test_tools_are_a_servers_or_any_ones(self) -> None:
        good = (
            "tracker/create_issue",
            "tracker/list_*",
            "*/search",
            "tracker/*",
            "tracker:resources/*",
            "*:prompts/get",
        )
        set_limit(actor=self.actor(self.adam), on=self.shop, bounds=Bounds(allowed_tools=good))
        self.assertEqual(Limit.objects.get().allowed_tools, list(good))
        [event] = self.assertEvents("limit:set")
        self.assertEqual(event.document["details"]["allowed_tools"], {"from": [], "to": list(good)})
        for entry in (
            "search",
            "tracker",
            "tracker/",
            "/search",
            "a b/c",
            "tracker/a b",
            "tracker/a*b",
            "tracker/\n",
            "Tracker/x",
        ):
            with self.subTest(entry), self.assertRaises(Invalid) as refused:
                set_limit(actor=self.actor(self.adam), on=self.shop, bounds=Bounds(allowed_tools=(entry,)))
            self.assertEqual(refused.exception.extra["field"], "allowed_tools")

    def test_no_entry_twice_and_no_more_than_200(self) -> None:
        for tools in (("a/b", "a/b"), tuple(f"a/{number}" for number in range(201))):
            with self.assertRaises(Invalid):
                set_limit(actor=self.actor(self.adam), on=self.shop, bounds=Bounds(allowed_tools=tools))
