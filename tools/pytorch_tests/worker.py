"""One pytest process over one test file: chooses tests, limits their processor time, and writes each outcome as a line of JSON.

Started by ``__main__``, which writes the settings as JSON to its standard input.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tools.pytorch_tests import placeholders

DTYPES = """float32 float64 complex64 int64 bool int32 bfloat16 float16 complex128 uint8 int8 int16
            uint16 uint32 uint64 complex32""".split()
ENDING = re.compile(r"_cpu(?:_(" + "|".join(DTYPES) + r"))+$")


SLOW = "the test has reached its limit of time"


class Slow(BaseException):
    """A test reached its limit. No Exception, so that tests do not catch it."""


def one_dtype(names: list[str]) -> set[str]:
    """Of tests that differ in their dtype, the first one in the order of `DTYPES`."""
    chosen: dict[str, tuple[int, str]] = {}
    for name in names:
        found = ENDING.search(name)
        key, rank = (name[: found.start()], DTYPES.index(found[1])) if found else (name, 0)
        if key not in chosen or rank < chosen[key][0]:
            chosen[key] = (rank, name)
    return {name for _, name in chosen.values()}


class Recorder:
    """The plugin. ``settings``: ``only`` and ``skip`` (names of tests), ``words``, ``one_dtype``, ``sample``, ``refs``,
    ``limit``, ``out``."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.out = Path(settings["out"]).open("a", encoding="utf-8")  # noqa: SIM115
        self.begin = 0.0

    def say(self, name: str, outcome: str, why: str = "") -> None:
        """Write one line; ``begin`` is what a process that ends leaves behind."""
        line = {"test": name, "outcome": outcome, "seconds": round(time.time() - self.begin, 2), "why": why}
        self.out.write(json.dumps(line) + "\n")
        self.out.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        chosen = [item for item in items if self.settings["refs"] or "_refs_" not in item.name]
        if self.settings["one_dtype"] and self.settings["only"] is None:
            names = one_dtype([name_of(item) for item in chosen])
            chosen = [item for item in chosen if name_of(item) in names]
        if self.settings["words"]:
            chosen = [item for item in chosen if any(word in name_of(item) for word in self.settings["words"])]
        if self.settings["sample"]:
            count = min(self.settings["sample"], len(chosen))
            chosen = [chosen[place * len(chosen) // count] for place in range(count)]
        if self.settings["only"] is not None:
            only = set(self.settings["only"])
            chosen = [item for item in chosen if name_of(item) in only]
        skip = set(self.settings["skip"])
        items[:] = [item for item in chosen if name_of(item) not in skip]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        self.begin, self.result = time.time(), ("passed", "")
        self.say(name_of(item), "begin")
        faulthandler.dump_traceback_later(self.settings["limit"] * 12, exit=True, file=sys.__stderr__)
        signal.signal(signal.SIGPROF, self._slow)
        signal.setitimer(signal.ITIMER_PROF, self.settings["limit"])
        try:
            yield
        except Slow:
            self.result = ("slow", "")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
        self.say(name_of(item), *self.result)

    def _slow(self, *_: Any) -> None:
        raise Slow

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        report = (yield).get_result()
        if report.passed or self.result[0] == "failed":
            return
        if report.skipped:
            self.result = ("skipped", str(report.longrepr)[-200:])
        elif str(call.excinfo.value) == SLOW:
            self.result = ("slow", "")
        else:
            self.result = ("failed", why(call.excinfo))
            if self.settings["verbose"]:
                print(str(report.longrepr)[-6000:], flush=True)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: Any) -> Any:
        result = yield
        if result.excinfo is not None and isinstance(result.excinfo[1], Slow):
            result.force_exception(RuntimeError(SLOW))
        return result

    def pytest_sessionfinish(self) -> None:
        self.say("(end)", "passed")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.say("(collection)", "failed", str(report.longrepr)[-2000:])


def why(error: Any) -> str:
    """What a failure says: the class and the first lines of the error, and the innermost place."""
    lines = [line.strip() for line in str(error.value).partition("To execute this test")[0].splitlines()]
    place = error.traceback[-1]
    text = " | ".join(line for line in lines[:4] if line)[:400]
    return f"{error.typename}: {text} [{place.path}:{place.lineno + 1}]"


def name_of(item: Any) -> str:
    """Class and function of a test."""
    return item.nodeid.partition("::")[2]


def main() -> int:
    """Run the tests that the settings ask for."""
    settings = json.load(sys.stdin)
    tests = Path(settings["folder"])
    sys.path.insert(0, str(tests))
    folder = placeholders.know(tests)
    if not settings["reference"]:
        placeholders.install(folder)
    placeholders.complete(tests / settings["file"])
    style = "long" if settings["verbose"] else "native"  # pytest's own reads the whole file for each failure
    plain = [
        "-q",
        "--assert=plain",
        f"--tb={style}",
        "--show-capture=no",
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:warnings",
    ]
    arguments = [*plain, "-c", os.devnull, "--rootdir", str(tests)]
    return int(pytest.main([*arguments, str(tests / settings["file"])], plugins=[Recorder(settings)]))


if __name__ == "__main__":
    sys.exit(main())
