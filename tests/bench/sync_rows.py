"""Rows about sync: each beside stock git with the same history and the same kind of remote."""
import os
import shutil
import subprocess

import compare
from compare import in_turn

ONE = (b"commit refs/heads/main\ncommitter bench <bench@localhost> %d +0000\ndata 3\none\n"
       b"from refs/heads/main^0\nM 100644 inline memories/%d.md\ndata %d\n%s\n")


def peer(work, folder):
    """A bare repository of git's with the history of main in a folder, all in one pack."""
    path = folder + ".peer"
    if not os.path.exists(path):
        made = work.bare("made", work.stream(folder))
        work.run("git", "--git-dir", made, "repack", "-adq")
        shutil.move(made, path)
    return path


def pack_size(repository):
    """Bytes of the packs in a bare repository."""
    folder = os.path.join(repository, "objects/pack")
    return sum(os.path.getsize(os.path.join(folder, name))
               for name in os.listdir(folder) if name.endswith(".pack"))


def first_push(work, name, history):
    """All of a history to an empty repository, and the size of the packs that arrive."""
    ours, theirs = history("zstd"), peer(work, history("git"))
    sizes = []

    def push_ours(_):
        took = work.measure([work.gitmem, "-q", "-C", ours, "push", work.bare("to-ours"), "main"])
        sizes.append(pack_size(work.path("to-ours")))
        return took

    def push_theirs(_):
        return work.measure(["git", "--git-dir", theirs, "push", "-q", work.bare("to-git"),
                             "main"])

    in_turn(f"push of {work.size:,} in {name} / git push", work.rounds, push_ours, push_theirs,
            "2.0")
    ratio = sizes[-1] / pack_size(work.path("to-git"))
    print(f"  the pack that was sent: {ratio:.3f} of git's; target 1.2", flush=True)


def linked(work):
    """Two repositories with a remote called origin, which has all they have."""
    ours, theirs = work.path("linked-zstd"), work.path("linked-git")
    if os.path.exists(ours):
        return ours, theirs
    shutil.copytree(work.imported(), ours)
    shutil.copytree(peer(work, work.imported(layout="git")), theirs)
    work.run(work.gitmem, "-C", ours, "remote", "add", "origin", work.bare("origin-ours"))
    work.run(work.gitmem, "-q", "-C", ours, "push", "-u", "origin", "main")
    work.run("git", "--git-dir", theirs, "remote", "add", "origin", work.bare("origin-git"))
    work.run("git", "--git-dir", theirs, "push", "-q", "origin", "main")
    return ours, theirs


def push_one(work):
    """One new memory to a remote that has all others."""
    ours, theirs = linked(work)

    def ours_pushes(i):
        work.run(work.gitmem, "-C", ours, "add", "-q", "-c", f"one more, {i}")
        return work.measure([work.gitmem, "-q", "-C", ours, "push", "origin", "main"])

    def git_pushes(i):
        text = b"one more, %d\n" % i
        subprocess.run(["git", "--git-dir", theirs, "fast-import", "--quiet"], env=work.env,
                       input=ONE % (1800000000 + i, i, len(text), text), check=True)
        return work.measure(["git", "--git-dir", theirs, "push", "-q", "origin", "main"])

    in_turn(f"push of one memory, {work.size:,} / git push", work.rounds * 2, ours_pushes,
            git_pushes, "2.0")


def clone(work):
    """A clone over file://, which neither may link; git's with its worktree, and without."""
    source = "file://" + peer(work, work.imported(layout="git"))

    def fresh(name):
        shutil.rmtree(work.path(name), ignore_errors=True)
        return work.path(name)

    for options in (), ("--bare",):
        in_turn(" ".join((f"clone of {work.size:,} / git clone", *options)), work.rounds,
                lambda i: work.measure([work.gitmem, "-q", "clone", source,
                                        fresh("cloned-ours")]),
                lambda i: work.measure(["git", *compare.DURABLE, "clone", "-q", *options, source,
                                        fresh("cloned-git")]), "2.0")


def idle(work):
    """sync when there is nothing to do, over a path."""
    ours, theirs = linked(work)
    work.run(work.gitmem, "-C", ours, "sync")
    in_turn(f"sync with nothing to do, {work.size:,} / git fetch", work.rounds * 8,
            lambda i: work.measure([work.gitmem, "-C", ours, "sync"]),
            lambda i: work.measure(["git", "--git-dir", theirs, "fetch", "-q", "origin"]), "1.5")


def sync(work):
    """First pushes, one of one memory, a clone, and nothing to do."""
    first_push(work, "one commit", lambda layout: work.imported(layout=layout))
    first_push(work, "1,000 commits",
               lambda layout: work.committed(max(1, work.size // 1000), layout))
    push_one(work)
    clone(work)
    idle(work)
