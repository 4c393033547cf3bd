#!/usr/bin/env python3
"""How gitmem and git compare at the same work, run in turn.

    bench.py GITMEM [--rounds N] [--size N] [--million] [--vec VEC0] [--keep FOLDER] [WORK]...

GITMEM is the program, in a release build that has the tests beside it. WORK is one of
    import    all memories in one commit             commits   a thousand commits of a hundred
    add       one memory, at 1,000 and at --size     size      bytes on disk, before and after gc
    reads     objects in random order                writers   sixteen processes on one branch
    read      log -1, status, show                   crowd     very many memories of one day
    history   merge-base and log, 100,000 commits    diff      of 2 and of 100 memories, and merge
    blame     a memory changed 20 times              flat      10,000 memories beside --size
    recall    questions, at --size and a tenth       sync      push, clone, and nothing to do
    million   ten times --size
and all of them without one, but for `million`, which --million adds; with that `flat` and `recall`
are about ten times --size, too. The peer of `recall` is FTS5 with sqlite-vec, whose extension
--vec names (`npm i sqlite-vec` has it as vec0.so); --keep keeps what it asks for the next time.
What is printed is the ratio of what ours took to what the other took (below 1.0 we are faster): the median over the
rounds, with the smallest and largest in brackets, of wall time and of processor time. Times
themselves depend on the machine and what else it does, so those printed are for orientation.
"""
import argparse
import shutil
import tempfile

import command_rows
import history_rows
import recall_rows
import store_rows
import sync_rows
from work import Work

WORKS = {"import": store_rows.importing, "commits": store_rows.commits, "add": store_rows.add,
         "size": store_rows.size, "reads": store_rows.reads, "writers": store_rows.writers,
         "read": command_rows.read, "crowd": command_rows.crowd, "history": history_rows.long,
         "diff": history_rows.diff_and_merge, "blame": history_rows.blame,
         "flat": history_rows.flat, "recall": recall_rows.recall, "sync": sync_rows.sync,
         "million": store_rows.million}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gitmem")
    parser.add_argument("work", nargs="*", choices=[*WORKS, []])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--size", type=int, default=100000)
    parser.add_argument("--million", action="store_true", help="with ten times as many, too")
    parser.add_argument("--vec", help="the shared object of sqlite-vec")
    parser.add_argument("--keep", help="the folder of what is asked, kept between runs")
    args = parser.parse_intermixed_args()
    names = args.work or [name for name in WORKS if name != "million"]
    if args.million and "million" not in names:
        names.append("million")
    root = tempfile.mkdtemp(prefix="gitmem-bench-")
    try:
        work = Work(args, root)
        for name in names:
            WORKS[name](work)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
