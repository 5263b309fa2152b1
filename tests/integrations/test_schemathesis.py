"""What the router takes and gives is what its OpenAPI document says, as Schemathesis sees it."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.effort import is_thorough
from tests.integrations.test_fastapi import application

APP = application()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@SCHEMA.parametrize()
@settings(
    max_examples=50 if is_thorough() else 2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation(case: "schemathesis.Case[Any]") -> None:
    """Documents that the schema allows are answered, by what it says; none breaks the service."""
    case.call_and_validate(checks=CHECKS)
