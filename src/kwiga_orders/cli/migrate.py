"""Migrate a database to the tables of this version."""

__all__ = ["run_migrate"]


def run_migrate(url: str, *, row_security: bool) -> int:
    """Run the missing migrations and print the version before and after; give the exit code."""
    from kwiga_orders.adapters.sql.migrating import migrate
    from kwiga_orders.adapters.sql.schema import NEWEST

    found = migrate(url)
    print(f"{found or 'no tables'} → {NEWEST}" if found != NEWEST else f"{NEWEST}, nothing to do")
    if row_security:
        from kwiga_orders.adapters.sql.row_security import secure

        secure(url)
        print("row level security is on")
    return 0
