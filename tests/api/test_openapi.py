"""The API describes itself: valid, complete, and served from here alone."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import SimpleTestCase
from django.urls import URLResolver, get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from keyvault.api.docs import document

NOT_OPERATIONS = {"openapi.json": "the description itself", "docs": "a page that shows it"}


class OpenAPITests(SimpleTestCase):
    def test_it_is_generated_and_valid_without_a_warning(self) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "openapi.yml")
            call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
            self.assertTrue(file.read_text().startswith("openapi: 3.1"))

    def test_another_validator_agrees(self) -> None:
        OpenAPIV31SpecValidator(json.loads(document())).validate()

    def test_it_has_no_word_of_version_3_0(self) -> None:
        self.assertNotIn(b'"nullable"', document())

    def test_every_address_is_in_it_with_every_method(self) -> None:
        described = {
            path.removeprefix("/api/v1/"): set(methods) for path, methods in json.loads(document())["paths"].items()
        }
        self.assertEqual(described, _offered())

    def test_every_operation_is_named_tagged_and_guarded(self) -> None:
        for path, methods in json.loads(document())["paths"].items():
            for operation in methods.values():
                with self.subTest(path):
                    self.assertRegex(operation["operationId"], r"^[a-z]+(_[a-z]+)*$")
                    self.assertEqual(operation["security"], [{"token": []}])
                    [tag] = operation["tags"]
                    self.assertTrue(tag)
                    self.assertNotIn("``", operation.get("description", ""))

    def test_refusals_are_problem_details(self) -> None:
        for methods in json.loads(document())["paths"].values():
            for operation in methods.values():
                for status, response in operation["responses"].items():
                    if status == "default" or int(status) >= 400:
                        self.assertEqual(list(response["content"]), ["application/problem+json"])

    def test_it_is_served_to_everybody(self) -> None:
        response = self.client.get("/api/v1/openapi.json")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["openapi"], "3.1.1")

    def test_the_page_keeps_to_the_strict_policy(self) -> None:
        response = self.client.get("/api/v1/docs")
        page = response.content.decode()
        self.assertIn("default-src 'none'", response["Content-Security-Policy"])
        self.assertNotIn("unsafe", response["Content-Security-Policy"])
        self.assertEqual(re.findall(r"<style|\son\w+=|\sstyle=|<script>|javascript:", page), [])
        for address in re.findall(r'(?:src|href)="([^"]+)"', page):
            if address.startswith("/static/"):
                self.assertIsNotNone(finders.find(address.removeprefix("/static/")), address)
            else:
                self.assertEqual(address, "/api/v1/docs?script=")

    def test_its_script_asks_this_server_only_and_keeps_no_token(self) -> None:
        response = self.client.get("/api/v1/docs?script=")
        self.assertEqual(response["Content-Type"], "application/javascript")
        script = response.content.decode()
        self.assertEqual(re.findall(r"https?://[^\s\"']+", script), [])
        self.assertIn('url: "/api/v1/openapi.json"', script)
        self.assertIn('"persistAuthorization": false', script)
        self.assertIn('"validatorUrl": null', script)


def _offered() -> dict[str, set[str]]:
    """What the resolver knows below api/v1/, as paths of OpenAPI."""
    [api] = [entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/"]
    assert isinstance(api, URLResolver)
    views = {re.sub(r"<\w+:(\w+)>", r"{\1}", str(entry.pattern)): entry.callback for entry in api.url_patterns}
    return {path: _methods(view) for path, view in views.items() if path not in NOT_OPERATIONS}


def _methods(view: Any) -> set[str]:
    """Of a view as the resolver has it; DRF keeps its class there."""
    return {method for method in ("get", "post", "put", "patch", "delete") if hasattr(view.cls, method)}
