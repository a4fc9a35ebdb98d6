"""Celery's side of tasks.py: an app, a Redis server and a worker, while needed."""

import collections
import contextlib
import os
import subprocess
import sys
import tempfile
import time

from celery import Celery

import tasks

# Tasks under way: what the other contenders have for two workers.
WINDOW = 128

SOCKET = os.environ.get("BENCH_REDIS_SOCKET", "")

app = Celery(
    "celery_tasks",
    broker=f"redis+socket://{SOCKET}",
    backend=f"redis+socket://{SOCKET}",
)

nothing = app.task(name="nothing")(tasks.nothing)
burn = app.task(name="burn")(tasks.burn)

WORK = {"nothing": nothing, "burn": burn}


def do(name, count):
    """Gives out so many tasks, and yields their replies."""
    under_way = collections.deque()
    for number in range(count):
        under_way.append(WORK[name].delay(number))
        if len(under_way) == WINDOW:
            yield under_way.popleft().get()
    for task in under_way:
        yield task.get()


@contextlib.contextmanager
def running(workers):
    """Runs a server and a worker of so many processes, and ends them."""
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as children:
        socket = os.path.join(directory, "redis")
        environment = {**os.environ, "BENCH_REDIS_SOCKET": socket}
        redis = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", ""]
        children.enter_context(child(redis, environment))
        while not os.path.exists(socket):
            time.sleep(0.01)
        for url in ("broker_url", "result_backend"):
            app.conf[url] = f"redis+socket://{socket}"
        worker = [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker"]
        worker += ["--concurrency", str(workers), "--loglevel", "ERROR"]
        worker += ["--without-gossip", "--without-mingle"]
        children.enter_context(child(worker, environment))
        nothing.delay(0).get()  # it is there
        yield do


@contextlib.contextmanager
def child(command, environment):
    here = os.path.dirname(os.path.abspath(__file__))
    process = subprocess.Popen(
        command,
        cwd=here,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
