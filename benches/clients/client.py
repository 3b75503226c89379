"""requests-oauthlib, as a client of the comparison: see common.h."""

import json
import resource
import sys
import threading
import time

from requests_oauthlib import OAuth2Session

folder, port, threads, warmup, calls = sys.argv[1], *map(int, sys.argv[2:])
with open(f"{folder}/token") as file:
    token = {"access_token": file.read(), "token_type": "bearer"}
with open(f"{folder}/request.json") as file:
    body = file.read()
url = f"https://127.0.0.1:{port}/v2/users/me/meetings"
barrier = threading.Barrier(threads + 1)
took = []


def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e6


def open_session():
    session = OAuth2Session(token=token)
    session.verify = f"{folder}/ca.pem"
    session.trust_env = False
    return session


def call(session):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = session.post(url, data=body, headers=headers)
    assert answer.status_code == 201 and answer.json()["join_url"]


def work():
    session = open_session()
    for _ in range(warmup // threads):
        call(session)
    barrier.wait()
    barrier.wait()
    mine = []
    for _ in range(calls // threads):
        began = time.monotonic()
        call(session)
        mine.append((time.monotonic() - began) * 1e6)
    took.extend(mine)
    barrier.wait()
    barrier.wait()


if warmup > 0:
    call(open_session())
before = memory()
workers = [threading.Thread(target=work) for _ in range(threads)]
for worker in workers:
    worker.start()
barrier.wait()
used, wall = cpu(), time.monotonic()
barrier.wait()
barrier.wait()
used, wall = cpu() - used, time.monotonic() - wall
now, alive = memory(), threading.active_count()
barrier.wait()
for worker in workers:
    worker.join()
took.sort()
count = len(took)
print(json.dumps({
    "calls": count,
    "cpu_us": used / count,
    "wall_us": wall * 1e6 / count,
    "p50_us": took[count // 2],
    "p99_us": took[count * 99 // 100],
    "rss_mb": now,
    "rss_growth_mb": now - before,
    "threads_created": alive - threads - 1,
}))
