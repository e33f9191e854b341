"""The three plans that every installation starts with; operators change them in the admin."""

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PLANS = [
    {
        "code": "free",
        "name": "Free",
        "requests_per_second": 10,
        "messages_per_day": 1_000,
    },
    {
        "code": "premium",
        "name": "Premium",
        "requests_per_second": 100,
        "messages_per_day": 100_000,
    },
    {
        "code": "enterprise",
        "name": "Enterprise",
        "requests_per_second": 1_000,
        "messages_per_day": None,
    },
]


def make_plans(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    plans = apps.get_model("accounts", "Plan").objects.using(schema_editor.connection.alias)
    for plan in PLANS:
        plans.get_or_create(code=plan["code"], defaults=plan)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0001_initial")]
    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.RunPython(make_plans, migrations.RunPython.noop, elidable=False)
    ]
