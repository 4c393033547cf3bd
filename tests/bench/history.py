"""Long histories on top of imported memories: by git fast-import, and converted for gitmem."""
import os
import shutil
import subprocess

START = 1735689600  # 2025, after all that was imported
MEMORIES = 10000    # of which the commits change some, at most


class History:
    """Commits that each change memories, the same for both programs."""

    def __init__(self, work, name, size):
        self.work, self.clock, self.marks = work, START, 0
        self.ours, self.peer = work.path(f"{name}-zstd"), work.path(f"{name}-git")
        shutil.copytree(work.imported(size, layout="git"), self.peer)
        self.git = ["git", "--git-dir", os.path.join(self.peer, ".gitmem")]
        self.texts = dict(self.read_memories())
        self.paths = list(self.texts)
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([*self.git, "fast-import", "--quiet"], env=work.env,
                                        stdin=subprocess.PIPE)

    def read_memories(self):
        """Path and bytes of memories, evenly chosen from the branch."""
        listed = [line.split(None, 3) for line in
                  self.work.run(*self.git, "ls-tree", "-r", "main", "memories").splitlines()]
        listed = listed[::max(1, len(listed) // MEMORIES)]
        asked = "".join(f"{entry[2]}\n" for entry in listed).encode()
        data = subprocess.run([*self.git, "cat-file", "--batch", "--buffer"], input=asked,
                              env=self.work.env, check=True, capture_output=True).stdout
        at = 0
        for entry in listed:
            start = data.index(b"\n", at) + 1
            at = start + int(data[at:start].split()[2]) + 1
            yield entry[3], data[start:at - 1]

    def commit(self, paths, branch="main", parent="refs/heads/main^0"):
        """Add a line to each of these memories; the commit's mark, which can be a parent."""
        self.marks, self.clock = self.marks + 1, self.clock + 60
        out = [b"commit refs/heads/%s\nmark :%d\ncommitter bench <bench@localhost> %d +0000\n"
               b"data 7\nchange\nfrom %s\n" % (branch.encode(), self.marks, self.clock,
                                               parent.encode())]
        for path in paths:
            self.texts[path] += b"Said again in commit %d.\n" % self.marks
            out.append(b"M 100644 inline %s\ndata %d\n%s\n"
                       % (path.encode(), len(self.texts[path]), self.texts[path]))
        self.process.stdin.write(b"".join(out))
        return f":{self.marks}"

    def line(self, n, changed):
        """So many commits of one memory each; `changed` says which (the number counts down)."""
        others = [path for path in self.paths if path not in changed.values()]
        parent, marks = "refs/heads/main^0", {}
        for back in range(n - 1, -1, -1):
            path = changed.get(back) or others[back * 7919 % len(others)]
            parent = marks[back] = self.commit([path], parent=parent)
        return marks

    def finish(self):
        """End the history; git gets all it has for speed, gitmem its own layout."""
        self.process.stdin.close()
        if self.process.wait():
            raise SystemExit("git fast-import failed")
        self.work.run(*self.git, "repack", "-adq")
        shutil.copytree(self.peer, self.ours)
        self.work.run(*self.git, "commit-graph", "write", "--reachable", "--changed-paths")
        self.work.run(self.work.gitmem, "-C", self.ours, "repack", "--object-store", "zstd")
        self.work.run(self.work.gitmem, "-C", self.ours, "gc", "-q")
        self.work.run(self.work.gitmem, "-C", self.ours, "list", "--limit", "1")
        return self


def id_of(path):
    """The id of the memory at a path."""
    return os.path.basename(path)[:-3]
