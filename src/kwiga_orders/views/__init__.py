"""Turns state into the JSON shapes of the wire: cards, the customer's view, rows, answers; typed, without pydantic."""
