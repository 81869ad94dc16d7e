"""Sweeps: their last runs, what came of them, and a dry run at the press of a button."""

from functools import partial

from django.contrib.admin import display
from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from accounts.access import INSTALLATION, may_operate, require_operator
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage, posted
from keyvault.admin.parts import Act, Cell, Detail, Facts, Question, Table
from keyvault.flows.sweeps.catalogue import SWEEPS, find_sweep
from keyvault.flows.sweeps.models import SweepRun
from keyvault.flows.sweeps.runner import try_sweep
from keyvault.target import Ref, Target

_SHOWN = 20


class NameFilter(Choice):
    title = "sweep"
    parameter_name = "sweep"
    options = {name: (name, partial(Q, name=name)) for name in SWEEPS}


class SweepsPage(OperatorPage):
    see = PlatformAct.SEE_SWEEPS
    label, one = "Sweeps", "run"
    about = "What the calendar asks for: last runs, results, dry runs"
    nothing_found = "No sweep has run yet. Beat starts them."

    list_display = ("name", "status", "counted", "by", "began", "finished")
    list_filter = (NameFilter,)
    search_fields = ("name",)
    search_help_text = "Sweep"
    ordering = ("-id",)

    @display(description="State")
    def status(self, run: SweepRun) -> SafeString:
        return badge(run)

    @display(description="Result")
    def counted(self, run: SweepRun) -> Cell:
        return _words(run)

    @display(description="Began", ordering="began_at")
    def began(self, run: SweepRun) -> SafeString:
        return cells.moment(run.began_at)

    @display(description="Finished", ordering="finished_at")
    def finished(self, run: SweepRun) -> SafeString:
        return cells.moment(run.finished_at)

    def targets(self, row: SweepRun) -> list[Target]:
        return [Target(org=INSTALLATION.org, about=Ref(row.pk, row.name))]

    def detail(self, request: HttpRequest, row: SweepRun) -> Detail:
        sweep = SWEEPS.get(row.name)
        facts: list[tuple[str, Cell]] = [
            ("What it does", sweep.about if sweep else cells.NOTHING),
            ("Every", str(sweep.every) if sweep else cells.NOTHING),
            ("Began", cells.moment(row.began_at)),
            ("Finished", cells.moment(row.finished_at)),
            ("By", row.by),
            ("Left for the next run", "yes" if row.more else "no"),
        ]
        result = Table("Result", ("What", "How many"), [[_spoken(what), count] for what, count in row.result.items()])
        tables = [result, _runs(row.name)]
        return Detail(row.name, badge(row), [Facts("Run", facts)], tables, self._acts(request, row))

    def act_urls(self) -> list[URLPattern]:
        view = self.guarded(self.dry_run_view)
        return [path("dry-run/<slug:sweep>", view, name=self.url_name("dry_run"))]

    def dry_run_view(self, request: HttpRequest, sweep: str) -> HttpResponse:
        require_operator(operator_of(request), PlatformAct.TRY_SWEEP)
        found = find_sweep(sweep)
        question = Question(
            f"Try {found.name}?",
            "Count what is due",
            f"{self.address('changelist')}?sweep={found.name}",
            (found.about + ".", "A dry run counts what would be done now, and changes nothing."),
        )
        return self.do(request, question, Form(posted(request)), partial(try_sweep, name=found.name))

    def _acts(self, request: HttpRequest, run: SweepRun) -> list[Act]:
        may = run.name in SWEEPS and may_operate(operator_of(request), PlatformAct.TRY_SWEEP)
        return [Act("Dry run", self.address("dry_run", run.name))] if may else []


def badge(run: SweepRun) -> SafeString:
    if run.finished_at is None:
        return cells.badge("Running or cut off", "warn")
    return cells.badge("Dry run" if run.dry else "Done", "plain" if run.dry else "ok")


def _runs(name: str) -> Table:
    rows = SweepRun.objects.filter(name=name)[:_SHOWN]
    shown = [[cells.moment(run.began_at), badge(run), _words(run), run.by] for run in rows]
    return Table("Last runs", ("Began", "State", "Result", "By"), shown)


def _words(run: SweepRun) -> Cell:
    return cells.words(*(f"{count} {_spoken(what)}" for what, count in run.result.items() if count)) or cells.NOTHING


def _spoken(what: str) -> str:
    return what.replace("_", " ")
