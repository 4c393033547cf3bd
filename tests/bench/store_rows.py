"""The rows that the object store is judged by, each beside its peer."""
import os
import random
import subprocess
import time
import uuid

import compare
from compare import in_turn, size_of, spread

WRITERS, EACH = 16, 100


def add_once(work, folder, text):
    return work.measure([work.gitmem, "add", "-q", "-c", text], folder)


def add_by_git(work, folder, i, text):
    """The same file by git add and git commit."""
    path = f"memories/2026/11-25/{i % 16:x}/{uuid.uuid4()}.md"
    full = os.path.join(folder, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as out:
        out.write(f"---\nid: {uuid.uuid4()}\ntype: semantic\n---\n{text}\n")
    a = work.measure(["git", *compare.DURABLE, "add", path], folder)
    b = work.measure(["git", *compare.DURABLE, "commit", "-q", "-m", "add"], folder)
    return a[0] + b[0], a[1] + b[1]


def add(work):
    """One memory, added and committed durably by a cold process."""
    text = "The deploy to staging waits for the schema; Maya wants it to be said beforehand."
    for n, target in ((1000, "0.4"), (work.size, "0.08")):
        ours, peer = work.imported(n), work.path(f"add-git-{n}")
        bare = work.bare("add-bare", work.stream(work.imported(n, layout="git")))
        if not os.path.exists(peer):
            work.run("git", "clone", "-q", bare, peer)
        in_turn(f"add -c / git add + git commit, durable, at {n:,}", work.rounds * 4,
                lambda i: add_once(work, ours, f"{text} {i}"),
                lambda i: add_by_git(work, peer, i, f"{text} {i}"), target)


def importing(work):
    """All memories in one commit, durably, beside git fast-import."""
    lines, stream, trees = work.lines(), work.stream(work.imported(layout="git")), set()

    def ours(i):
        folder = work.empty("import")
        spent = work.measure([work.gitmem, "import", "jsonl", lines], folder)
        trees.add(work.tree(folder))
        return spent

    def theirs(i):
        folder = work.bare("fast")
        with open(stream, "rb") as data:
            spent = work.measure(["git", *compare.DURABLE, "fast-import", "--quiet"], folder, data)
        trees.add(work.tree(folder))
        return spent

    in_turn(f"import jsonl / git fast-import, {work.size:,}", work.rounds, ours, theirs, "0.5")
    most, _, _ = compare.resident([work.gitmem, "import", "jsonl", lines], work.empty("import"),
                               work.env)
    print(f"  trees equal: {len(trees) == 1}; resident {most:.0f} MB", flush=True)


def commits(work):
    """The same in commits of a hundred, each durable; git flushes once, at the end."""
    stream, trees = work.stream(work.committed(layout="git")), set()

    def ours(i):
        folder = work.empty("commits")
        spent = work.measure(work.commit_all(folder, 100))
        trees.add(work.tree(folder))
        return spent

    def theirs(i):
        folder = work.bare("fast")
        with open(stream, "rb") as data:
            spent = work.measure(["git", *compare.DURABLE, "fast-import", "--quiet"], folder, data)
        trees.add(work.tree(folder))
        return spent

    in_turn(f"{work.size // 100:,} commits of 100 / git fast-import", work.rounds, ours, theirs,
            "0.8")
    print(f"  trees equal: {len(trees) == 1}", flush=True)


def size(work):
    """Bytes of all of it on disk after those commits, beside git gc --aggressive."""
    ours = work.empty("size")
    peer = work.bare("size-git", work.stream(work.committed(layout="git")))
    work.run(*work.commit_all(ours, 100))
    store = os.path.join(ours, ".gitmem/store")
    before = size_of(store)
    work.run("git", "gc", "-q", "--aggressive", "--prune=now", cwd=peer)
    theirs = size_of(os.path.join(peer, "objects"))
    most, took, _ = compare.resident([work.gitmem, "gc", "-q"], ours, work.env)
    after = size_of(store)
    print(f"bytes on disk / git gc --aggressive: before gc {before / theirs:.2f}, target 1.1; "
          f"after {after / theirs:.2f}, target 0.75; {before:,}, {after:,} beside {theirs:,}; "
          f"gc took {took:.1f} s and {most:.0f} MB", flush=True)


def reads(work):
    """Every object once, in random order, beside git cat-file --batch on its pack."""
    ours, peer = work.imported(), work.bare("reads-git",
                                            work.stream(work.imported(layout="git")))
    listed = work.run("git", "cat-file", "--batch-all-objects", "--batch-check=%(objectname) "
                      "%(objecttype)", cwd=peer).splitlines()
    ids = [line.split()[0] for line in listed if not line.endswith("commit")]
    random.Random(3).shuffle(ids)
    path = work.path("ids")
    with open(path, "w", encoding="ascii") as out:
        out.write("\n".join(ids) + "\n")

    def read(*command):
        def once(i):
            with open(path, "rb") as data:
                return work.measure(command, peer, data)
        return once

    mine = read(work.program("bench-reads"), os.path.join(ours, ".gitmem"))
    mine(0)
    for more in ([], ["--buffer"]):
        in_turn(f"random read of {len(ids):,} / {' '.join(['git cat-file --batch', *more])}",
                work.rounds, mine, read("git", "cat-file", "--batch", *more), "0.5")
    with open(path, "rb") as data:
        print("  " + subprocess.run([work.program("bench-reads"), os.path.join(ours, ".gitmem")],
                                    stdin=data, check=True, capture_output=True, text=True,
                                    env=work.env).stdout.strip(), flush=True)


def append_loop(path, n):
    """Seconds for so many appends of a kilobyte, each flushed."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    start = time.perf_counter()
    for _ in range(n):
        os.write(fd, bytes(1024))
        os.fdatasync(fd)
    spent = time.perf_counter() - start
    os.close(fd)
    return spent


# A shell starts processes with less ado than Python; a writer that fails says so and goes on.
WRITER = """i=0
while [ $i -lt $3 ]; do
	"$1" add -q -c "writer $2 says $i" >/dev/null || echo failed
	i=$((i + 1))
done"""


def writers(work):
    """Processes that all commit on one branch, beside a loop that appends and flushes."""
    rates, lost, failed = [], 0, 0
    for _ in range(max(3, work.rounds // 3)):
        alone = append_loop(work.path("appended"), WRITERS * EACH)
        folder = work.empty("writers")
        start = time.perf_counter()
        running = [subprocess.Popen(["sh", "-c", WRITER, "sh", work.gitmem, str(n), str(EACH)],
                                    cwd=folder, env=work.env, stdout=subprocess.PIPE)
                   for n in range(WRITERS)]
        failed += sum(process.communicate()[0].count(b"failed") for process in running)
        spent = time.perf_counter() - start
        rates.append(alone / spent)
        found = work.run(work.gitmem, "-C", folder, "list", "--json")
        lost += WRITERS * EACH - len(found.splitlines())
    print(f"{WRITERS} writers x {EACH}, commits/s over appends/s: {spread(rates)}; target 0.5; "
          f"{lost} lost, {failed} failed; {WRITERS * EACH / spent:.0f} beside "
          f"{WRITERS * EACH / alone:.0f} per second", flush=True)


def grown(work, n):
    """What the work takes with so many memories, as (wall, processor) microseconds."""
    folder = work.empty(f"grown-{n}")
    run = [work.gitmem, "-C", folder]
    took = {"import": work.measure([*run, "import", "jsonl", work.lines(n)])}
    for name, words in (("add -c", ["add", "-q", "-c"]), ("log -1", ["log", "-1"])):
        times = [work.measure([*run, *words, *([f"a memory {i}"] if "-c" in words else [])])
                 for i in range(work.rounds * 2)]
        took[name] = tuple(sorted(part)[len(times) // 2] for part in zip(*times))
    most, *took["gc"] = compare.resident([*run, "gc", "-q"], work.root, work.env)
    for name in took:
        parts = n if name in ("import", "gc") else 1
        took[name] = [1e6 * value / parts for value in took[name]]
    print(f"  {n:,}: " + ", ".join(f"{name} {wall:.1f} us (cpu {cpu:.1f})"
                                   for name, (wall, cpu) in took.items()) +
          f"; import and gc for each memory; gc resident {most:.0f} MB, target 300", flush=True)
    return took


def million(work):
    """Ten times as many memories: what one of them costs beside one of the fewer."""
    few, many = grown(work, work.size), grown(work, 10 * work.size)
    print(f"{10 * work.size:,} / {work.size:,}: " + ", ".join(
        f"{name} {many[name][0] / few[name][0]:.2f} (cpu {many[name][1] / few[name][1]:.2f})"
        for name in few) + "; target 1.3", flush=True)
