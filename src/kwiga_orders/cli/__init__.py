"""The command line: `kwiga-orders demo | check | explain | schema | migrate | export | import | letters | work | …`.

A subcommand imports what it needs only when it runs. `demo` needs the extra `cli`, databases need `sql` or `postgres`;
`check`, `explain` and `schema` need no extra with `--store memory`.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from kwiga_orders.errors import KwigaOrdersError

__all__ = ["main"]

_FILTERS = (
    "funnel", "status", "payment_status", "type", "manager", "responsible", "team", "tag", "product", "offer",
    "contact", "currency", "gateway", "payment_kind",
)  # fmt: skip
_FLAGS = ("cancelled", "superseded", "overpaid", "needs_attention", "unassigned")
_WINDOWS = ("created", "updated", "paid", "due")

_UNUSABLE = 2
"""The exit code if nothing can be run: wrong arguments, a file that is not a case, or a missing extra."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and give its exit code: 0 done, 1 a case failed, 2 the input cannot be used."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] | None = arguments.run
    if run is None:
        parser.error("say what to do")
    try:
        return run(arguments)
    except KwigaOrdersError as error:
        print(f"kwiga-orders: {error}", file=sys.stderr)
        return _UNUSABLE
    # A reader such as `head` closed the pipe early, which is not an error.
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kwiga-orders", description="Orders of an online school.")
    parser.add_argument(
        "--version", action="store_const", const=_version, dest="run", help="the version that is installed"
    )
    subcommands = parser.add_subparsers(
        metavar="demo | check | explain | schema | migrate | export | import | letters | work | serve | token"
    )
    _add_demo(subcommands.add_parser("demo", help="a school sells a course, step by step"))
    _add_check(subcommands.add_parser("check", help="run case files, each on a new store"))
    _add_explain(subcommands.add_parser("explain", help="explain why a lesson is closed, and when it opens"))
    _add_schema(subcommands.add_parser("schema", help="JSON Schema of every object, command, query and view"))
    _add_migrate(subcommands.add_parser("migrate", help="migrate a database to the tables of this version"))
    _add_export(subcommands.add_parser("export", help="write orders as CSV, JSON lines or XLSX"))
    _add_import(subcommands.add_parser("import", help="import contacts, offers and orders from CSV or JSON lines"))
    _add_letters(subcommands.add_parser("letters", help="write the letters of a case as HTML files"))
    _add_reconcile(subcommands.add_parser("reconcile", help="compare a day at a gateway with the orders"))
    _add_work(subcommands.add_parser("work", help="run a worker: send what waits and execute due work, until a signal"))
    _add_serve(subcommands.add_parser("serve", help="serve commands and queries over HTTP, for hosts in any language"))
    _add_token(subcommands.add_parser("token", help="make a token for `serve`"))
    return parser


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", default="sqlite", help="memory, sqlite (a temporary file), or a database URL")
    parser.add_argument("--locale", choices=("uk", "ru", "en"), default="en", help="the language of the demo")
    parser.add_argument(
        "--gateway",
        choices=("wayforpay", "stripe", "liqpay"),
        help="show payments and letters instead, with local servers for that gateway and for mail",
    )

    def run(arguments: argparse.Namespace) -> int:
        if arguments.gateway is not None:
            from kwiga_orders.cli.money_demo import run_money_demo

            return run_money_demo(gateway=arguments.gateway, store=arguments.store, locale=arguments.locale)
        from kwiga_orders.cli.demo import run_demo

        return run_demo(store=arguments.store, locale=arguments.locale)

    parser.set_defaults(run=run)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the database, such as sqlite:///school.db")
    parser.add_argument(
        "--settings", required=True, metavar="FILE", help="a JSON file with projects, tokens, LMS and webhooks"
    )
    parser.add_argument(
        "--site", metavar="DIR", help="a folder with the built pages of a front end, to serve them, too"
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-work", action="store_true", help="run no workers; they run in another process")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.serve import run_serve

        return run_serve(
            arguments.url,
            file=arguments.settings,
            site=arguments.site,
            address=(arguments.host, arguments.port),
            works=not arguments.no_work,
        )

    parser.set_defaults(run=run)


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", required=True)
    parser.add_argument("--role", required=True, help="owner, manager, own_orders, viewer, customer")
    parser.add_argument("--as-host", action="store_true", help="a token for the LMS, which may act for customers")
    parser.add_argument("--id", default="", help="the actor of its commands")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.serve import run_token

        return run_token(project=arguments.project, role=arguments.role, as_host=arguments.as_host, id=arguments.id)

    parser.set_defaults(run=run)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="case files or folders with case files")
    parser.add_argument("--store", help="memory, sqlite (the default with the extra sql), or a database URL")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.check import run_check
        from kwiga_orders.cli.stores import usual_store

        return run_check(arguments.paths, store=arguments.store or usual_store())

    parser.set_defaults(run=run)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", help="the case file")
    parser.add_argument("--contact", required=True)
    parser.add_argument("--product", required=True)
    parser.add_argument("--at", type=datetime.fromisoformat, help="an instant with offset; default: the last step's")
    parser.add_argument("--from", dest="since", type=datetime.fromisoformat, help="explain every change from then on")
    parser.add_argument(
        "--until", type=datetime.fromisoformat, help="explain every change up to then; default: the end"
    )
    parser.add_argument("--locale", choices=("uk", "ru", "en"), help="default: the language of the contact")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument("--svg", metavar="FILE", help="draw the timeline of the newest order with the product, too")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.explain import Asked, run_explain

        asked = Asked(
            case=arguments.case,
            contact=arguments.contact,
            product=arguments.product,
            at=arguments.at,
            since=arguments.since,
            until=arguments.until,
            locale=arguments.locale,
            picture=arguments.svg,
        )
        return run_explain(asked, as_json=arguments.json)

    parser.set_defaults(run=run)


def _add_schema(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--name", help="only this schema, such as OpenOffer")
    form.add_argument("--contract", action="store_true", help="the schema for code generators")
    form.add_argument("--openapi", action="store_true", help="the schema as OpenAPI 3.1")
    form.add_argument("--typescript", action="store_true", help="the schema as TypeScript types")
    form.add_argument("--forms", action="store_true", help="every command as a form, for a generic renderer")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.schema import run_contract, run_forms, run_schema, run_typescript

        if arguments.typescript:
            return run_typescript()
        if arguments.forms:
            return run_forms()
        if arguments.contract or arguments.openapi:
            return run_contract(as_openapi=arguments.openapi)
        return run_schema(arguments.name)

    parser.set_defaults(run=run)


def _add_migrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="sqlite:///school.db, or postgresql://host/database as the owner of its tables")
    parser.add_argument(
        "--row-security", action="store_true", help="separate projects by PostgreSQL's row-level security"
    )

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.migrate import run_migrate

        return run_migrate(arguments.url, row_security=arguments.row_security)

    parser.set_defaults(run=run)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the database, such as sqlite:///school.db")
    parser.add_argument("--project", required=True)
    parser.add_argument("--format", choices=("csv", "jsonl", "xlsx"), default="csv")
    parser.add_argument(
        "--separator", default=None, metavar="SIGN", help="the separator of CSV: , ; | or tab; default: the comma"
    )
    parser.add_argument("--excel", action="store_true", help="CSV with a byte order mark and semicolons")
    parser.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--sort", default="number", help="created, updated, number, total or due; --sort=-due sorts in descending order"
    )
    for name in _FILTERS:
        parser.add_argument(f"--{name.replace('_', '-')}", action="append", metavar="ID")
    parser.add_argument("--number", action="append", type=int, metavar="NUMBER")
    for name in _FLAGS:
        parser.add_argument(f"--{name.replace('_', '-')}", action=argparse.BooleanOptionalAction, default=None)
    for name in _WINDOWS:
        parser.add_argument(f"--{name}-from", metavar="DATE")
        parser.add_argument(f"--{name}-until", metavar="DATE", help="the day is included")
    parser.add_argument("--search", metavar="TEXT", help="number, name, e-mail or phone")
    parser.set_defaults(run=_export)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="the database, such as sqlite:///school.db")
    parser.add_argument("file", help="a file of JSON lines, or of CSV if its name ends in .csv")
    parser.add_argument("--encoding", default="utf-8", help="the encoding of CSV, such as cp1251")
    parser.add_argument("--separator", default=",", metavar="SIGN", help="the separator of CSV: , ; | or tab")
    parser.add_argument(
        "--match",
        action="append",
        choices=("email", "phone"),
        default=[],
        help="find unknown contacts by e-mail or phone",
    )
    parser.add_argument("--project", required=True)
    parser.add_argument("--batch", type=int, default=500, help="how many lines are written in one transaction")
    parser.add_argument(
        "--skip-faulty",
        action="store_true",
        help="import the other lines; by default a file with faults is not imported",
    )
    parser.add_argument("--tell", action="store_true", help="send letters and events about imported orders")
    parser.set_defaults(run=_import)


def _add_letters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("preview",), help="preview: every letter, in each language")
    parser.add_argument("case", help="the case file")
    parser.add_argument("-o", "--output", metavar="FOLDER", default="letters", help="default: letters")
    parser.add_argument("--templates", metavar="FOLDER", help="your own templates, which override those of the library")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.letters import preview_letters

        return preview_letters(case=arguments.case, folder=arguments.output, templates=arguments.templates)

    parser.set_defaults(run=run)


def _add_host(parser: argparse.ArgumentParser) -> None:
    """Add the database and the host's callable, which commands with a `Hosted` need."""
    parser.add_argument("url", help="the database, such as sqlite:///school.db")
    parser.add_argument(
        "--host",
        required=True,
        metavar="MODULE:CALLABLE",
        help="a callable that takes the store and gives a kwiga_orders.worker.Hosted",
    )


def _add_work(parser: argparse.ArgumentParser) -> None:
    _add_host(parser)
    parser.add_argument("--heartbeat", metavar="FILE", help="the file in which the worker notes its rounds")
    parser.add_argument("--health", action="store_true", help="print the health; exit code 0: healthy, 1: not healthy")
    parser.add_argument(
        "--alive", action="store_true", help="like --health, but check only the rounds in the heartbeat file"
    )
    parser.set_defaults(run=_work)


def _add_reconcile(parser: argparse.ArgumentParser) -> None:
    _add_host(parser)
    parser.add_argument("--gateway", required=True, help="the name of the gateway, such as stripe")
    parser.add_argument("--day", metavar="DATE", help="a day in the time zone of the project; default: yesterday")
    parser.add_argument("--locale", choices=("uk", "ru", "en"), help="default: the language of the project")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")

    def run(arguments: argparse.Namespace) -> int:
        from kwiga_orders.cli.reconcile import Asked, run_reconcile

        asked = Asked(host=arguments.host, gateway=arguments.gateway, day=arguments.day, locale=arguments.locale)
        return run_reconcile(arguments.url, asked, as_json=arguments.json)

    parser.set_defaults(run=run)


def _version(_: argparse.Namespace) -> int:
    from importlib.metadata import version

    print(version("kwiga-orders"))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from kwiga_orders.cli.export import Form, run_export
    from kwiga_orders.export import EXCEL_CSV, CsvForm

    separator = _sign(arguments.separator or (EXCEL_CSV.separator if arguments.excel else ","))
    csv = CsvForm(separator=separator, marked=arguments.excel)
    windows = (f"{name}_{side}" for name in _WINDOWS for side in ("from", "until"))
    names = (*_FILTERS, *_FLAGS, *windows, "number", "search", "sort")
    given = {name: getattr(arguments, name) for name in names}
    filters = {name: value for name, value in given.items() if value is not None}
    return run_export(
        arguments.url, project=arguments.project, form=Form(arguments.format, arguments.output, csv), filters=filters
    )


def _sign(separator: str) -> str:
    # a tab is hard to type in a shell
    return "\t" if separator in ("tab", "\\t") else separator


def _import(arguments: argparse.Namespace) -> int:
    from kwiga_orders.cli.importing import How, run_import
    from kwiga_orders.wire.csv_files import CsvSource

    how = How(
        batch=max(1, arguments.batch),
        skip_faulty=arguments.skip_faulty,
        notifies=arguments.tell,
        match=tuple(arguments.match),
        source=CsvSource(encoding=arguments.encoding, separator=_sign(arguments.separator)),
    )
    return run_import(arguments.url, project=arguments.project, file=arguments.file, how=how)


def _work(arguments: argparse.Namespace) -> int:
    from kwiga_orders.cli.work import Limits, run_health, run_work

    if not (arguments.health or arguments.alive):
        return run_work(arguments.url, host=arguments.host, heartbeat=arguments.heartbeat)
    # a restarted worker does not help rows that wait for a person, so `--alive` ignores them
    limits = Limits(parked=None, waiting=None) if arguments.alive else Limits()
    return run_health(arguments.url, host=arguments.host, heartbeat=arguments.heartbeat, limits=limits)
