"""Orders: what they are, what can be asked of them, what happens to them, and how that is decided."""
