"""Paths of the people's pages, whole: `gateway.urls` includes them at the root, before allauth's."""

from django.urls import path

from accounts import people, views

urlpatterns = [
    path("settings/people/", people.people, name="settings-people"),
    path("settings/people/invite/", people.invite_person, name="invite-person"),
    path("settings/people/invitations/<int:pk>/revoke/", people.revoke, name="revoke-invitation"),
    path("settings/people/<int:pk>/role/", people.give_role, name="give-role"),
    path("settings/people/<int:pk>/remove/", people.remove, name="remove-member"),
    path("accounts/first/<str:token>/", views.first_owner, name="first-owner"),
    path("accounts/invitations/", views.invitation, name="invitation"),
    path("accounts/invitations/<str:secret>/", views.invitation_link, name="invitation-link"),
    path("accounts/open/", views.open_own_account, name="open-own-account"),
    path("accounts/switch/", views.switch_account, name="switch-account"),
    path("accounts/theme/", views.choose_theme, name="theme"),
]
