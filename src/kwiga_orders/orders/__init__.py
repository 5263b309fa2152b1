"""Orders: their state, the commands to them, their events, and the rules that decide commands."""
