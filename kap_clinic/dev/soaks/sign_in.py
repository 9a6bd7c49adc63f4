"""However many guess at once, and from wherever: an account takes five guesses, an address twenty tries."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

from django.db import connection, transaction
from django.test import RequestFactory

from kap_clinic.accounts.signin import throttle
from kap_clinic.dev.soaks import Report

CONNECTIONS = 8


def run(n: int, seed: int) -> Report:
    """Two attacks of `n` tries each: one account from everywhere, and everybody from one address."""
    chance, broken = Random(seed), []  # noqa: S311  # a trial, no secret
    account = attack("ada@example.org", tries=n, connections=CONNECTIONS, chance=chance)
    if account["taken"] > throttle.FAILURES:
        broken.append(f"seed {seed}: an account took {account['taken']} guesses")
    address = attack(None, tries=n, connections=CONNECTIONS, chance=chance)
    if address["taken"] > throttle.TRIES:
        broken.append(f"seed {seed}: an address had {address['taken']} tries")
    figures = {"guesses taken by the account": account["taken"], "tries taken from the address": address["taken"]}
    return Report(injected={"account": n, "address": n}, broken=broken, figures=figures)


def attack(who: str | None, *, tries: int, connections: int, chance: Random | None = None) -> Counter[str]:
    """Guess at one account from many addresses, or without one at many accounts from one address."""

    def one(number: int) -> str:
        place = f"198.51.{number // 250 % 250}.{number % 250}" if who else "192.0.2.1"
        return _try(who or f"somebody{number}@example.org", place)

    order = list(range(tries))
    if chance:
        chance.shuffle(order)
    with ThreadPoolExecutor(connections) as pool:
        shares = [pool.submit(_work, one, order[start::connections]) for start in range(connections)]
        return sum((share.result() for share in shares), Counter())


def _work(one: Callable[[int], str], numbers: list[int]) -> Counter[str]:
    try:
        return Counter(one(number) for number in numbers)
    finally:
        connection.close()


@transaction.atomic
def _try(who: str, place: str) -> str:
    """One wrong guess, as the adapter makes it."""
    request = RequestFactory().post("/account/login/", REMOTE_ADDR=place)
    try:
        throttle.ask(request, who)
    except throttle.TooMany:
        return "refused"
    throttle.note(request, who, failed=True)
    return "taken"
