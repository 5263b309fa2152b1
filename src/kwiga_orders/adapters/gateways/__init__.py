"""Payment gateways, one package each; `adapters.http` sends their requests."""
