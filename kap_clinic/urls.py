"""Every address. The address belongs to the reader, the module to the layer."""

from django.urls import include, path

from kap_clinic.accounts.drafts import views as drafts

urlpatterns = [
    path("account/", include("kap_clinic.accounts.urls")),
    path("drafts/<slug:form>/", drafts.draft, name="draft"),
    path("settings/proposals/", include("kap_clinic.accounts.proposals.urls")),
    path("settings/consents/", include("patients.consents.text_urls")),
    path("settings/", include("kap_clinic.accounts.clinic_settings.urls")),
    path("break-glass/", include("patients.breakglass.urls")),
    path("", include("kap_clinic.web.urls")),
    path("", include("kap_clinic.desk.urls")),
    path("patients/", include("patients.urls")),
    path("patients/<uuid:ref>/consents/", include("patients.consents.urls")),
    path("patients/<uuid:ref>/outside/", include("patients.outside.urls")),
    path("patients/<uuid:ref>/notes/private/", include("patients.process_notes.urls")),
    path("patients/<uuid:ref>/notes/", include("patients.notes.urls")),
    path("schedule/", include("sessions.visits.urls")),
    path("board/", include("sessions.board.urls")),
    path("reports/", include("kap_clinic.reports.urls")),
    path("patients/<uuid:ref>/course/", include("integration.tracking.urls")),
    path("sessions/<uuid:ref>/check/", include("sessions.gate.urls")),
    path("sessions/<uuid:ref>/", include("sessions.dosing.urls")),
    path("", include("screening.urls")),
    path("patients/<uuid:ref>/orders/", include("sessions.orders.urls")),
    path("integration/", include("integration.continuing.urls")),
    path("integration/", include("integration.visits.urls")),
    path("", include("integration.papers.urls")),
    path("patients/<uuid:ref>/events/", include("sessions.events.urls")),
    path("sessions/<uuid:ref>/record/", include("sessions.record.urls")),
    path("sessions/<uuid:ref>/discharge/", include("sessions.discharge.urls")),
    path("p/", include("kap_clinic.portal.urls")),
]

handler403 = "kap_clinic.accounts.refusals.refused"
handler404 = "kap_clinic.accounts.refusals.not_found"
