"""Type names for enums and unions that have none, because they are inside other types.

A code generator numbers the types that it has to name itself (`Kind`, `Kind1`), and uses domain names such as `All` or
`For` that are clear only inside their module. The tables here give each a name that is clear everywhere.
"""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from kwiga_orders.codec import Json

__all__ = ["hoisted", "renamed"]

Schema = dict[str, Json]
"""A JSON Schema."""

_RENAMED: Mapping[str, str] = {
    "After": "DelayAfter",
    "AfterPayment": "StartAfterPayment",
    "All": "ScopeAll",
    "AtStart": "DelayAtStart",
    "DatedPart": "ScheduledPart",
    "Lesson": "CourseLesson",
    "Module": "CourseModule",
    "Practice": "CoursePractice",
    "Filter": "OrderFilter",
    "For": "DurationFor",
    "Forever": "DurationForever",
    "From": "StartFrom",
    "Full": "FullOption",
    "Item": "OfferItem",
    "ItemChange": "OfferItemChange",
    "Line": "NewLine",
    "Off": "NoCheckpoints",
    "OnDate": "DelayOnDate",
    "Only": "ScopeOnly",
    "Parts": "PartsOption",
    "Rule": "FunnelRule",
    "Schedule": "ScheduleOption",
    "Script": "GatewayScript",
    "Subscribe": "SubscriptionOption",
    "Subscription": "SubscriptionOption",
    "Until": "DurationUntil",
    "event.Line": "RecordedLine",
    "event.Subscription": "RecordedSubscription",
}
"""New names for types whose own names are clear only inside their module."""

_NAMED: Mapping[str, str] = {
    "ActorKind": "Actor.kind",
    "AdjustmentKind": "AdjustmentView.kind",
    "ApplyTo": "EditOffer.apply_to",
    "AttentionCode": "AttentionView.code",
    "CertificateRule": "Course.certificate",
    "CertificateSetting": "AccessTerms.certificate",
    "CheckpointSetting": "AccessTerms.checkpoints",
    "CommentSetting": "AccessTerms.comments",
    "Delay": "CourseLesson.delay",
    "DelaySetting": "AccessTerms.delays",
    "DueKind": "DueView.what",
    "Duration": "AccessTerms.duration",
    "EachCommand": "ForEach.each",
    "EntryKind": "EntryView.what",
    "AnyEventName": "Receipt.events",
    "EventName": "ChangeView.event",
    "LetterKind": "ContactView.no_letters",
    "LineSource": "LineView.source",
    "Locale": "Project.locale",
    "OfferState": "Offer.state",
    "OpensOn": "Offer.opens_on",
    "OrderSort": "OrdersQuery.sort",
    "OrderType": "OrderView.type",
    "Outcome": "AttemptView.outcome",
    "PaymentKind": "PaymentView.kind",
    "PaymentMethod": "PaymentView.method",
    "PaymentOption": "Offer.payment_options",
    "PaymentState": "PaymentView.state",
    "PaymentStatus": "OrderView.payment_status",
    "PracticeReview": "CoursePractice.review",
    "PracticeSetting": "AccessTerms.practices",
    "PracticeState": "Progress.practices",
    "ProblemCode": "Problem.code",
    "ReasonCode": "ReasonView.code",
    "RefundPolicy": "Offer.refund_policy",
    "ReleaseOn": "Checkpoint.release_on",
    "ReportedOutcome": "ReportAttempt.outcome",
    "Scope": "AccessTerms.scope",
    "SingleQuery": "BatchQuery.queries",
    "Start": "AccessTerms.start",
    "TakingsBy": "TakingsQuery.by",
    "TermsField": "FollowOffer.fields",
    "UnmetCode": "UnmetView.code",
    "VoidCause": "PaymentVoided.cause",
}
"""Names of enums and unions, each with one field that uses it."""

_VALUES = frozenset({"default", "enum", "examples", "required"})


def renamed(name: str) -> str:
    """Give the name of a type in generated code."""
    return _RENAMED.get(name, name)


def hoisted(definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Give the definitions with every named enum and union as a definition of its own."""
    names = {_key(one): name for name, one in definitions.items() if _key(one) is not None}
    found: dict[str, Schema] = {}
    for name, place in _NAMED.items():
        of_type, _, field = place.partition(".")
        shape = _shape_in(cast(Schema, definitions[of_type]["properties"])[field])
        names[_key(shape)] = name
        found[name] = {key: inner for key, inner in shape.items() if key in ("type", "enum", "oneOf")}
    for name, one in definitions.items():
        # A definition that is itself such a union is what the name refers to, so it stays.
        found[name] = one if _key(one) is not None else cast(Schema, _referring(one, names))
    return found


def _key(schema: Schema) -> str | None:
    """Give a key that is the same for two schemas of the same enum or union, in any order; None for other schemas."""
    if "enum" in schema:
        values = cast(list[Json], schema["enum"])
    elif isinstance(shapes := schema.get("oneOf"), list) and all("$ref" in cast(Schema, one) for one in shapes):
        values = shapes
    else:
        return None
    return json.dumps(sorted(map(json.dumps, values))) if len(values) > 1 else None


def _shape_in(schema: Json) -> Schema:
    """Find the enum or union in the schema of a field, also in a list, in a map, or next to null."""
    for one in _schemas_in(schema):
        if _key(one) is not None:
            return one
    raise LookupError(f"neither an enum nor a union is in {schema}")


def _schemas_in(schema: Json) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
        alternatives = cast(list[Json], schema.get("anyOf", []))
        for inner in (schema.get("items"), schema.get("additionalProperties"), *alternatives):
            yield from _schemas_in(inner)


def _referring(node: Json, names: Mapping[str | None, str]) -> Json:
    """Replace each enum and union by a reference to its name; other keywords stay beside the reference."""
    if isinstance(node, list):
        return [_referring(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    name = names.get(_key(node))
    if name is not None:
        rest = {key: inner for key, inner in node.items() if key not in ("type", "enum", "oneOf")}
        reference: Schema = {"$ref": f"#/$defs/{name}"}
        # Some generators copy a type if there is text next to its `$ref`.
        return {"allOf": [reference], **rest} if rest else reference
    return {key: _inner(key, inner, names) for key, inner in node.items()}


def _inner(key: str, inner: Json, names: Mapping[str | None, str]) -> Json:
    if key in _VALUES:
        return inner
    if key == "properties" and isinstance(inner, dict):
        # Names of fields are not keywords, though a field may be called `required`.
        return {field: _referring(one, names) for field, one in inner.items()}
    return _referring(inner, names)
