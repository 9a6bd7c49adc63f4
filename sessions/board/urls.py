"""Addresses under /board/."""

from django.urls import path

from sessions.board import views

app_name = "board"
urlpatterns = [
    path("", views.board, name="board"),
    path("now/", views.now, name="now"),
]
