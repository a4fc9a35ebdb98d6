"""Messages to another process, with what multiprocessing has for it.

The argument says by what: "queue" or "pipe". Reads commands, one a line, and
answers each with a line of numbers:

    ask SECONDS        round trips of 32 bytes: p50, p99 and p99.9 in nanoseconds
    send SIZE SECONDS  messages one way: how many, nanoseconds
"""

import multiprocessing
import sys
import time

SMALL = 32
QUEUED = 128


class Pipe:
    """Both ends of a duplex pipe."""

    def __init__(self):
        self.ours, self.theirs = multiprocessing.Pipe()

    def main_end(self):
        self.theirs.close()
        return self.ours.send, self.ours.recv

    def child_end(self):
        self.ours.close()
        return self.theirs.send, self.theirs.recv


class Queue:
    """A queue for each direction."""

    def __init__(self):
        self.there, self.back = multiprocessing.Queue(QUEUED), multiprocessing.Queue()

    def main_end(self):
        return self.there.put, self.back.get

    def child_end(self):
        return self.back.put, self.there.get


def serve(carrier):
    """The child: counts what comes one way, answers questions, reports."""
    send, receive = carrier.child_end()
    count = size = misplaced = 0
    while True:
        message = receive()
        match message:
            case bytes():  # a question
                send(message)
            case (sequence, body):
                misplaced += sequence != count
                count += 1
                size += len(body)
            case "report":
                send((count, size, misplaced))
                count = size = misplaced = 0
            case None:
                return


def ask(send, receive, seconds):
    measured = []
    question = bytes(SMALL)
    end = time.perf_counter_ns() + int(seconds * 1e9)
    asked = time.perf_counter_ns()
    while asked < end:
        send(question)
        answer = receive()
        answered = time.perf_counter_ns()
        measured.append(answered - asked)
        asked = answered
        if answer != question:
            sys.exit("python: another answer")
    measured.sort()
    return [measured[-(-share * len(measured) // 1000) - 1] for share in (500, 990, 999)]


def send_for(send, receive, size, seconds):
    body = bytes(size)
    between_looks = max(1, min(64, 16384 // size))
    sent = 0
    start = time.perf_counter_ns()
    end = start + int(seconds * 1e9)
    while time.perf_counter_ns() < end:
        for _ in range(between_looks):
            send((sent, body))
            sent += 1
    send("report")
    report = receive()
    elapsed = time.perf_counter_ns() - start
    if report != (sent, sent * size, 0):
        sys.exit(f"python: of {sent} messages, {report} came")
    return [sent, elapsed]


def main():
    carrier = {"queue": Queue, "pipe": Pipe}[sys.argv[1]]()
    child = multiprocessing.Process(target=serve, args=(carrier,))
    child.start()
    send, receive = carrier.main_end()
    for line in sys.stdin:
        match line.split():
            case ["ask", seconds]:
                numbers = ask(send, receive, float(seconds))
            case ["send", size, seconds]:
                numbers = send_for(send, receive, int(size), float(seconds))
        print(*numbers, flush=True)
    send(None)
    child.join()


if __name__ == "__main__":
    main()
