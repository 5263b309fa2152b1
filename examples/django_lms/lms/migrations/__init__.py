"""Migrations of the LMS."""
