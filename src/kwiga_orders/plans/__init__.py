"""Who may learn what, and when: from grants to a plan, from a plan to answers with reasons.

    grants = [Grant(order=order, line=line, resolved=resolved(order, line, offers)) for order, line in …]
    plan = compile_plan(grants, project=project, course=course, progress=progress)
    plan.access(at), plan.lesson("l2", at), plan.lessons(at), plan.schedule(start)

Laws:

1. Access is computed from facts when asked; no scheduled job is needed for it to be right (A8).
2. A closed door always says why: all reasons that apply, the first is the headline (A5, L1).
3. More grants never take access away (A6).
4. An answer is constant up to its next change, and changes at it (A7).
5. No clock is read; any question can be asked about any moment (T6).

A plan is compiled in steps, each a module: `standing` (how a grant stands when), `limits` (what limits its lessons),
`rights` (both together), `product` (several grants as one), `plan` (what is asked);
`reports` asks of a whole class.
"""

from kwiga_orders.plans.answers import Access, Entry, EntryKind, LessonDecision, Lessons, Reason, ReasonCode
from kwiga_orders.plans.class_report import OpenLessons
from kwiga_orders.plans.content import lessons_in_scope, required_practices
from kwiga_orders.plans.plan import Plan, compile_plan
from kwiga_orders.plans.schedule import late_lessons
from kwiga_orders.plans.timeline import Grant

__all__ = [
    "Access",
    "Entry",
    "EntryKind",
    "Grant",
    "LessonDecision",
    "Lessons",
    "OpenLessons",
    "Plan",
    "Reason",
    "ReasonCode",
    "compile_plan",
    "late_lessons",
    "lessons_in_scope",
    "required_practices",
]
