"""How large a broadcast may be on the three plans that every installation starts with, and how many a day."""

from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CAPS: dict[str, dict[str, Any]] = {
    "free": {"broadcast_recipients": 100, "broadcasts_per_day": 1, "may_schedule_broadcasts": False},
    "premium": {"broadcast_recipients": 10_000, "broadcasts_per_day": 10},
}


def set_caps(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    plans = apps.get_model("accounts", "Plan").objects.using(schema_editor.connection.alias)
    for code, caps in CAPS.items():
        plans.filter(code=code).update(**caps)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0003_wallet_journal_audit_chain")]
    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.RunPython(set_caps, migrations.RunPython.noop, elidable=False)
    ]
