"""Which instruments are there, and what does each say?

Read once from `instruments.json`, where every number has its source, and from `additions.json`, what
`instruments.md` says beyond it. A clinic that holds a licence may define a form of its own in the same JSON
shape: `read_shipped` makes it an Instrument that scores like the others. Pure: no Django, no clock.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from .definitions import (
    Alert,
    AllOf,
    Answered,
    Band,
    ChangeRules,
    CountAtLeast,
    Field,
    Flag,
    HigherIs,
    Instrument,
    Item,
    Number,
    Option,
    Rater,
    Response,
    Rise,
    Scoring,
    Severity,
    Skip,
    Subscale,
    Target,
    Threshold,
)

Json: TypeAlias = Mapping[str, Any]

UNVALIDATED = "Not validated. Written for this project: its bands and thresholds are project rules."  # instruments.md 1

TYPED_TOTALS = {"total", "raw", "mean", "total_mean"}
WORKED_OUT_RANGES: dict[str, tuple[Number, Number]] = {"meq-30": (0, 5), "sds": (0, 30)}  # instruments.json, rules


class UnknownInstrument(LookupError):
    """No instrument has this id."""


def instrument(id: str) -> Instrument:
    """The instrument with this id, e.g. `phq-9`. Raises UnknownInstrument."""
    try:
        return _instruments()[id]
    except (KeyError, TypeError):
        raise UnknownInstrument(f"There is no instrument {id!r}") from None


def all_instruments() -> tuple[Instrument, ...]:
    """The 12 shipped forms, then the 15 score-entry ones."""
    return tuple(_instruments().values())


@cache
def _instruments() -> Mapping[str, Instrument]:
    data, additions = _file("instruments.json"), _file("additions.json")
    version = f"score entry {data['schema_version']}"
    shipped = [read_shipped(form) for form in data["instruments"]]
    entered = [read_score_entry(form, additions[form["id"]], version) for form in data["score_entry"]]
    return MappingProxyType({form.id: form for form in shipped + entered})


def _file(name: str) -> Json:
    data: Json = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return data


def read_shipped(data: Json) -> Instrument:
    """A form with items, from the JSON shape of `instruments.json`."""
    scoring = _scoring(data["scoring"])
    is_category = scoring.method == "asq_category"
    return Instrument(
        id=data["id"],
        title=data["title"],
        short_title=data["short_title"],
        version=data["version"],
        rater=Rater(data["type"]),
        higher_is=HigherIs(data["higher_is"]),
        credit=data["licence"]["credit"],
        unvalidated_notice=UNVALIDATED if "unvalidated" in data["version"] else None,
        recall=data["recall"],
        instructions=data.get("instructions"),
        stem=data["stem"],
        items=tuple(_item(item) for item in data["items"]),
        fields=(),
        bands=tuple(_band(band) for band in data["bands"]),
        alerts=tuple(_alert(alert) for alert in data["critical_items"] + data["score_alerts"]),
        scoring=scoring,
        change_rules=_change_rules(data["change"], prefix=data["items"][0]["linkId"].partition(".")[0]),
        total_range=None if is_category else (scoring.low, scoring.high),
        total_is_whole=True,
        schedule=data.get("schedule"),
        references=tuple(data.get("references", ())),
        notes=(),
        loinc=MappingProxyType(data["loinc"]),
    )


def read_score_entry(data: Json, addition: Json, version: str) -> Instrument:
    """A form without text, from the JSON shape of `score_entry` in `instruments.json`."""
    fields = tuple(_field(field) for field in data["fields"])
    typed = next((field for field in fields if field.id in TYPED_TOTALS), None)
    return Instrument(
        id=data["id"],
        title=data["title"],
        short_title=data["id"].removesuffix("-screener").upper(),
        version=version,
        rater=Rater(data["type"]),
        higher_is=HigherIs(data["higher_is"]),
        credit=data["licence_note"],
        unvalidated_notice=None,
        recall=addition["recall"],
        instructions=None,
        stem=None,
        items=(),
        fields=fields,
        bands=tuple(_band(band) for band in data["bands"]),
        alerts=tuple(_entry_alerts(data["alerts"], addition)),
        scoring=None,
        change_rules=_change_rules(data["change"], prefix=data["id"]),
        total_range=(typed.low, typed.high) if typed else WORKED_OUT_RANGES.get(data["id"]),
        total_is_whole=all(field.whole for field in fields),
        schedule=None,
        references=(),
        notes=(*data["notes"], *data.get("rules", ())),
        loinc=MappingProxyType(data["loinc"]),
    )


def _item(data: Json) -> Item:
    options = tuple(Option(option["value"], option["label"], option["loinc_answer"]) for option in data["options"])
    shown_when = data.get("enable_when", {}).get("any_of", ())
    return Item(
        link_id=data["linkId"],
        number=data["number"],
        text=data["text"],
        topic=data["topic"],
        required=data["required"],
        scored=data["scored"],
        options=options,
        values=frozenset(option.value for option in options),
        shown_when=tuple(Answered(when["linkId"], frozenset(when["values"])) for when in shown_when),
        followup_text=data.get("followup_text"),
        loinc=data["loinc"],
        loinc_answer_aliases=MappingProxyType(data.get("loinc_answer_aliases", {})),
    )


def _field(data: Json) -> Field:
    return Field(
        id=data["id"],
        label=data["label"],
        whole=data["type"] == "integer",
        low=data["min"],
        high=data["max"],
        step=Decimal(str(data["step"])),
        required=data["required"],
    )


def _band(data: Json) -> Band:
    return Band(data["key"], data["label"], data["min"], data["max"])


def _alert(data: Json) -> Alert:
    return Alert(
        figure=data.get("linkId") or data["field"],
        operator=data["operator"],
        value=data["value"],
        flag=Flag(data["flag"], Severity(data["severity"]), data["action"]),
        context=data.get("context"),
    )


def _entry_alerts(alerts: list[Json], addition: Json) -> list[Alert]:
    actions = addition.get("actions", {})
    completed = [{"action": actions.get(alert["flag"]), **alert} for alert in alerts]
    return [_alert(alert) for alert in completed + addition.get("alerts", [])]


def _scoring(data: Json) -> Scoring:
    scored, gate = tuple(data["scored_items"]), data.get("gate")
    prorate = data["missing"]["prorate"]
    return Scoring(
        method=data["method"],
        scored_items=scored,
        needed_for_total=(gate["linkId"], *scored) if gate else scored,
        low=data["range"][0],
        high=data["range"][1],
        max_missing=prorate["max_missing"] if prorate["allowed"] else 0,
        skips=tuple(_skips(data)),
        subscales=tuple(Subscale(part["id"], tuple(part["items"]), *part["range"]) for part in data["subscales"]),
        derived=tuple(_derived(figure) for figure in data["derived"]),
    )


def _skips(data: Json) -> list[Skip]:
    skips = [
        Skip(skip["when"]["linkId"], skip["when"]["value"], tuple(skip["items"]), ignores_answers=False)
        for skip in data.get("skip", ())
    ]
    if gate := data.get("gate"):
        skips.append(Skip(gate["linkId"], gate["stop_value"], tuple(data["scored_items"]), ignores_answers=True))
    return skips


def _derived(data: Json) -> CountAtLeast | AllOf | Threshold:
    match data["method"]:
        case "count_ge":
            thresholds = tuple((link_id, data["thresholds"][link_id]) for link_id in data["items"])
            return CountAtLeast(data["id"], thresholds, data["requires"] == "complete_scored")
        case "all_of":
            conditions = tuple((c["field"], c["operator"], c["value"]) for c in data["conditions"])
            return AllOf(data["id"], conditions)
        case "threshold_by_context":
            return Threshold(data["id"], data["context"], MappingProxyType(data["thresholds"]))
    raise ValueError(f"{data['id']}: there is no method {data['method']}")


def _change_rules(data: Json, *, prefix: str) -> ChangeRules:
    mcid, rci, response, rise = data["mcid"] or {}, data["rci"] or {}, data["response"], data.get("review_rise")
    return ChangeRules(
        mcid=mcid.get("points"),
        mcid_in_percent=mcid.get("unit") == "percent",
        rci=rci.get("points"),
        response=_response(response) if response else None,
        remission=_target(data["remission"]),
        recovery=_target(data.get("recovery_alt")),
        review_rise=Rise(rise["points"], Flag(f"{prefix}.rise", Severity.HIGH, rise["label"])) if rise else None,
    )


def _response(data: Json) -> Response:
    return Response(data["type"], data["value"], data.get("operator"), data.get("min_baseline"))


def _target(data: Json | None) -> Target | None:
    return Target(data["operator"], data["value"]) if data else None
