"""How fast, against what: one script a topic, one table for all."""
