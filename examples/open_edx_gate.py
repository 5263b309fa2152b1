"""An access check like in Open edX: courses are trees of blocks with opaque keys, and a closed block says why.

    python examples/open_edx_gate.py

Chapters become modules and sequentials become lessons; everything in a sequential is open together with it. Keys are
opaque: they are used as ids without parsing them.
"""

from collections.abc import Mapping, Sequence

import attrs

from kwiga_orders import Contact, Course, Lesson, Module, Orders
from kwiga_orders.queries import LessonsQuery
from kwiga_orders.testing.school import School

COURSE_KEY = "course-v1:KwigaX+Python+2026"


@attrs.frozen(kw_only=True)
class Block:
    """A block of a course, as in the modulestore."""

    key: str
    type: str
    children: Sequence["Block"] = ()


def outline(course_key: str, root: Block) -> Course:
    """Give the course outline for the port `Courses`."""
    modules = (
        Module(
            id=chapter.key,
            lessons=tuple(Lesson(id=one.key) for one in chapter.children if one.type == "sequential"),
        )
        for chapter in root.children
    )
    return Course(product=course_key, title=course_key, modules=tuple(modules))


def sequentials(block: Block, within: str | None = None) -> Mapping[str, str]:
    """Give the key of the sequential for each block in it, and for the sequential itself."""
    within = block.key if block.type == "sequential" else within
    found = {} if within is None else {block.key: within}
    for child in block.children:
        found |= sequentials(child, within)
    return found


def gate(orders: Orders, root: Block, *, user: int, course_key: str, usage_key: str) -> Sequence[str]:
    """Give the codes of why a block is closed to a user; none if it is open or in no sequential."""
    lesson = sequentials(root).get(usage_key)
    if lesson is None:
        return ()
    # user ids are numbers in Open edX, and texts here
    answer = orders.ask(LessonsQuery(contact=str(user), product=course_key))
    return () if lesson in answer["open"] else answer["closed"][lesson]["reasons"]


def block(type: str, name: str, *children: Block) -> Block:
    """Make a block with a key like in Open edX."""
    return Block(key=f"block-v1:KwigaX+Python+2026+type@{type}+block@{name}", type=type, children=children)


def main() -> None:
    """Sell the course, and check one of its problems before and after."""
    problem = block("problem", "loops-1")
    loops = block("sequential", "loops", block("vertical", "unit1", problem))
    root = block("course", "course", block("chapter", "week1", loops))
    school = School()
    school.has(outline(COURSE_KEY, root))
    school.sells("verified", product=COURSE_KEY)
    school.knows(Contact(id="42"))
    order = school.opens("verified", contact="42")
    print(*gate(school.orders, root, user=42, course_key=COURSE_KEY, usage_key=problem.key))
    school.pays(order)
    print(gate(school.orders, root, user=42, course_key=COURSE_KEY, usage_key=problem.key) or "open")


if __name__ == "__main__":
    main()
