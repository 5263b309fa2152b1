"""For the tests of hosts and adapters: a school in memory, suites for ports, strategies for hypothesis.

What is here is what our own tests use. It needs the packages that tests need, and nothing of it is imported by the
library itself.
"""
