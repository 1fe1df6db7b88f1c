from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.workers import jobs
from verifier.errors import CouldNotJudge
from verifier.workers.pool import WorkerLimits, WorkerPool


def refusal(pool: WorkerPool, job: Callable[[], object], timeout: float | None = None) -> CouldNotJudge:
    with pytest.raises(CouldNotJudge) as caught:
        pool.run(job, timeout=timeout)
    assert pool.run(jobs.double, 4) == 8  # and the pool goes on
    return caught.value


def test_a_result_comes_back(pool: WorkerPool) -> None:
    assert pool.run(jobs.double, 21) == 42
    assert pool.run(jobs.parent_alive)


@pytest.mark.parametrize(
    ("job", "limit"),
    [
        (jobs.sleep, "time"),
        (jobs.spin, "time"),
        (jobs.use_much_processor_time, "time"),
        (jobs.fill_memory, "memory"),
        (jobs.fill_memory_slowly, "memory"),
        (jobs.end, "memory"),
        (jobs.crash, "memory"),
        (jobs.die_badly, "memory"),
    ],
)
def test_what_goes_beyond_a_limit_is_an_answer(pool: WorkerPool, job: Callable[[], object], limit: str) -> None:
    timeout = 0.3 if job in (jobs.sleep, jobs.spin) else None
    problem = refusal(pool, job, timeout).problem
    assert (problem.code, problem.params) == ("budget-exhausted", {"limit": limit})


def test_a_refusal_comes_back_whole(pool: WorkerPool) -> None:
    problem = refusal(pool, jobs.refuse).problem
    assert (problem.code, problem.detail, problem.params) == (
        "pdf-encrypted",
        "a password is needed",
        {"reason": "missing"},
    )


@pytest.mark.parametrize("job", [jobs.stumble, jobs.recurse, jobs.unpicklable])
def test_a_fault_of_ours_is_named_without_its_particulars(pool: WorkerPool, job: Callable[[], object]) -> None:
    problem = refusal(pool, job).problem
    assert problem.code == "internal-error"
    assert "secret" not in problem.detail


def test_others_are_served_while_one_is_stuck(pool: WorkerPool) -> None:
    with ThreadPoolExecutor(2) as threads:
        stuck = threads.submit(refusal, pool, jobs.sleep, 1.0)
        served = [pool.run(jobs.double, n) for n in range(20)]
        assert served == [2 * n for n in range(20)]
        assert not stuck.done()
        assert stuck.result().problem.params == {"limit": "time"}


def test_more_tasks_than_workers_wait_for_their_turn(pool: WorkerPool) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: pool.run(jobs.double, n), range(40))) == [2 * n for n in range(40)]


def test_a_broken_pool_is_replaced() -> None:
    with WorkerPool(1, WorkerLimits(memory_mib=512), spare=0) as pool:
        first = pool.run(jobs.process_id)
        pool._pool.stop()  # as after an idle worker was killed from outside
        pool._pool.join()
        assert pool.run(jobs.process_id) != first


def test_a_closed_pool_takes_nothing() -> None:
    pool = WorkerPool(1, WorkerLimits(memory_mib=512), spare=0)
    assert pool.alive
    pool.close()
    assert not pool.alive
    with pytest.raises(CouldNotJudge, match="busy"):
        pool.run(jobs.double, 1)


def test_closing_lets_go_of_those_who_wait() -> None:
    pool = WorkerPool(1, WorkerLimits(memory_mib=512), spare=0)
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(pool.run, jobs.sleep) for _ in range(2)]
        pool.close()
        for one in waiting:
            with pytest.raises(CouldNotJudge, match="busy"):
                one.result(timeout=10)


def test_processor_time_is_bounded_anew_for_each_task(pool: WorkerPool) -> None:
    assert 5 < pool.run(jobs.processor_time_left, timeout=5) <= 8
    assert 9 < pool.run(jobs.processor_time_left, timeout=9) <= 12


ORPHAN = """
import os, signal, sys, threading, time
from pathlib import Path
from tests.workers import jobs
from verifier.workers.pool import WorkerPool
if __name__ == "__main__":
    pool, file = WorkerPool(1, spare=1), Path(sys.argv[1])
    threading.Thread(target=pool.run, args=(jobs.announce_and_spin, file), daemon=True).start()
    while not (file.exists() and file.read_text()):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_die_with_their_parent_in_the_middle_of_work(tmp_path: Path) -> None:
    script, file = tmp_path / "orphan.py", tmp_path / "worker"
    script.write_text(ORPHAN)
    subprocess.run([sys.executable, script, file], env={"PYTHONPATH": str(Path.cwd())}, check=False)
    worker = Path("/proc") / file.read_text()
    for _ in range(100):
        if not _runs(worker):
            return
        time.sleep(0.05)
    pytest.fail("the worker lives on")


def _runs(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
