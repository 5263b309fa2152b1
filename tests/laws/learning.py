"""What the laws of access and of lessons begin with: an order that was paid, a module, the plan of a drawn learner."""

from kwiga_orders.course import Course, Delay, Lesson, Module
from kwiga_orders.plans import Plan, compile_plan
from kwiga_orders.project import Project
from kwiga_orders.terms import TermsChange
from kwiga_orders.testing.school import School
from kwiga_orders.testing.strategies import Learner

NOW = "2026-11-01 10:00"


def bought(school: School | None = None, *, terms: TermsChange = TermsChange()) -> tuple[School, str]:
    """Give a school, and an order bought and paid in it on 1 November at ten."""
    school = (school or School()).at(NOW)
    school.sells(terms=terms)
    order = school.opens()
    school.pays(order)
    return school, order


def studying(
    *modules: Module,
    terms: TermsChange = TermsChange(),
    project: Project | None = None,
) -> tuple[School, str]:
    """Give a school that teaches these modules, and an order bought and paid on 1 November at ten."""
    school = School(project=project)
    school.has(Course(product="python", title="Python", modules=modules))
    return bought(school, terms=terms)


def module(*lessons: Lesson, id: str = "m1", delay: Delay | None = None) -> Module:
    """Give a module."""
    return Module(id=id, delay=delay, lessons=lessons)


def plan_of(learner: Learner) -> Plan:
    """Compile the plan of a drawn learner."""
    return compile_plan(learner.grants, project=learner.project, course=learner.course, progress=learner.progress)
