"""Payment gateways: one module each, and what they have in common in `http`."""
