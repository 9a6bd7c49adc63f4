"""Where somebody is signed in, and how it ends."""

import pytest
from allauth.usersessions.models import UserSession
from django.urls import reverse

from kap_clinic.accounts.models import User
from kap_clinic.accounts.signin.sessions import browser_of, end_all
from tests.people import signed_in

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def enter(client, user):
    """Signed in with a row in the list of sessions, as the real sign-in leaves it."""
    signed_in(client, user)
    UserSession.objects.update_or_create(
        session_key=client.session.session_key, defaults={"user": user, "ip": "192.0.2.1", "user_agent": CHROME}
    )
    return client


def is_in(client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.fixture
def here(client, therapist):
    return enter(client, therapist)


@pytest.fixture
def there(client, therapist):
    return enter(type(client)(), therapist)


def test_the_list_shows_each_browser_this_one_first(here, there):
    page = here.get("/account/")

    assert [place.here for place in page.context["places"]] == [True, False]
    assert "Chrome on Windows" in page.content.decode()


def test_another_session_can_be_ended(here, there):
    other = next(place for place in here.get("/account/").context["places"] if not place.here)

    here.post(reverse("end_session", args=[other.key]))

    assert is_in(here)
    assert not is_in(there)


def test_nobody_ends_the_session_of_somebody_else(here, client, nurse):
    theirs = enter(type(client)(), nurse)
    row = UserSession.objects.get(user=nurse)

    assert here.post(reverse("end_session", args=[row.pk])).status_code == 404
    assert is_in(theirs)


def test_all_others_can_be_ended_at_once(here, there):
    before = here.session.session_key

    here.post("/account/sessions/end/")

    assert is_in(here)
    assert not is_in(there)
    assert here.session.session_key != before


def test_a_new_password_ends_the_others_and_tells_the_person(
    here, there, therapist, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        here.post("/account/password/", {"password": "nine copper kettles"})

    assert is_in(here)
    assert not is_in(there)
    assert User.objects.get(pk=therapist.pk).check_password("nine copper kettles")
    assert [letter.subject for letter in mailoutbox] == ["Your password was changed"]


def test_ending_all_reaches_sessions_that_are_not_in_the_list(here, therapist, client):
    unlisted = signed_in(type(client)(), therapist)
    UserSession.objects.all().delete()

    end_all(therapist)

    assert not is_in(here)
    assert not is_in(unlisted)


def test_a_disabled_account_is_out_at_the_next_request(here, therapist):
    User.objects.filter(pk=therapist.pk).update(is_active=False)

    assert not is_in(here)


def test_somebody_without_a_place_left_reaches_nothing(here, therapist):
    therapist.memberships.update(ended_at=therapist.joined_at)

    assert here.get("/account/").status_code == 403


def test_how_pages_look_is_kept_for_every_device(here, there, therapist):
    here.post("/account/look/", {"theme": "dark", "text_size": "l", "clock_12h": "on"})

    therapist.refresh_from_db()
    assert (therapist.theme, therapist.text_size, therapist.clock_12h) == ("dark", "l", True)
    assert 'data-theme="dark" data-text="l"' in there.get("/account/").content.decode()


def test_a_device_can_be_marked_as_shared(here):
    here.post("/account/look/", {"theme": "auto", "text_size": "m", "shared": "on"})
    assert here.cookies["shared"].value == "1"
    assert here.get("/account/").context["idle_minutes"] == 5

    here.post("/account/look/", {"theme": "auto", "text_size": "m"})
    assert here.get("/account/").context["idle_minutes"] == 15


def test_the_last_second_factor_stays(here, therapist):
    from tests.signin import with_app

    with_app(therapist)
    signed_in(here, User.objects.get(pk=therapist.pk))
    app = therapist.authenticator_set.get()

    page = here.post(reverse("remove_factor", args=[app.pk]), follow=True)

    assert "your only second factor" in page.content.decode()
    assert therapist.authenticator_set.count() == 1


def test_a_second_factor_of_somebody_else_is_not_there(here, nurse):
    from tests.signin import with_app

    with_app(nurse)

    assert here.post(reverse("remove_factor", args=[nurse.authenticator_set.get().pk])).status_code == 404


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("", "A browser"),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_is_named_as_far_as_it_says(agent, words):
    assert browser_of(agent) == words
