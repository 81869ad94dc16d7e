"""Every row once, in order, whatever the page size; a cursor is input and refused like any other."""

import base64
from typing import Any, ClassVar

from django.test import TestCase
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from keyvault.api.pagination import CursorPagination
from keyvault.api.views import Endpoint
from keyvault.errors import Invalid
from orgs.models import Organization


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class PaginationTests(TestCase):
    slugs: ClassVar[list[str]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.slugs = sorted(f"org-{number:02}" for number in range(25))
        Organization.objects.bulk_create(Organization(slug=slug, name="x") for slug in cls.slugs)

    def page(self, ordering: str = "slug", **query: Any) -> dict[str, Any]:
        view = Endpoint()
        view.ordering = ordering
        paginator = CursorPagination()
        request = Request(APIRequestFactory().get("/", query))
        rows = paginator.paginate_queryset(Organization.objects.all(), request, view)
        data = [getattr(row, ordering.lstrip("-")) for row in rows or []]
        page: dict[str, Any] = paginator.get_paginated_response(data).data
        return page

    def walk(self, ordering: str, size: int) -> list[Any]:
        seen, page = [], self.page(ordering, page_size=size)
        while True:
            seen += page["results"]
            if page["next_cursor"] is None:
                return seen
            page = self.page(ordering, page_size=size, cursor=page["next_cursor"])

    def test_pages_of_any_size_give_every_row_once(self) -> None:
        for size in (1, 7, 24, 25, 26, 200):
            with self.subTest(size):
                self.assertEqual(self.walk("slug", size), self.slugs)

    def test_descending_and_by_uuid(self) -> None:
        self.assertEqual(self.walk("-slug", 10), self.slugs[::-1])
        ids = list(Organization.objects.order_by("-id").values_list("id", flat=True))
        self.assertEqual(self.walk("-id", 4), ids)

    def test_rows_that_come_and_go_in_between_repeat_and_skip_nobody(self) -> None:
        page = self.page(page_size=10)
        Organization.objects.filter(slug="org-03").delete()
        Organization.objects.create(slug="org-01b", name="x")
        rest = self.page(page_size=50, cursor=page["next_cursor"])
        self.assertEqual(page["results"] + rest["results"], self.slugs)

    def test_one_query_a_page(self) -> None:
        with self.assertNumQueries(1):
            self.page(page_size=10)

    def test_a_cursor_that_is_not_of_this_list_is_refused(self) -> None:
        for cursor in (
            "x",
            "äöü",
            "!!!!",
            encoded("{}"),
            encoded("[1]"),
            encoded('{"after": "\\u0000"}'),
            encoded('{"after": "\\ud800"}'),
            encoded('{"after": 1, "after": 2}'),
            encoded('{"after": NaN}'),
            encoded("[" * 5000),
        ):
            with self.subTest(cursor), self.assertRaises(Invalid):
                self.page(cursor=cursor)
        for after in ('"no uuid"', "5", "[]", "{}", "true"):
            with self.subTest(after), self.assertRaises(Invalid):
                self.page("id", cursor=encoded(f'{{"after": {after}}}'))

    def test_a_size_outside_of_1_to_200_is_refused(self) -> None:
        for size in ("0", "-1", "201", "1e2", "99999999999999999999", "٣", "", "x"):
            with self.subTest(size), self.assertRaises(Invalid):
                self.page(page_size=size)
