"""What the living page shows: invented people and numbers, read from samples.json."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms

from kap_clinic.web import charts, rail
from kap_clinic.web.forms import ClinicForm, DateField, NumberField, Segmented, Short, Stacked, TimeField, WithUnit
from kap_clinic.web.templatetags.kap import icons

FILE = Path(__file__).with_name("samples.json")
OFTEN = ["Not at all", "Several days", "More than half the days", "Nearly every day"]


@dataclass(frozen=True)
class SampleStep:
    """One step of a course."""

    kind: str
    state: str
    name: str
    detail: str
    words: str
    url: str = ""
    number: str = ""
    current: bool = False


class SampleForm(ClinicForm):
    """Each kind of field once."""

    name = forms.CharField(label="Name as it is printed", help_text="Like Dr N. Okafor")
    born = DateField(label="Date of birth")
    weight = NumberField(label="Weight", unit="kg", example="68.4", min_value=20, max_value=400)
    at = TimeField(label="Given at", help_text="Press N for now")
    phone = forms.CharField(label="Phone", required=False)
    route = forms.ChoiceField(label="Way", choices=[("", "Choose"), ("im", "Into a muscle"), ("sl", "Lozenge")])
    side = forms.ChoiceField(label="Side", choices=[("l", "Left"), ("r", "Right")], widget=forms.RadioSelect)
    judgement = forms.ChoiceField(
        label="Your judgement",
        choices=[("yes", "Accept"), ("if", "Accept with a condition"), ("no", "Not safe now")],
        widget=forms.RadioSelect,
    )
    practices = forms.MultipleChoiceField(
        label="Practices",
        choices=[("a", "Ten minutes of breathing each morning"), ("b", "A letter, not to be sent")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = forms.CharField(label="What came up", widget=forms.Textarea(attrs={"rows": 4}), required=False)
    agreed = forms.BooleanField(label="Asked and agreed while sober")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            Row("name", "phone"),
            Row("born", WithUnit("weight", "kg"), "at"),
            Fieldset("What is given", Short("route"), Segmented("side"), "judgement", Stacked("practices")),
            "words",
            "agreed",
        )


class SampleQuestion(ClinicForm):
    answer = forms.ChoiceField(
        label="Trouble falling or staying asleep, or sleeping too much?",
        choices=list(enumerate(OFTEN)),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the answer that fits best"},
    )


class SamplePerson:
    is_authenticated = True

    def __init__(self, name: str, initials: str) -> None:
        self.name, self.initials = name, initials


def everything(here: str = "patients") -> dict[str, Any]:
    """All samples, ready for the templates. `here`: the rail entry that is lit."""
    given = json.loads(FILE.read_text())
    marks = [charts.Mark(number, f"Dose {number}", date.fromisoformat(on), says) for number, on, says in given["marks"]]
    return {
        **given,
        "phases": [{**one, "steps": [SampleStep(**step) for step in one["steps"]]} for one in given["phases"]],
        "user": SamplePerson(**given["person"]),
        "rail": [
            {**vars(entry), "count": given["counts"].get(entry.key), "current": entry.key == here}
            for entry in rail.ENTRIES
        ],
        "panels": [(_panel(measure, marks), measure["change"]) for measure in given["measures"]],
        "empty_panel": _panel({**given["measures"][0], "key": "e", "name": "PCL-5", "readings": []}, []),
        "form": SampleForm(auto_id="fine_%s"),
        "broken": SampleForm({"weight": "heavy", "side": "l"}),
        "question": SampleQuestion(),
        "icon_names": list(icons()),
        "clinic_name": "Cedar Clinic",
        "demo": True,
    }


def _panel(measure: dict[str, Any], marks: list[charts.Mark]) -> charts.Panel:
    bands = [charts.Band(*band) for band in measure["bands"]]
    return charts.panel(
        key=measure["key"],
        name=measure["name"],
        title=measure["title"],
        readings=[_reading(bands, *reading) for reading in measure["readings"]],
        bands=bands,
        highest=measure["highest"],
        marks=marks,
        line=charts.Line(*measure["line"]),
        until=date(2026, 11, 22),
    )


def _reading(bands: list[charts.Band], on: str, value: float | None, estimated: bool = False) -> charts.Reading:
    band = next((b.name for b in bands if value is not None and b.low <= value <= b.high), "")
    return charts.Reading(date.fromisoformat(on), value, estimated, band)
