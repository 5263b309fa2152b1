"""Adapters: one module for each technology. Each needs at most one extra, and imports it on first use."""
