"""Tasks for two worker processes, as Python's users have them done.

The argument says by whom: "pool" is multiprocessing.Pool, "executor"
concurrent.futures.ProcessPoolExecutor, "celery" Celery with Redis.

Reads commands, one a line: what a task does and for how many seconds to give
tasks out. Answers each with a line: tasks, nanoseconds, nanoseconds of CPU time
that the tasks burned.
"""

import concurrent.futures
import contextlib
import multiprocessing
import sys
import time

WORKERS = 2
BURN = 1_000_000  # nanoseconds
STEPS_BETWEEN_LOOKS = 200


def nothing(number):
    return number


def burn(_):
    start = time.thread_time_ns()
    while True:
        for _step in range(STEPS_BETWEEN_LOOKS):
            pass
        burned = time.thread_time_ns() - start
        if burned >= BURN:
            return burned


WORK = {"nothing": nothing, "burn": burn}


@contextlib.contextmanager
def pool():
    with multiprocessing.Pool(WORKERS) as workers:
        yield lambda name, count: workers.imap_unordered(
            WORK[name], range(count), chunksize=1
        )


@contextlib.contextmanager
def executor():
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as workers:
        yield lambda name, count: workers.map(WORK[name], range(count))


@contextlib.contextmanager
def celery():
    import celery_tasks

    with celery_tasks.running(WORKERS) as do:
        yield do


WHO = {"pool": pool, "executor": executor, "celery": celery}


def run(do, name, count):
    """Has that many tasks done: the sum of their replies, and nanoseconds."""
    start = time.perf_counter_ns()
    replies = sum(do(name, count))
    elapsed = time.perf_counter_ns() - start
    least = count * (count - 1) // 2 if name == "nothing" else count * BURN
    if replies < least or (name == "nothing" and replies > least):
        sys.exit(f"python: the replies to {count} tasks add up to {replies}")
    return replies, elapsed


def main():
    counts = dict.fromkeys(WORK, 64)
    with WHO[sys.argv[1]]() as do:
        for line in sys.stdin:
            name, seconds = line.split()
            wanted = float(seconds) * 1e9
            count = counts[name]
            replies, elapsed = run(do, name, count)
            # How many tasks fill the time is known after the first command.
            while elapsed < wanted / 2:
                count = int(count * min(8, wanted / elapsed)) + 1
                replies, elapsed = run(do, name, count)
            counts[name] = count
            burned = 0 if name == "nothing" else replies
            print(count, elapsed, burned, flush=True)


if __name__ == "__main__":
    main()
