"""Tools for the tests of hosts and adapters: a school in memory, suites for ports, strategies for hypothesis.

The tests of this library use the same tools. They need the packages of the extra `testing`, and no other module of the
library imports them.
"""
