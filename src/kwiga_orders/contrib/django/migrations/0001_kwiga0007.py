"""Make the tables, or adopt tables that a store has already made."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from kwiga_orders.contrib.django.operations import BringTables, DescribeTables


class Migration(migrations.Migration):
    """The tables of schema version 0007."""

    initial = True
    operations: ClassVar[list[Operation]] = [BringTables(), DescribeTables()]
