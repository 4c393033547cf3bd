"""What the rows of a benchmark share: a folder, and the repositories they work on."""
import json
import os
import shutil
import subprocess

import compare
import text


class Work:
    def __init__(self, args, root):
        self.gitmem = os.path.abspath(args.gitmem)
        self.programs = os.path.join(os.path.dirname(self.gitmem), "../tests/bench")
        self.rounds, self.size, self.root = args.rounds, args.size, root
        self.million = args.million
        self.vec = os.path.abspath(args.vec) if args.vec else None
        self.kept = os.path.abspath(args.keep) if args.keep else root
        home = os.path.join(root, "home")
        os.makedirs(home)
        self.env = compare.clean_environment(home)

    def path(self, name):
        return os.path.join(self.root, name)

    def program(self, name):
        path = os.path.join(self.programs, name)
        if not os.path.exists(path):
            raise SystemExit(f"'{path}' is missing: build with -Dtests=true")
        return path

    def run(self, *command, cwd=None, **more):
        return subprocess.run(command, cwd=cwd or self.root, env=self.env, check=True,
                              capture_output=True, text=True, **more).stdout

    def measure(self, command, cwd=None, stdin=None, allowed=(0,)):
        return compare.measure(command, cwd or self.root, self.env, stdin, allowed)

    def lines(self, n=None, days=1095):
        """A JSONL file of so many memories over so many days."""
        n = n or self.size
        return text.write_jsonl(self.path(f"lines-{n}-{days}.jsonl"), n, days)

    def empty(self, name, layout="zstd"):
        """A new repository's folder, in the place of an older one."""
        folder = self.path(name)
        shutil.rmtree(folder, ignore_errors=True)
        self.run(self.gitmem, "init", "-q", "--object-store", layout, folder)
        return folder

    def imported(self, n=None, days=1095, layout="zstd"):
        """A folder whose .gitmem holds so many memories, made in one commit; made once."""
        n = n or self.size
        name = f"imported-{layout}-{n}-{days}"
        if not os.path.exists(self.path(name)):
            folder = self.empty(name, layout)
            self.run(self.gitmem, "-C", folder, "import", "jsonl", self.lines(n, days))
        return self.path(name)

    def kept_repository(self, name, lines):
        """A repository of nine tenths of the memories in a file, and then all; made once."""
        folder = os.path.join(self.kept, name)
        if os.path.exists(folder):
            return folder
        with open(lines, encoding="utf-8") as file:
            memories = file.readlines()
        made = self.empty("made")
        cut = len(memories) * 9 // 10
        for some, tag in ((memories[:cut], "old"), (memories[cut:], "new")):
            self.run(self.gitmem, "-C", made, "import", "jsonl", "-", input="".join(some))
            self.run(self.gitmem, "-C", made, "tag", tag)
        shutil.move(made, folder)
        return folder

    def commit_all(self, folder, per_commit):
        """bench-commits, as a command."""
        return [self.program("bench-commits"), os.path.join(folder, ".gitmem"), self.lines(),
                str(per_commit)]

    def committed(self, per_commit=100, layout="zstd"):
        """The same memories, so many in a commit; made once."""
        name = f"committed-{layout}-{per_commit}"
        if not os.path.exists(self.path(name)):
            self.run(*self.commit_all(self.empty(name, layout), per_commit))
        return self.path(name)

    def stream(self, folder):
        """What git fast-import makes the same history from, as git fast-export writes it."""
        path = folder + ".stream"
        if not os.path.exists(path):
            with open(path, "wb") as out:
                subprocess.run(["git", "--git-dir", os.path.join(folder, ".gitmem"),
                                "fast-export", "main"], env=self.env, check=True, stdout=out)
        return path

    def bare(self, name, stream=None):
        """A new bare repository of git's."""
        folder = self.path(name)
        shutil.rmtree(folder, ignore_errors=True)
        self.run("git", "init", "-q", "--bare", "-b", "main", folder)
        if stream:
            with open(stream, "rb") as data:
                self.measure(["git", *compare.DURABLE, "fast-import", "--quiet"], folder, data)
        return folder

    def tree(self, folder):
        """The tree of main, in either layout."""
        if not os.path.exists(os.path.join(folder, ".gitmem")):
            return self.run("git", "--git-dir", folder, "rev-parse", "main^{tree}").strip()
        shown = json.loads(self.run(self.gitmem, "-C", folder, "show", "--json", "main^{tree}"))
        return shown["tree"]
