"""A site of Django for the tests: two projects, on SQLite and on PostgreSQL, set up once in a process."""
