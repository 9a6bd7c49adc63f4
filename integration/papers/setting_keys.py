"""What a clinic sets for its receipts: a code and an amount for each kind of visit and each way a dose is given."""

from integration.papers.rules import SERVICES
from kap_clinic.accounts.setting_keys import Key, Kind, declare
from screening.terms import Route

TOPIC = "billing"
CURRENCY, PROVIDER = "bill_currency", "bill_provider"


def label(service: str) -> str:
    """What the settings call a service: a dose with its route, since each may have its own code."""
    route = service.partition("_")[2]
    return f"{SERVICES[service]}: {Route(route).label}" if route else SERVICES[service]


def code_key(service: str) -> str:
    return f"bill_{service}_code"


def amount_key(service: str) -> str:
    return f"bill_{service}_amount"


declare(
    Key(CURRENCY, TOPIC, "Currency", Kind.TEXT, "USD", help="As it stands beside an amount"),
    Key(PROVIDER, TOPIC, "Who bills", Kind.LINES, [], help="Like the tax number and the provider number, one a line"),
    *(Key(code_key(one), TOPIC, f"{label(one)}, code", Kind.TEXT, "", help="Like 90837") for one in SERVICES),
    *(
        Key(amount_key(one), TOPIC, f"{label(one)}, amount", Kind.AMOUNT, "", help="Like 250.00; empty: not set")
        for one in SERVICES
    ),
)
