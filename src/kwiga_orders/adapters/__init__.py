"""Adapters: one technology a module; each needs at most one extra, which it imports when it is used."""
