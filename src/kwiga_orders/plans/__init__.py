"""Plans: the rules of `access`, compiled for one contact and one product into integers, bits and change points.

    grants = [Grant(order=order, line=line, resolved=resolved(order, line, offers)) for order, line in …]
    plan = compile_plan(grants, project=project, course=course, progress=progress)
    plan.access(at), plan.lesson("l2", at), plan.lessons(at), plan.schedule(start)

A plan has no rule of its own: windows, blocks, scope, delays, checkpoints and the choice of the speaking grant come
from `access`. It is compiled in steps, one module each: `timeline` (the status of a grant in each span), `limits` (the
limits of its lessons, with `counting`), `grant_plan` (both together), `product_plan` (several grants of a product),
`plan` (the questions). `schedule` lists openings and closings by time, `class_report` answers for a whole class.
"""

from kwiga_orders.plans.class_report import OpenLessons
from kwiga_orders.plans.plan import Plan, compile_plan
from kwiga_orders.plans.schedule import late_lessons

__all__ = ["OpenLessons", "Plan", "compile_plan", "late_lessons"]
