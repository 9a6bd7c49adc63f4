"""What an event is called in a sentence: gathered from the `Event` choices in every app's `terms.py` files."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings

PRIVATE = ("process_note.",)  # nobody but their author learns even that there is one (SEC-10)
CONCERNS = ("boundary_concern.",)  # the treating team does not see these (permissions.md, rule 12)


@dataclass(frozen=True)
class Words:
    """`verb` as in "Dr N. Okafor approved the screening"; `clinical` when a pathway app owns the event."""

    verb: str
    clinical: bool


@cache
def known() -> dict[str, Words]:
    """Every event there is, by name."""
    words: dict[str, Words] = {}
    for module in modules():
        clinical = not module.__name__.startswith("kap_clinic.")
        for name, verb in getattr(module.Event, "choices", ()):
            words.setdefault(name, Words(str(verb), clinical))
    return words


def modules() -> list[ModuleType]:
    """The `terms` modules of our own apps that name events."""
    ours = [config for config in apps.get_app_configs() if _is_ours(Path(config.path))]
    found = []
    for config in ours:
        for path in sorted(Path(config.path).rglob("terms.py")):
            inside = path.relative_to(config.path).with_suffix("").parts
            found.append(import_module(".".join([config.name, *inside])))
    return [module for module in found if hasattr(module, "Event")]


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts


def verb(event: str) -> str:
    """The verb phrase; a name no longer in use speaks for itself."""
    words = known().get(event)
    return words.verb if words else f"did “{event}”"


def is_clinical(event: str) -> bool:
    words = known().get(event)
    return words is None or words.clinical
