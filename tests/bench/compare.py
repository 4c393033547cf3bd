"""Running two programs in turn and comparing what they took."""
import os
import resource
import statistics
import subprocess
import time

DURABLE = ["-c", "core.fsync=all"]


def clean_environment(home):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITMEM_", "XDG_"))}
    keep.update(HOME=home, GITMEM_AGENT="bench", GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8",
                GIT_AUTHOR_NAME="bench", GIT_AUTHOR_EMAIL="bench@localhost",
                GIT_COMMITTER_NAME="bench", GIT_COMMITTER_EMAIL="bench@localhost")
    return keep


def measure(command, cwd, env, stdin=None, allowed=(0,)):
    """Wall and processor seconds of one process and its children, which may end so."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = subprocess.run(command, cwd=cwd, env=env, check=False, stdout=subprocess.DEVNULL,
                          stdin=stdin or subprocess.DEVNULL).returncode
    wall = time.perf_counter() - start
    if code not in allowed:
        raise subprocess.CalledProcessError(code, command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def resident(command, cwd, env):
    """The most memory that one process had, in megabytes; its wall and processor seconds."""
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_maxrss / 1024, wall, usage.ru_utime + usage.ru_stime


def size_of(folder):
    """Bytes of all files below a folder."""
    return sum(os.path.getsize(os.path.join(where, name))
               for where, _, names in os.walk(folder) for name in names)


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def report(name, ours, theirs, target):
    wall = [a[0] / b[0] for a, b in zip(ours, theirs)]
    cpu = [a[1] / max(1e-9, b[1]) for a, b in zip(ours, theirs)]
    print(f"{name}: wall {spread(wall)}; cpu {spread(cpu)}; target {target}; "
          f"{1000 * statistics.median(a[0] for a in ours):.1f} ms beside "
          f"{1000 * statistics.median(b[0] for b in theirs):.1f}", flush=True)


def in_turn(name, rounds, ours, theirs, target):
    """`ours` and `theirs` get the number of the round and return wall and processor time."""
    a, b = [], []
    for i in range(rounds):
        for which in ((0, 1) if i % 2 else (1, 0)):
            (b if which else a).append((theirs if which else ours)(i))
    report(name, a, b, target)
