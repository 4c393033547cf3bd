"""Rows about history: each beside git, which has its commit-graph with changed paths."""
from compare import in_turn
from history import History, id_of

NEAR, MIDDLE, FAR = 10, 50000, 99000
CHANGES = 100


def row(work, history, name, ours, theirs, target):
    in_turn(f"{name}", work.rounds * 4,
            lambda i: work.measure([work.gitmem, *ours], history.ours),
            lambda i: work.measure([*history.git, *theirs]), target)


def long(work):
    """merge-base and log in a history of 100,000 commits."""
    history = History(work, "long", 10000)
    changed = {NEAR: history.paths[17], MIDDLE: history.paths[5000], FAR: history.paths[9000]}
    marks = history.line(100000, changed)
    for back in (NEAR, MIDDLE):
        history.commit([history.paths[3]], f"side{back}", marks[back])
    history.finish()
    for back in (NEAR, MIDDLE):
        row(work, history, f"merge-base, {back:,} back, 100,000 commits / git merge-base",
            ["merge-base", "main", f"side{back}"], ["merge-base", "main", f"side{back}"], "1.0")
    for back, path in changed.items():
        row(work, history, f"log -1 -- ID, changed {back:,} back / git log -1 -- PATH",
            ["log", "-1", "--", id_of(path)], ["log", "-1", "--", path], "1.0")
    row(work, history, "log -n 1000 --oneline / git log -n 1000 --oneline",
        ["log", "-n", "1000", "--oneline"], ["log", "-n", "1000", "--oneline"], "1.0")


def branches(work, size):
    """Two branches with a hundred changes each, everywhere; the last of main one of two."""
    history = History(work, f"branches-{size}", size)
    step = len(history.paths) // (2 * CHANGES + 2)
    paths = history.paths[::step][:2 * CHANGES + 2]
    base = history.commit([history.paths[1]])
    history.commit(paths[:2 * CHANGES:2], "other", base)
    many = history.commit(paths[1:2 * CHANGES:2], parent=base)
    history.commit(paths[2 * CHANGES:], parent=many)
    return history.finish()


def diff_and_merge(work):
    """Differences of two and of a hundred memories, and a merge of two hundred changes."""
    history = branches(work, work.size)
    for n, old, new in ((2, "main~1", "main"), (CHANGES, "main~2", "main~1")):
        row(work, history, f"diff of {n} memories / git diff-tree -r, {work.size:,}",
            ["diff", "--name-only", old, new], ["diff-tree", "-r", old, new], "0.5")
    row(work, history, f"merge -q --dry-run, {CHANGES} changes each / git merge-tree, {work.size:,}",
        ["-q", "merge", "--dry-run", "other"], ["merge-tree", "--write-tree", "main", "other"], "0.5")


def blamed(work, size):
    """A memory that was changed twenty times in ten thousand commits."""
    history = History(work, f"blamed-{size}", size)
    history.blamed = history.paths[4321]
    history.line(10000, {500 * i + 250: history.blamed for i in range(20)})
    return history.finish()


def blame(work):
    """blame of that memory."""
    history = blamed(work, 10000)
    row(work, history, "blame ID, 20 changes in 10,000 commits / git blame",
        ["blame", id_of(history.blamed)], ["blame", "main", "--", history.blamed], "0.5")


def took(work, folder, words):
    """Median of wall and of processor time, in seconds."""
    times = [work.measure([work.gitmem, *words], folder) for _ in range(work.rounds * 4)]
    return [sorted(part)[len(times) // 2] for part in zip(*times)]


def flat(work):
    """The same work among 10,000 memories and among many more: what it grows by."""
    few, many = 10000, 10 * work.size if work.million else work.size
    spent = {}
    for size in (few, many):
        history = branches(work, size)
        for name, words in (("diff of 2", ["diff", "--name-only", "main~1", "main"]),
                            ("diff of 100", ["diff", "--name-only", "main~2", "main~1"]),
                            ("merge", ["-q", "merge", "--dry-run", "other"]),
                            ("merge-base", ["merge-base", "main", "other"]),
                            ("log -1 -- ID", ["log", "-1", "--", id_of(history.paths[1])]),
                            ("blame", ["blame", id_of(history.paths[1])]),
                            ("add -c", ["add", "-q", "-c", "one more"])):
            spent.setdefault(name, []).append(took(work, history.ours, words))
    print(f"{many:,} / {few:,} memories: " + ", ".join(
        f"{name} {b[0] / a[0]:.2f} (cpu {b[1] / a[1]:.2f}, {1000 * b[1]:.2f} ms)"
        for name, (a, b) in spent.items()) + "; target 1.5", flush=True)
