"""The addresses of signing up, signing in and one's own account; of allauth's views only those that the product has."""

from allauth.account import views
from django.urls import URLPattern, path, re_path

from accounts.views import factors, passkeys, second_step, sessions, sign_ins, step_up

urlpatterns: list[URLPattern] = [
    path("sign-in", views.login, name="account_login"),
    path("sign-in/passkey/challenge", passkeys.passkey_challenge, name="passkey-challenge"),
    path("sign-in/passkey", passkeys.passkey_answer, name="passkey-answer"),
    path("sign-in/second-step", second_step.second_step, name="second-step"),
    path("sign-in/second-step/end", second_step.give_up, name="give-up-second-step"),
    path("sign-out", views.logout, name="account_logout"),
    path("sign-up", views.signup, name="account_signup"),
    path("account-closed", views.account_inactive, name="account_inactive"),
    path("confirm-email", views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)$", views.confirm_email, name="account_confirm_email"),
    path("password", views.password_change, name="account_change_password"),
    path("password-reset", views.password_reset, name="account_reset_password"),
    path("password-reset/sent", views.password_reset_done, name="account_reset_password_done"),
    path("password-reset/done", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password-reset/(?P<uidb36>[0-9a-z]+)-(?P<key>.+)$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/step-up", step_up.step_up, name="step-up"),
    path("account/confirm-password", step_up.confirm_password, name="confirm-password"),
    path("account/factors", factors.factors, name="factors"),
    path("account/factors/authenticators", factors.add_authenticator, name="add-authenticator"),
    path("account/factors/authenticators/<uuid:device_id>", factors.set_up_authenticator, name="set-up-authenticator"),
    path("account/factors/passkeys/challenge", passkeys.begin_passkey, name="begin-passkey"),
    path("account/factors/passkeys", passkeys.add_passkey, name="add-passkey"),
    path("account/factors/<slug:key>/name", factors.rename_factor, name="rename-factor"),
    path("account/factors/<slug:key>/removal", factors.remove_factor, name="remove-factor"),
    path("account/sign-ins", sign_ins.sign_ins, name="sign-ins"),
    path("account/recovery-codes", factors.make_recovery_codes, name="make-recovery-codes"),
    path("account/sessions", sessions.sessions, name="sessions"),
    path("account/sessions/others/end", sessions.end_others, name="end-other-sessions"),
    path("account/sessions/<uuid:session_id>/end", sessions.end_one, name="end-session"),
]
