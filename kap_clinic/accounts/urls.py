"""Addresses under /account/. Names with `account_` and `mfa_` are the ones allauth looks for."""

from django.urls import path

from kap_clinic.accounts.invitations import views as invitations
from kap_clinic.accounts.lock import views as lock
from kap_clinic.accounts.signin import account, confirm, reset, second_factors, views

urlpatterns = [
    path("", account.account, name="account"),
    path("look/", account.change_look, name="change_look"),
    path("password/", account.change_password, name="change_password"),
    path("clinic/", account.choose_clinic, name="choose_clinic"),
    path("sessions/end/", account.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:key>/end/", account.end_session, name="end_session"),
    # In and out
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.second_step, name="mfa_authenticate"),
    path("login/passkey/", views.passkey_sign_in, name="mfa_login_webauthn"),
    path("logout/", views.sign_out, name="account_logout"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("forgotten/", reset.forgotten, name="forgotten"),
    path("new-password/<uuid:ref>/<str:token>/", reset.new_password, name="new_password"),
    path("invitation/", invitations.accept, name="accept_invitation"),
    path("invitation/<str:token>/", invitations.link, name="invitation_link"),
    # Second factors
    path("second-factor/", second_factors.choose, name="second_factor"),
    path("second-factor/app/", second_factors.add_app, name="add_app"),
    path("second-factor/passkey/", second_factors.add_passkey, name="add_passkey"),
    path("second-factor/codes/", second_factors.recovery_codes, name="recovery_codes"),
    path("second-factor/codes/new/", second_factors.new_recovery_codes, name="new_recovery_codes"),
    path("second-factor/<int:pk>/remove/", second_factors.remove, name="remove_factor"),
    # Proving it again, and the idle lock
    path("confirm/", confirm.confirm, name="confirm"),
    path("lock/", lock.lock, name="lock"),
    path("unlock/", lock.unlock, name="unlock"),
    path("passkey-question/", lock.passkey_question, name="passkey_question"),
    path("here/", lock.here, name="here"),
    path("held/<uuid:ref>/", lock.held_post, name="held"),
    path("held/<uuid:ref>/drop/", lock.drop_held, name="drop_held"),
]
