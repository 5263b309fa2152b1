"""How other libraries, if installed, decide whether a lesson is open: from the same six instants, without reasons."""

import json
from collections.abc import Callable
from importlib.util import find_spec

import attrs

__all__ = ["Instants", "deciders"]

_CASBIN = """
[request_definition]
r = sub, obj, at
[policy_definition]
p = sub, obj
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub.starts <= r.at && r.at < r.sub.ends && !(r.sub.frozen <= r.at && r.at < r.sub.thawed) && r.at < r.sub.due \
&& r.obj.opens <= r.at
"""
_CEDAR = """
permit (principal, action == Action::"learn", resource) when {
    principal.starts <= context.at && context.at < principal.ends
    && !(principal.frozen <= context.at && context.at < principal.thawed)
    && context.at < principal.due && resource.opens <= context.at
};
"""


@attrs.frozen
class Instants:
    """The data of a decision."""

    starts: int
    ends: int
    frozen: int
    thawed: int
    due: int
    opens: int


def deciders(at: int, instants: Instants) -> dict[str, Callable[[], object]]:
    """Give functions that decide at an instant, by the name of the library."""
    known = {"casbin": by_casbin, "cedarpy": by_cedar}
    return {name: made(at, instants) for name, made in known.items() if find_spec(name)}


def by_casbin(at: int, instants: Instants) -> Callable[[], object]:
    """Decide by attributes."""
    import casbin

    model = casbin.Model()
    model.load_model_from_text(_CASBIN)
    enforcer = casbin.Enforcer(model)
    assert enforcer.enforce(instants, instants, at)
    return lambda: enforcer.enforce(instants, instants, at)


def by_cedar(at: int, instants: Instants) -> Callable[[], object]:
    """Decide by a policy and entities that were parsed before."""
    import cedarpy

    learner = {"uid": {"type": "Learner", "id": "olena"}, "attrs": attrs.asdict(instants), "parents": []}
    lesson = {"uid": {"type": "Lesson", "id": "l50"}, "attrs": {"opens": instants.opens}, "parents": []}
    entities = cedarpy.Entities.from_json_str(json.dumps([learner, lesson]))
    policies = cedarpy.PolicySet.from_str(_CEDAR)
    request = {
        "principal": 'Learner::"olena"',
        "action": 'Action::"learn"',
        "resource": 'Lesson::"l50"',
        "context": {"at": at},
    }
    assert cedarpy.is_authorized(request, policies, entities).allowed
    return lambda: cedarpy.is_authorized(request, policies, entities)
