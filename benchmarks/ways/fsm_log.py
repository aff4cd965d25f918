"""Django: a model with a field of ``django-fsm-2``, and ``django-fsm-log`` that keeps a line of every transition.

Each step loads the row, calls the transition with its conditions, and saves, in one ``atomic`` block, so that the state
and its line are one commit. Sign-offs and the lifting are rows of their own, as one writes them there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction

from benchmarks.ways import HOLDER, LEAD, PRAGMAS, SIGNERS, WHY, check


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new database. Django has one configuration in a process, so this works once."""
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "django.db",
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": ";".join(PRAGMAS)},
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_fsm_log"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    release_model, sign_off_model, person_model = _models()
    with connection.schema_editor() as editor:
        editor.create_model(release_model)
        editor.create_model(sign_off_model)
    people = {name: person_model.objects.create_user(name) for name in (LEAD, HOLDER, *SIGNERS)}
    check(connection.connection)

    def move(name: str, trigger: str, person: str) -> None:
        with transaction.atomic():
            release = release_model.objects.get(name=name)
            getattr(release, trigger)(by=people[person], description=WHY)
            release.save()

    def sign(name: str, trigger: str, person: str) -> None:
        with transaction.atomic():
            release = release_model.objects.get(name=name)
            release.signed.create(trigger=trigger, round=release.round, person=people[person], why=WHY)

    def lift(name: str) -> None:
        with transaction.atomic():
            release = release_model.objects.get(name=name)
            release.signed.create(trigger="lift", round=release.round, person=people[HOLDER], why=WHY)
            release.held = False
            release.save()

    def work(name: str) -> None:
        release_model.objects.create(name=name, by=people[LEAD], why=WHY)
        for person in SIGNERS:
            sign(name, "submit", person)
        move(name, "submit", LEAD)
        move(name, "delay", HOLDER)
        lift(name)
        move(name, "resume", LEAD)
        for person in SIGNERS:
            sign(name, "release", person)
        move(name, "release", LEAD)

    return work


def _models() -> tuple[Any, Any, Any]:
    """The models, which can be made only when Django has been set up."""
    from django.contrib.auth.models import User
    from django_fsm import FSMField, transition
    from django_fsm_log.decorators import fsm_log_by, fsm_log_description

    class Release(models.Model):
        """A release."""

        name = models.CharField(max_length=64, unique=True)
        by = models.ForeignKey(User, on_delete=models.PROTECT)
        why = models.TextField()
        at = models.DateTimeField(auto_now_add=True)
        stage = FSMField(default="testing", protected=True)
        round = models.IntegerField(default=1)
        held = models.BooleanField(default=False)

        class Meta:
            app_label = "benchmark"

        def _approved(self, trigger: str) -> bool:
            signed = self.signed.filter(trigger=trigger, round=self.round).values("person").distinct()
            return signed.count() >= len(SIGNERS)

        def may_submit(self) -> bool:
            return self._approved("submit")

        def may_resume(self) -> bool:
            return not self.held

        def may_release(self) -> bool:
            return self._approved("release")

        def _next(self, *, held: bool = False) -> None:
            self.round += 1
            self.held = held

        @fsm_log_by
        @fsm_log_description
        @transition(field=stage, source="testing", target="review", conditions=[may_submit])
        def submit(self, by: User, description: str) -> None:  # noqa: ARG002
            self._next()

        @fsm_log_by
        @fsm_log_description
        @transition(field=stage, source="review", target="delay")
        def delay(self, by: User, description: str) -> None:  # noqa: ARG002
            self._next(held=True)

        @fsm_log_by
        @fsm_log_description
        @transition(field=stage, source="delay", target="review", conditions=[may_resume])
        def resume(self, by: User, description: str) -> None:  # noqa: ARG002
            self._next()

        @fsm_log_by
        @fsm_log_description
        @transition(field=stage, source="review", target="public", conditions=[may_release])
        def release(self, by: User, description: str) -> None:  # noqa: ARG002
            self._next()

    class SignOff(models.Model):
        """An approval."""

        release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="signed")
        trigger = models.CharField(max_length=32)
        round = models.IntegerField()
        person = models.ForeignKey(User, on_delete=models.PROTECT)
        why = models.TextField()
        at = models.DateTimeField(auto_now_add=True)

        class Meta:
            app_label = "benchmark"

    return Release, SignOff, apps.get_model("auth", "User")
