from django.urls import path

from integration.continuing import views

app_name = "continuing"
urlpatterns = [
    path("continuations/<uuid:ref>/", views.continuation, name="review"),
    path("closing/<uuid:ref>/", views.closing, name="closing"),
    path("closing/<uuid:ref>/plan/", views.plan, name="plan"),
    path("closing/<uuid:ref>/<slug:to>/", views.close, name="close"),
]
