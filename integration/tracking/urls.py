from django.urls import path

from integration.tracking import views

app_name = "tracking"
urlpatterns = [path("", views.tracking, name="tracking")]
