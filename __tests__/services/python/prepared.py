"""Runs scripts in copies of this process, which has loaded what they import: see prepared-python.ts.

Its arguments are the directory for compiled modules, and the modules to load. Each line that it reads is a run, in JSON: what
Python is called with (a script's path, or "-c" and a program), environment, directory, and the files that are the input,
the output and the errors. Each line that it writes says how one ended.
"""

import gc
import importlib
import importlib.machinery
import json
import os
import select
import signal
import sys
import types


def next_run():
    """Returns what a copy has to run, in that copy; the process that was started stays in here to its end."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell)
    runs, asked = {}, b""
    while True:
        ready, _, _ = select.select([0, told], [], [])
        if told in ready:
            os.read(told, 512)
            for number, code in ended(runs):
                os.write(1, f"{json.dumps([number, code])}\n".encode())
        if 0 not in ready:
            continue
        more = os.read(0, 65536)
        if not more:
            os._exit(0)
        *lines, asked = (asked + more).split(b"\n")
        for line in lines:
            run = json.loads(line)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(told)
                os.close(tell)
                return run
            runs[pid] = run["number"]


def ended(runs):
    """Numbers and exit codes of runs that are over; a signal has no code."""
    while runs:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        yield runs.pop(pid), code if code >= 0 else None


def become(run):
    """Makes this process what Python would be for a run. Returns the program."""
    new = os.O_WRONLY | os.O_APPEND
    for number, (name, flags) in enumerate([("input", os.O_RDONLY), ("output", new), ("errors", new)]):
        file = os.open(run[name], flags)
        os.dup2(file, number)
        os.close(file)
    os.chdir(run["directory"])
    os.environ.clear()
    os.environ.update(run["environment"])
    first, *others = run["arguments"]
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    if first == "-c":
        sys.argv, folder = ["-c", *others[1:]], ""
        program = compile(others[0], "<string>", "exec")
    else:
        sys.argv, folder = [first, *others], os.path.dirname(os.path.realpath(first))
        module.__file__ = first
        # Compiled once, as modules are; what a test has written is there only once.
        sys.dont_write_bytecode = not os.path.realpath(first).startswith(PROJECT)
        program = importlib.machinery.SourceFileLoader("__main__", first).get_code("__main__")
    sys.path[:1] = [folder, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return program, module.__dict__


PROJECT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../..")) + os.sep
for needed in sys.argv[2:]:
    importlib.import_module(needed)
# After that, because Python's own modules have their compiled form next to them.
sys.pycache_prefix = sys.argv[1]
sys.dont_write_bytecode = True
# A collection would write to all that the copies share.
gc.freeze()
# Outside of every function, so that whatever ends a script ends this process as it would end Python.
exec(*become(next_run()))
