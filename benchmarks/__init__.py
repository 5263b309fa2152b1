"""Benchmarks: one script for each topic, and one table for all."""
