"""Commands that read, each beside git at the like."""
import json
import os

from compare import in_turn


def read(work):
    """log -1, status and show in a cold process, beside git log -1."""
    folder, peer = work.imported(), work.imported(layout="git")
    work.run(work.gitmem, "-C", folder, "recall", "-k", "1", "file")
    known = json.loads(work.run(work.gitmem, "-C", folder, "list", "--limit", "1", "--json"))
    log = ["git", "--git-dir", os.path.join(peer, ".gitmem"), "log", "-1"]
    for name, words in (("log -1", ["log", "-1"]), ("status", ["status"]),
                        ("show ID", ["show", known["id"]]),
                        ("show part of an ID", ["show", known["id"][-8:]])):
        in_turn(f"{name} / git log -1, {work.size:,}", work.rounds * 8,
                lambda i, words=words: work.measure([work.gitmem, *words], folder),
                lambda i: work.measure(log), "1.0")


def crowd(work):
    """One change among many of one day, beside one among many over three years."""
    one_day, years = work.imported(days=1), work.imported()
    for folder in (one_day, years):
        work.run(work.gitmem, "-C", folder, "add", "-c", "--created", "2023-01-01", "warm")

    def change(folder):
        return lambda i: work.measure([work.gitmem, "add", "-c", "--created", "2023-01-01",
                                       f"change {i} {folder}"], folder)

    in_turn(f"add -c among {work.size:,} of one day / over three years", work.rounds * 4,
            change(one_day), change(years), "3")
