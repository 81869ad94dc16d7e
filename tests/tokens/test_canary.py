"""After everything that can be done with tokens, their values are nowhere: no table, no event, no line of a log."""

import io
import logging
from contextlib import redirect_stderr, redirect_stdout

from django.db import connection
from psycopg import sql

from keyvault.actor import TokenKind, Verb
from keyvault.errors import KeyVaultError
from tests.cast import ORIGIN
from tests.tokens.scene import DAY, HOUR, TokenTestCase, shown
from tokens import last_use, services
from tokens.services import authenticate


class CanaryTests(TokenTestCase):
    def test_a_value_is_nowhere(self) -> None:
        printed, lines = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(lines)
        loggers = [logging.getLogger(), logging.getLogger("keyvault.events")]
        for logger in loggers:
            logger.addHandler(handler)
            self.addCleanup(logger.removeHandler, handler)
        with redirect_stdout(printed), redirect_stderr(printed), self.captureOnCommitCallbacks(execute=True):
            values = self.everything()
        last_use.flush()
        places = {"printed": printed.getvalue(), "logged": lines.getvalue(), **self.tables()}
        self.assertIn("audit_event", places)
        self.assertIn("token:issue-service", places["logged"])
        for value in values:
            for name, text in places.items():
                for form in (value, value[8:], value.encode().hex(), value[8:-6].encode().hex()):
                    self.assertNotIn(form, text, name)

    def everything(self) -> list[str]:
        """All services, success and refusal, and every value that ever was."""
        olivia, adam, dev = (self.actor(user) for user in (self.olivia, self.adam, self.dev))
        managing = [Verb.LIST, Verb.READ, Verb.MANAGE]
        personal = self.personal(self.dev, networks=["203.0.113.0/24"], verbs=managing)
        service = self.of_service(environment=self.production, may_reveal_production=True)
        parent = self.of_service("parent", verbs=managing)
        child = self.of_service("child", actor=self.with_token(parent), verbs=[Verb.READ], lifetime=HOUR)
        team = self.of_team()
        offer = services.issue_token(
            actor=adam,
            kind=TokenKind.PERSON,
            name="offer",
            verbs=[Verb.READ],
            lifetime=DAY,
            owner=self.membership(self.dev),
        )
        self.assertRaises(KeyVaultError, services.open_offer, actor=olivia, token=offer.token)
        opened = services.open_offer(actor=dev, token=offer.token)
        copied = services.copy_team_token(actor=dev, token=team.token)
        replaced = services.replace_token(actor=self.actor(self.olivia, stepped_up=True), token=service.token)
        values = [shown(one) for one in (personal, service, parent, child, team, replaced)] + [opened, copied]
        services.pause_token(actor=dev, token=personal.token, reason="holiday")
        self.refused(personal)
        services.resume_token(actor=dev, token=personal.token)
        self.refused(personal, ORIGIN.__class__("198.51.100.1"))
        self.with_token(personal)
        services.pause_tokens_of_environment(actor=adam, environment=self.development)
        services.resume_tokens_of_environment(actor=adam, environment=self.development)
        services.revoke_token(actor=olivia, token=parent.token, cause="leaked")
        services.revoke_tokens_of_environment(actor=olivia, environment=self.production, cause="closing")
        services.disable_service_identity(actor=olivia, service=self.identity(), cause="retired")
        for value in (*values, values[0][:-1] + "0"):
            try:
                authenticate(value, origin=ORIGIN)
            except KeyVaultError as refusal:
                self.assertNotIn(value, repr(refusal) + str(refusal.extra))
        return [*values, values[0][:-1]]

    def tables(self) -> dict[str, str]:
        """Every table of the schema, its rows as text; ``bytea`` shows as hexadecimal digits."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            names = [name for (name,) in cursor.fetchall()]
            rows = {}
            for name in names:
                table = sql.Identifier(name)
                cursor.execute(sql.SQL("SELECT coalesce(string_agg(t::text, ' '), '') FROM {} t").format(table))
                rows[name] = cursor.fetchone()[0]
        entries = self._entries()
        return {**rows, "entries of events": entries}

    def _entries(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(convert_from(entry, 'UTF8'), ' ') FROM audit_event")
            return str(cursor.fetchone()[0])
