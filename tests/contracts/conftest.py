"""Let the asserts of the shipped suites explain themselves, as those of tests do."""

import pytest

pytest.register_assert_rewrite("kwiga_orders.testing")
