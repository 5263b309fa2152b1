"""Work at what waits outside of commands: letters, gateways, what falls due."""

import signal
import threading
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from kwiga_orders.contrib.django.host import current_host
from kwiga_orders.contrib.django.services import orders_for
from kwiga_orders.worker import Round, WorkerSettings, run_worker

__all__ = ["Command"]


class Command(BaseCommand):
    """`manage.py kwiga_work`: until SIGTERM or SIGINT; any number of them may run."""

    help = "Send letters, ask gateways, and run what falls due, for one project or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the project, and whether to end after one turn."""
        parser.add_argument("--project", help="default: all projects of the host")
        parser.add_argument("--once", action="store_true", help="take one turn and end, for a scheduler")

    def handle(self, *_: Any, project: str | None, once: bool, **__: Any) -> None:
        """Work."""
        host = current_host()
        projects = [project] if project else [one.id for one in host.projects()]
        if once:
            for one in projects:
                orders = orders_for(one)
                done = orders.run_due() + orders.resolve_unknown() + orders.relay_once(host.notifier(one))
                self.stdout.write(f"{one}: {done}")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with ThreadPoolExecutor(len(projects)) as workers:
            list(workers.map(lambda one: _work(one, stop), projects))


def _work(project: str, stop: threading.Event) -> None:
    settings = WorkerSettings(told=_had_a_turn)
    run_worker(orders_for(project), current_host().notifier(project), stop=stop, settings=settings)


def _had_a_turn(_: Round) -> None:
    # in the thread of the duty, as Django does after each request
    close_old_connections()
