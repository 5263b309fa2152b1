"""Upgrade stored offers and funnels of the first edition to the second. Only a migration does this."""

import json
from contextlib import ExitStack

import sqlalchemy as sa

from kwiga_orders.adapters.documents import FUNNELS, OFFERS, PROJECTS
from kwiga_orders.adapters.offer_upgrades import versions_of_first_edition
from kwiga_orders.adapters.sql.columns import version_row
from kwiga_orders.adapters.sql.row_security import seeing_all
from kwiga_orders.adapters.sql.steps import insert_into
from kwiga_orders.adapters.sql.tables import funnels, offer_pins, offer_versions, offers, projects
from kwiga_orders.codec import decode
from kwiga_orders.funnel import named_as_born
from kwiga_orders.offers import OfferVersion

__all__ = ["name_born_statuses", "split_offers"]


def split_offers(connection: sa.Connection) -> None:
    """Move versions and pins of offers to rows of their own; a stored offer keeps only its newest version (O8)."""
    with ExitStack() as all_rows:
        for table in (offers, offer_versions, offer_pins):
            all_rows.enter_context(seeing_all(connection, table.name))
        columns = (offers.c.project, offers.c.code, offers.c.document)
        # Only documents of the first edition, so that running the migration again changes nothing.
        first_edition = connection.execute(sa.select(*columns).where(offers.c.schema == 1)).all()
        for project, code, document in first_edition:
            of = {"project": project, "code": code}
            stored = json.loads(document)
            versions = [decode(one, OfferVersion) for one in versions_of_first_edition(stored)]
            pins = [{**of, "product": product, "number": one.number} for one in versions for product in one.pinned]
            connection.execute(insert_into(offer_versions), [{**of, **version_row(one)} for one in versions])
            if pins:
                connection.execute(insert_into(offer_pins), pins)
            offer = OFFERS.read(document, schema=1, id=str(of["code"]))
            new = {"revision": offer.version, "schema": OFFERS.number, "document": OFFERS.write(offer)}
            this = (offers.c.project == of["project"], offers.c.code == of["code"])
            connection.execute(offers.update().where(*this).values(new))


def name_born_statuses(connection: sa.Connection) -> None:
    """Name the statuses of default funnels, unless somebody renamed them, in the locale of their project (F8)."""
    with seeing_all(connection, funnels.name), seeing_all(connection, projects.name):
        columns = (funnels.c.project, funnels.c.schema, funnels.c.document, projects.c.schema, projects.c.document)
        of_project = projects.c.project == funnels.c.project
        rows = connection.execute(sa.select(*columns).join(projects, of_project).where(funnels.c.id == "default")).all()
        for id, schema, document, project_schema, project_document in rows:
            project = PROJECTS.read(project_document, schema=project_schema, id=id)
            funnel = named_as_born(FUNNELS.read(document, schema=schema, id="default"), project.locale)
            this = (funnels.c.project == id, funnels.c.id == "default")
            new = {"schema": FUNNELS.number, "document": FUNNELS.write(funnel)}
            connection.execute(funnels.update().where(*this).values(new))
