"""The stop button while the machine runs: it is never lost, and the session stands where it was then."""

import os
import signal

import pytest

import revbench as rb

SHOWN = rb.compile("def shown(y, n: int):\n    for i in range(n):\n        y += 0.5\n        probe('y', y)\n")


def test_a_run_that_calls_python_again_and_again_stops_behind_the_instruction_that_did() -> None:
    s = rb.debug(SHOWN, 0.0, 100)
    seen: list[int] = []

    def host(row: int, values: list[object]) -> None:
        seen.append(s.moment)

    run, s.machine.host = s.machine.run_compiled, host

    def compiled(*args: object) -> object:
        done = run(*args)
        if s.moment > 40:
            os.kill(os.getpid(), signal.SIGINT)     # while compiled code runs, as far as the machine can tell
        return done

    s.machine.run_compiled = compiled
    with pytest.raises(KeyboardInterrupt):
        s.end()
    assert seen[-1] == s.moment               # what was to be shown has been shown
    assert 40 < s.moment < 50
    s.machine.run_compiled = run
    here = s.names
    assert rb.debug(SHOWN, 0.0, 100).goto(s.moment).names == here
    assert s.end().names == {"y": 50.0, "n": 100}
