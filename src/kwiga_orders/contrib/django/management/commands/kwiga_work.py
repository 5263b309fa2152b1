"""The management command that runs a worker for letters, gateways and due work."""

import signal
import threading
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from kwiga_orders.contrib.django.host import current_host, orders_for
from kwiga_orders.worker import WorkerSettings, run_worker

__all__ = ["Command"]


class Command(BaseCommand):
    """`manage.py kwiga_work`: runs until SIGTERM or SIGINT; several may run at the same time."""

    help = "Send letters, call gateways and execute due work, for one project or all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments: project, and whether to stop after one turn."""
        parser.add_argument("--project", help="default: all projects of the host")
        parser.add_argument("--once", action="store_true", help="run one turn and stop, for a scheduler")

    def handle(self, *_: Any, project: str | None, once: bool, **__: Any) -> None:
        """Run the workers of the projects."""
        host = current_host()
        projects = [project] if project else [one.id for one in host.projects()]
        if once:
            for one in projects:
                orders = orders_for(one)
                done = orders.run_due() + orders.resolve_unknown() + orders.relay_once(host.notifier(one))
                self.stdout.write(f"{one}: {done}")
            return
        self.stdout.write(f"working for {', '.join(projects)}; SIGTERM or Ctrl+C ends it")
        # runs in the thread of each duty, as Django closes old connections after each request
        stop, settings = threading.Event(), WorkerSettings(told=lambda _: close_old_connections())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with ThreadPoolExecutor(len(projects)) as workers:
            work = partial(run_worker, stop=stop, settings=settings)
            list(workers.map(work, map(orders_for, projects), map(host.notifier, projects)))
