"""From state to the wire's shapes: cards, the customer's view, rows, answers; typed, and without pydantic."""
