from django.urls import path

from screening import views

app_name = "screening"
urlpatterns = [
    path("start/<uuid:patient_ref>/", views.start, name="start"),
    path("<uuid:ref>/", views.screening, name="check"),
    path("<uuid:ref>/submission/", views.submit, name="submit"),
    path("<uuid:ref>/<slug:name>/", views.section, name="section"),
]
