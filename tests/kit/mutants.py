"""Planted faults: each is one line of the rules, wrong as a tired engineer gets it wrong, and each is of another rule.

The laws that ship to hosts must tell them, by themselves (`tools/planted.py`, `make mutants`).
"""

import attrs

__all__ = ["MUTANTS", "Mutant"]


@attrs.frozen
class Mutant:
    """A fault: the rule it breaks, what a host would say of it, the module, and the text that is replaced in it."""

    rule: str
    title: str
    module: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """A short name for a command line: `P9-refund-over-the-limit`."""
        return f"{self.rule}-{self.title.replace(' ', '-').replace(chr(39), '')}"

    def planted(self, source: str) -> str:
        """Give the source of its module with the fault in it.

        Raises:
            ValueError: unless the text that it replaces stands there exactly once.
        """
        if (there := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: {self.old!r} stands {there} times in {self.module}")
        return source.replace(self.old, self.new)


MUTANTS = (
    # Time
    Mutant(
        "T2",
        "months are chained",
        "periods",
        "        return wall + (_months(self.months * count)",
        "        if self.months and count > 1:\n"
        "            return self.after(self.after(wall), count=count - 1)\n"
        "        return wall + (_months(self.months * count)",
    ),
    Mutant(
        "T3",
        "a gap goes backwards",
        "periods",
        "return wall.replace(tzinfo=zone, fold=0)",
        "return wall.replace(tzinfo=zone, fold=1)",
    ),
    Mutant("T4", "a grant is open at its end", "plans.timeline", "starts <= start < ends])", "starts < start < ends])"),
    Mutant(
        "T5",
        "until a day excludes it",
        "periods",
        "datetime.combine(value + timedelta(days=1), time.min)",
        "datetime.combine(value, time.min)",
    ),
    Mutant("T7", "an order keeps no zone", "orders.creating", '"zone": given.project.timezone', '"zone": "UTC"'),
    Mutant(
        "T8",
        "a gateway tells the future",
        "orders.gateway_reports",
        "else min(utc(occurred_at), given.now)",
        "else utc(occurred_at)",
    ),
    # Money
    Mutant("M1", "finer amounts are cut off", "money", "        if finer:", "        if False:"),
    Mutant(
        "M3", "a cent is lost", "money", "_money(least + (n < larger), self.currency)", "_money(least, self.currency)"
    ),
    Mutant(
        "M4",
        "half goes to even",
        "money",
        "(2 * self.minor * numerator + 100 * denominator) // (200 * denominator)",
        "round(Decimal(self.minor * numerator) / (100 * denominator))",
    ),
    Mutant(
        "M5",
        "a discount besides an own total",
        "orders.creating",
        "version.discount if own is None else None",
        "version.discount",
    ),
    # Offers and orders
    Mutant(
        "O3",
        "a twin's payment stays",
        "decisions.on_orders",
        "if change.newly_activated and order.opened_from is not None:",
        "if False:",
    ),
    Mutant(
        "O4",
        "an order by hand is a twin",
        "orders.state",
        "if self.origin is None or self.origin.by_hand else",
        "if self.origin is None else",
    ),
    Mutant(
        "O7",
        "a copy follows the offer's price",
        "orders.editing",
        'item.price if "price" in fields else line.price',
        "item.price",
    ),
    Mutant(
        "O8",
        "new orders only reaches all",
        "decisions.on_offers",
        'reaches_followers=command.apply_to == "following_orders"',
        "reaches_followers=True",
    ),
    Mutant(
        "O9", "a sales window never closes", "offers", "return not too_early and not too_late", "return not too_early"
    ),
    Mutant(
        "O12",
        "reopening brings no payment back",
        "orders.evolve",
        '{"voided_at": None} if event.restores',
        "{} if event.restores",
    ),
    Mutant(
        "O13",
        "an added line counts from activation",
        "orders.window",
        "return max(activated_at, line.added_at)",
        "return activated_at",
    ),
    # Payments
    Mutant("P1", "nothing is on top", "orders.paying", "return beyond if beyond.minor > 0 else None", "return None"),
    Mutant(
        "P2",
        "a paid payment is edited",
        "orders.paying",
        'if fields <= {"comment"} or payment.state is PaymentState.UNPAID:',
        'if fields <= {"comment"} or not payment.is_void:',
    ),
    Mutant(
        "P3",
        "an old link pays after an edit",
        "orders.attempts",
        "begun = None if row.outdated else row.amount",
        "begun = row.amount",
    ),
    Mutant(
        "P4",
        "a late decline undoes",
        "orders.attempts",
        "    if certain > known or (",
        "    if report.outcome is Outcome.FAILED or certain > known or (",
    ),
    Mutant(
        "P5",
        "any opening waits for all",
        "sums",
        'if net > 0 and (opens_on == "first_payment" or net >= opens):',
        "if net > 0 and net >= opens:",
    ),
    Mutant(
        "P6",
        "a void payment is marked",
        "orders.paying",
        'if payment.is_void and payment.voided_by != "cancelled":',
        "if False:",
    ),
    Mutant("P7", "refunded by R only", "sums", "            if net <= 0:", "            if refunded >= total:"),
    Mutant(
        "P8",
        "grace is off",
        "access",
        "return max(due_at if grace is None else later(due_at, grace, zone=zone), payment.created_at)",
        "return max(due_at, payment.created_at)",
    ),
    Mutant(
        "P9",
        "a refund over the limit",
        "orders.refunding",
        "if amount > payment.refundable:",
        "if amount > paid.amount:",
    ),
    Mutant(
        "P10",
        "a refund in flight is forgotten",
        "payments",
        "return self.amount if self.outcome in (Outcome.PENDING, Outcome.UNKNOWN) else self.kept",
        "return self.kept",
    ),
    Mutant(
        "P11",
        "another amount is taken",
        "orders.attempts",
        "return None if amount in _right_amounts(order, payment, row) else AttentionCode.OTHER_AMOUNT",
        "return None",
    ),
    Mutant(
        "P12",
        "the first part is overdue at once",
        "payments",
        "whole_day=number == 0, closes_access=True",
        "closes_access=True",
    ),
    Mutant(
        "P13",
        "a chargeback is still paid through",
        "orders.renewal_stops",
        "        if gone >= paid.amount:",
        "        if gone > paid.amount:",
    ),
    Mutant(
        "P14",
        "reminded again at once",
        "orders.sending",
        "_BETWEEN_REMINDERS = timedelta(hours=1)",
        "_BETWEEN_REMINDERS = timedelta(minutes=1)",
    ),
    Mutant(
        "P15",
        "more is asked than is owed",
        "orders.asked",
        "        asks = min(payment.amount.minor, left)",
        "        asks = payment.amount.minor if left > 0 else 0",
    ),
    Mutant(
        "P16",
        "attention is lost",
        "orders.attention",
        "return changed(order, attention=(*order.attention, item))",
        "return order",
    ),
    Mutant(
        "P17",
        "one try too many",
        "orders.renewal_stops",
        "len(failed) > len(order.subscription.retries)",
        "len(failed) > len(order.subscription.retries) + 1",
    ),
    # Access
    Mutant(
        "A1",
        "a cancelled order gives access",
        "access",
        "    if order.cancelled_at is not None:\n        yield Block",
        "    if False:\n        yield Block",
    ),
    Mutant(
        "A2",
        "access starts before a date",
        "terms",
        "starts_at = max(paid_at, begins(terms.start.at, zone=zone))",
        "starts_at = paid_at",
    ),
    Mutant(
        "A4",
        "an empty window is sold",
        "terms",
        "    if window_of(terms, paid_at=paid_at, zone=zone).is_empty():",
        "    if False:",
    ),
    Mutant(
        "A5",
        "a freeze hides what is due",
        "access",
        "    yield from _payments_due(order, grace, order.activated_at)",
        "    yield from () if grant.line.freezes else _payments_due(order, grace, order.activated_at)",
    ),
    Mutant(
        "A6",
        "the generous grant loses",
        "access",
        "ends_at=None if None in ends else max([end for end in ends if end is not None]),",
        "ends_at=min([end for end in ends if end is not None], default=None),",
    ),
    Mutant(
        "A7",
        "a change is overlooked",
        "plans.product_plan",
        "for other in later if self._answer(other) != answer), None)",
        "for other in reversed(later) if self._answer(other) != answer), None)",
    ),
    Mutant(
        "A8",
        "access lapses by a job",
        "orders.subscriptions",
        "        return (*found, *self._lapse(end, None, grace, at))",
        "        return tuple(found)",
    ),
    Mutant(
        "A9",
        "extended from now on",
        "orders.end_of_access",
        "found = end if self.is_before(by.made_at, end) else by.made_at",
        "found = by.made_at",
    ),
    Mutant(
        "A10",
        "a set end is the terms' end",
        "orders.end_of_access",
        "                end = adjustment.at",
        "                end = end if adjustment.at is None else adjustment.at",
    ),
    Mutant("A11", "a freeze keeps delays", "plans.counting", "            wall += length", "            wall += 0"),
    Mutant(
        "A12",
        "frozen by the clock of UTC",
        "periods",
        "return max(_wall(ends_at, zone) - _wall(starts_at, zone), timedelta())",
        "return ends_at - starts_at",
    ),
    Mutant(
        "A13",
        "a line that refuses is passed over",
        "orders.adjusting",
        '            raise Refused("access.no_end", order=order.number, product=line.product)',
        "            continue",
    ),
    # Lessons
    Mutant(
        "L2",
        "what is new joins by itself",
        "access",
        "return scope.include_new if isinstance(scope.include_new, bool) else module.id in scope.include_new",
        "return module.id in scope.modules",
    ),
    Mutant(
        "L3",
        "a module's delay beats its lesson's",
        "access",
        "module.delay if lesson.delay is None else lesson.delay for",
        "lesson.delay if module.delay is None else module.delay for",
    ),
    Mutant(
        "L5",
        "without delays it closes all the same",
        "access",
        "if isinstance(terms.delays, AsCourse | OverrideDelays):",
        "if terms.delays is not None:",
    ),
    Mutant(
        "L6",
        "submitted is enough",
        "access",
        'enough = ("accepted",) if checkpoint.release_on == "accepted" else ("accepted", "submitted")',
        'enough = ("accepted", "submitted")',
    ),
    Mutant("L7", "optional practices count", "access", "        return practice.required\n", "        return True\n"),
    Mutant(
        "L8",
        "a listed checkpoint forgets its release",
        "access",
        "(lesson.checkpoint or Checkpoint()) if lesson.id in listed",
        "Checkpoint() if lesson.id in listed",
    ),
    Mutant(
        "L9",
        "what was begun closes",
        "access",
        "return progress.completed | progress.begun if",
        "return progress.completed if",
    ),
    Mutant(
        "L10",
        "one off switches comments off",
        "access",
        "comments=has_comments and any(",
        "comments=has_comments and all(",
    ),
    Mutant("L14", "a delay is not kept over", "access", "return min(own, max(starts, opened))", "return own"),
    # Certificates
    Mutant(
        "C1",
        "a certificate ignores payment",
        "certificate",
        "if conditions.fully_paid and paid < sums.total:",
        "if False:",
    ),
    Mutant(
        "C2",
        "half a per cent counts as one",
        "certificate",
        "percent = done * _WHOLE // len(lessons) if lessons else 0",
        "percent = -(-done * _WHOLE // len(lessons)) if lessons else 0",
    ),
    Mutant("C3", "a certificate is issued twice", "certificate", "    if now.issued is not None:", "    if False:"),
    Mutant(
        "C4",
        "nobody carries it on",
        "decisions.on_certificates",
        "            other = yield from _heir_of(change.after, event, given)",
        "            other = yield from _holder_of(change.after, CertificateIssued(product=event.product, number=0))",
    ),
    Mutant(
        "C5",
        "a revoked one comes back by a refund",
        "orders.consequences",
        "if one.revoked_at is not None and one.reason is None:",
        "if one.revoked_at is not None:",
    ),
    # Funnels
    Mutant(
        "F2",
        "orders start in the first status",
        "funnel",
        'in ("order.subscribed", "order.created") if subscribed else ("order.created",):',
        "in ():",
    ),
    Mutant(
        "F4",
        "rules cascade",
        "orders.consequences",
        "            return\n        skipped = True",
        "            status = rule.status\n            continue\n        skipped = True",
    ),
    Mutant(
        "F5",
        "by hand to the first status",
        "orders.editing",
        'status = funnel.status_for(order.payment_status, subscribed=order.type == "subscription")',
        "status = funnel.initial()",
    ),
    Mutant("F6", "an archived status takes orders", "funnel", "        if status.archived:\n", "        if False:\n"),
    # Views, letters, keeping
    Mutant(
        "V5",
        "a customer sees the comment",
        "views.cards",
        "title=line.product if course is None else course.title,\n        starts_at",
        "title=order.comment or line.product,\n        starts_at",
    ),
    Mutant(
        "N2",
        "a switched off letter goes out",
        "decisions.mailing",
        "letters = letters if contact is None else wanted(letters, contact)",
        "letters = list(letters)",
    ),
    Mutant("K1", "a key is ignored", "decisions.deciding", "    if repeated is not None:", "    if False:"),
    Mutant(
        "K3",
        "a preview drops letters",
        "answering.of_previews",
        "        letters=(yield from named_letters(changes.outbox)),\n        orders=[],",
        "        letters=[],\n        orders=[],",
    ),
    Mutant(
        "K8",
        "anybody's order is one's own",
        "policy",
        "            return found is not None and self._is_mine(found)",
        "            return found is not None",
    ),
    # The project, and what is made
    Mutant(
        "F7",
        "an offer takes the default of the day",
        "decisions.on_offers",
        "funnel=given.get_funnel(command.funnel).id",
        "funnel=command.funnel",
    ),
    Mutant(
        "K2",
        "a stale version is let through",
        "decisions.loading",
        "    if expected is not None and expected != order.version:",
        "    if False:",
    ),
    Mutant(
        "K6",
        "another project's order is there",
        "adapters.memory.store",
        "        return self._states[project]",
        "        return next(iter(self._states.values()))",
    ),
)
