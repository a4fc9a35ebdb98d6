"""The python-pool contender: multiprocessing.Pool, as its users write it.

Reads commands, one a line: what a task does and for how many seconds to give
tasks out. Answers each with a line: tasks, nanoseconds, nanoseconds of CPU time
that the tasks burned.
"""

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


def run(pool, name, count):
    """Has that many tasks done: the sum of their replies, and nanoseconds."""
    start = time.perf_counter_ns()
    replies = sum(pool.imap_unordered(WORK[name], range(count), chunksize=1))
    elapsed = time.perf_counter_ns() - start
    least = count * (count - 1) // 2 if name == "nothing" else count * BURN
    if replies < least or (name == "nothing" and replies > least):
        sys.exit(f"python-pool: the replies to {count} tasks add up to {replies}")
    return replies, elapsed


def main():
    counts = dict.fromkeys(WORK, 64)
    with multiprocessing.Pool(WORKERS) as pool:
        for line in sys.stdin:
            name, seconds = line.split()
            wanted = float(seconds) * 1e9
            count = counts[name]
            replies, elapsed = run(pool, name, count)
            # How many tasks fill the time is known after the first command.
            while elapsed < wanted / 2:
                count = int(count * min(8, wanted / elapsed)) + 1
                replies, elapsed = run(pool, name, count)
            counts[name] = count
            burned = 0 if name == "nothing" else replies
            print(count, elapsed, burned, flush=True)


if __name__ == "__main__":
    main()
