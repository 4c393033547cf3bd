#!/usr/bin/env python3
"""Compare logs and revisions of random histories with those of stock git.

log_random.py history|memories SEED FOLDER N_COMMITS N_QUERIES

`history` makes one with merges, several roots, tags, branches, equal dates and clocks that run
backwards, and asks both for logs, single revisions and merge bases. `memories` makes one in
which memories change, move between keys, go and come back; stock git is asked for the history
of a file, in a shadow of it, that tells where each memory lies. FOLDER gets the repository,
which is in the layout that the environment asks for, and has a commit graph or not. Exit code 1 after the first difference,
which is told with the seed.
"""

import datetime
import hashlib
import json
import os
import random
import subprocess
import sys

START = 1767323045  # 2026-01-02T03:04:05Z
AGENTS = ["ana", "Maya", "noor"]
FILES = ["a", "b", "d/a", "d/b", "d/e/a", "d/e/b", "keys/x.txt"]
SKEWS = [0, 3, 40, 400]


def run(command, data=None, codes=(0,)):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode not in codes:
        sys.exit("%s: code %d: %s" % (" ".join(command), done.returncode,
                                      done.stderr.decode()))
    return done


def rfc3339(seconds):
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Repository:
    """The one under test; git works on a twin in its own layout."""

    def __init__(self, folder):
        self.folder = folder
        self.twin = folder + ".git"
        self.git_layout = os.environ.get("GITMEM_TEST_OBJECT_STORE") == "git"

    def make(self, stream, with_graph):
        os.mkdir(self.folder)
        run(["gitmem", "-C", self.folder, "init", "--object-store", "git"])
        gitdir = os.path.join(self.folder, ".gitmem")
        run(["git", "--git-dir=" + gitdir, "fast-import", "--quiet"], stream)
        run(["git", "clone", "-q", "--mirror", gitdir, self.twin])
        if not self.git_layout:
            run(["gitmem", "-C", self.folder, "repack", "--object-store", "zstd"])
        if with_graph:
            run(["gitmem", "-C", self.folder, "gc", "-q"])

    def git(self, *arguments, data=None, codes=(0,)):
        return run(["git", "--git-dir=" + self.twin, "-c", "core.abbrev=40"] +
                   list(arguments), data, codes)

    def gitmem(self, *arguments, codes=(0,)):
        return run(["gitmem", "-C", self.folder] + list(arguments), codes=codes)


class History:
    """Random commits as a stream for git fast-import."""

    def __init__(self, rng, n):
        self.rng = rng
        self.n = n
        self.parents = []
        self.dates = []
        skew = rng.choice(SKEWS)
        for i in range(n):
            self.parents.append(self.choose_parents(i))
            step = i // 3 if skew else i
            self.dates.append(START + 60 * (step - (rng.randrange(skew + 1))))

    def choose_parents(self, i):
        rng = self.rng
        if i == 0 or rng.random() < 0.004:
            return []
        chosen = [i - 1 - rng.randrange(min(i, 8))]
        while rng.random() < 0.25 and len(chosen) < 4:
            other = rng.randrange(max(0, i - 60), i) if rng.random() < 0.8 else rng.randrange(i)
            if other not in chosen:
                chosen.append(other)
        return chosen

    def header(self, i, branch):
        agent = self.rng.choice(AGENTS)
        lines = ["commit refs/heads/%s" % branch, "mark :%d" % (i + 1),
                 "author %s <%s@example.com> %d +0000" % (agent, agent, self.dates[i]),
                 "committer c <c@example.com> %d +0000" % self.dates[i],
                 "data <<E", "%d" % i, "E"]
        if self.parents[i]:
            lines.append("from :%d" % (self.parents[i][0] + 1))
        lines += ["merge :%d" % (p + 1) for p in self.parents[i][1:]]
        return lines


def make_files(history):
    rng = history.rng
    lines = []
    for i in range(history.n):
        lines += history.header(i, "c%d" % i)
        for _ in range(rng.randrange(3)):
            path = rng.choice(FILES)
            if rng.random() < 0.25:
                lines.append("D " + path)
            else:
                lines += ["M 100644 inline " + path, "data <<E", str(rng.randrange(3)), "E"]
        lines.append("")
    tips = set(range(history.n)) - {p for parents in history.parents for p in parents}
    lines += ["reset refs/heads/main", "from :%d" % history.n, ""]
    for name, commit in [("v%d" % k, rng.randrange(history.n)) for k in range(12)]:
        lines += ["tag " + name, "from :%d" % (commit + 1),
                  "tagger t <t@example.com> %d +0000" % (START + commit), "data 2", "t", ""]
    for i in range(history.n):
        if i not in tips and i % 40:
            lines += ["reset refs/heads/c%d" % i,
                      "from 0000000000000000000000000000000000000000", ""]
    return ("\n".join(lines) + "\n").encode()


class Queries:
    """Random arguments of a log, and random revisions."""

    def __init__(self, rng, ids, names):
        self.rng = rng
        self.ids = ids
        self.names = names

    def start(self):
        rng = self.rng
        if rng.random() < 0.4:
            return rng.choice(self.ids)[:rng.choice([12, 20, 40])]
        return rng.choice(self.names)

    def revision(self):
        rng = self.rng
        text = self.start()
        while rng.random() < 0.4:
            text += rng.choice(["^", "~%d" % rng.randrange(20), "^%d" % rng.randrange(4), "^{}",
                                "^{commit}", "^0", "^{/%d}" % rng.randrange(30), "~"])
        return text

    def range(self):
        rng = self.rng
        kind = rng.randrange(9)
        one, two = self.revision(), self.revision()
        if kind < 2:
            return [one]
        if kind == 2:
            return ["%s..%s" % (one, two)]
        if kind == 3:
            return ["%s...%s" % (one, two)]
        if kind == 4:
            return [one, "^" + two]
        if kind == 5:
            return [one, two]
        if kind == 6:
            return [one + rng.choice(["^!", "^@", "^-", "^-2"])]
        if kind == 7:
            return [rng.choice(["--all", "--branches", "--tags"]), "^" + two]
        return [one, two, "^" + self.revision(), "^" + self.revision()]

    def options(self):
        rng = self.rng
        options = [rng.choice(["--topo-order", "--date-order", "--reverse"])] \
            if rng.random() < 0.6 else []
        some = {
            "--first-parent": 0.15, "--merges": 0.08, "--no-merges": 0.1,
            "--author=" + rng.choice(["ana", "M", "^n", "com>$"]): 0.08,
            "--grep=" + rng.choice(["1", "^2", "[05]$", "7\\|8"]): 0.08,
            "--skip=%d" % rng.randrange(9): 0.1,
            "-n%d" % rng.randrange(30): 0.1,
            "--since=" + self.time(): 0.1, "--until=" + self.time(): 0.1,
        }
        return options + [option for option, share in some.items() if rng.random() < share]

    def time(self):
        return rfc3339(START + 60 * self.rng.randrange(len(self.ids)))

    def paths(self):
        rng = self.rng
        if rng.random() < 0.5:
            return []
        return ["--"] + rng.sample(["a", "b", "d", "d/a", "d/e", "d/e/b", "keys"],
                                   rng.choice([1, 1, 2]))


def read_log(output):
    return [line.split(b" ", 1)[0] for line in output.splitlines()]


def shorten(ids, like):
    return [i[:len(s)] for i, s in zip(ids, like)] + ids[len(like):]


def check_same(seed, command, theirs, ours):
    if theirs == ours:
        return
    at = next((i for i, pair in enumerate(zip(theirs, ours)) if pair[0] != pair[1]),
              min(len(theirs), len(ours)))
    sys.exit("seed %s: %s\n%d of git, %d of gitmem; they part at %d:\n%s\n%s" % (
        seed, " ".join(command), len(theirs), len(ours), at, theirs[at:at + 3],
        ours[at:at + 3]))


def resolve(repository, arguments):
    """The same range in full ids: git reads no commit then before it walks."""
    def ids(*command):
        return repository.git(*command).stdout.decode().split()

    plain = []
    for text in arguments:
        if text.startswith("--"):
            plain.append(text)
        elif "..." in text:
            pair = ids("rev-parse", *text.split("..."))
            plain += ["^" + base for base in repository.git(
                "merge-base", "--all", *pair, codes=(0, 1)).stdout.decode().split()] + pair
        elif ".." in text:
            left, right = ids("rev-parse", *text.split(".."))
            plain += ["^" + left, right]
        elif text.endswith("^@"):
            plain += ids("rev-parse", text)
        elif text[-2:] in ("^!", "^-") or text.endswith("^-2"):
            commit = ids("rev-parse", text[:text.rindex("^")])
            plain += [line for line in ids("rev-parse", text) if line[0] == "^"] + commit
        else:
            plain += ids("rev-parse", text)
    return plain


def compare_logs(seed, repository, queries, n):
    """
    With clocks that run backwards git may show too much of a range, and how much depends on
    which commits it has read before. So what it says of full ids is good, too.
    """
    shown = 0
    for _ in range(n):
        options, revisions, paths = queries.options(), queries.range(), queries.paths()
        command = options + revisions + paths
        theirs = repository.git("log", "--format=%h", *command, codes=(0, 128))
        if theirs.returncode:
            continue
        ours = repository.gitmem("log", "--oneline", *command, codes=(0, 1, 128))
        # That a path never was is told by us only.
        if ours.returncode and not (b"in this history" in ours.stderr and not theirs.stdout):
            sys.exit("seed %s: log %s: code %d: %s" % (
                seed, " ".join(command), ours.returncode, ours.stderr.decode()))
        short = read_log(ours.stdout)
        if short != shorten(read_log(theirs.stdout), short):
            command = options + resolve(repository, revisions) + paths
            theirs = repository.git("log", "--format=%h", *command)
        ids = read_log(theirs.stdout)
        check_same(seed, command, shorten(ids, short), short)
        shown += len(ids)
    if not shown:
        sys.exit("seed %s: no query showed a commit" % seed)


def compare_json(seed, repository, queries, n):
    """Whole objects: ids, parents, authors and times of a few commits."""
    for _ in range(n):
        command = ["-n5"] + queries.range()
        theirs = repository.git("log", "--format=%H|%T|%P|%an|%ae|%at|%ct|%s", *command,
                                codes=(0, 128))
        if theirs.returncode:
            continue
        lines = []
        for line in repository.gitmem("log", "--json", *command).stdout.splitlines():
            commit = json.loads(line)
            times = [commit["author"]["time"], commit["committer"]["time"]]
            lines.append("|".join([commit["commit"], commit["tree"],
                                   " ".join(commit["parents"]), commit["author"]["name"],
                                   commit["author"]["email"]] + times +
                                  [commit["message"].strip()]))
        expected = []
        for line in theirs.stdout.decode().splitlines():
            fields = line.split("|")
            fields[5:7] = [rfc3339(int(field)) for field in fields[5:7]]
            expected.append("|".join(fields))
        check_same(seed, ["--json"] + command, expected, lines)


def compare_revisions(seed, repository, queries, n):
    """`git cat-file` takes many at once; of ours each is a process."""
    texts = [queries.revision() for _ in range(n)]
    data = "".join(text + "^{commit}\n" for text in texts).encode()
    answers = repository.git("cat-file", "--batch-check=%(objectname)", data=data).stdout
    found = 0
    for text, answer in zip(texts, answers.decode().splitlines()):
        ours = repository.gitmem("log", "-1", "--oneline", text, "--", codes=(0, 128))
        known = len(answer) == 40 and " " not in answer
        got = read_log(ours.stdout)
        expected = [answer[:len(got[0]) if got else 40].encode()] if known else []
        check_same(seed, ["revision", text], expected, got)
        found += known
    if not found:
        sys.exit("seed %s: no revision was found" % seed)


def compare_bases(seed, repository, queries, n):
    for _ in range(n):
        pair = [queries.start() + "^0", queries.start() + "~0"]
        theirs = repository.git("merge-base", "--all", *pair, codes=(0, 1))
        ours = repository.gitmem("merge-base", "--all", *pair, codes=(0, 1))
        check_same(seed, ["merge-base"] + pair, theirs.stdout.split(), ours.stdout.split())


def compare_history(seed, folder, n_commits, n_queries):
    rng = random.Random(seed)
    repository = Repository(folder)
    repository.make(make_files(History(rng, n_commits)), rng.random() < 0.5)
    ids = repository.git("rev-list", "--all").stdout.decode().split()
    refs = repository.git("for-each-ref", "--format=%(refname:short)").stdout.decode().split()
    queries = Queries(rng, ids, refs + ["HEAD", "@"])
    compare_logs(seed, repository, queries, n_queries)
    compare_json(seed, repository, queries, n_queries // 20)
    compare_revisions(seed, repository, queries, n_queries)
    compare_bases(seed, repository, queries, n_queries // 5)


class Memories:
    """Where each memory lies, and which version of it, in each commit."""

    def __init__(self, history, n):
        self.history = history
        self.ids = ["01900000-0000-7000-8000-%012x" % (0xabc000 + i) for i in range(n)]
        self.states = []
        for i in range(history.n):
            self.states.append(self.change(self.inherit(i), i))

    def inherit(self, i):
        """Of each memory what one of the parents has, as long as no two get one key."""
        rng, parents = self.history.rng, self.history.parents[i]
        if not parents:
            return {}
        state = {}
        for memory in self.ids:
            value = self.states[rng.choice(parents)].get(memory)
            if value and not (value[0] and value[0] in [v[0] for v in state.values()]):
                state[memory] = value
        return state

    def change(self, state, i):
        rng = self.history.rng
        for memory in self.ids:
            if rng.random() > 0.3:
                continue
            taken = [value[0] for other, value in state.items() if other != memory]
            key = rng.choice([None, "k/one", "k/two", "three", "four", "k/five"])
            if rng.random() < 0.2:
                state.pop(memory, None)
            elif memory in state and rng.random() < 0.5:
                state[memory] = (state[memory][0], i)
            elif not key or key not in taken:
                state[memory] = (key, i)
        return state

    @staticmethod
    def path(memory, key):
        if key:
            return "keys/%s.md" % key
        digit = hashlib.sha1(memory.encode()).hexdigest()[0]
        return "memories/2026/01-02/%s/%s.md" % (digit, memory)

    def record(self, memory):
        key, version = memory[1]
        lines = ["---", "id: " + memory[0], "type: semantic"]
        lines += ["key: " + key] if key else []
        return "\n".join(lines + ["created: 2026-01-02T03:04:05Z", "---",
                                  "version %d" % version]) + "\n"

    def stream(self, shadow):
        """The history; as a shadow, each memory is a file of its own."""
        lines = []
        for i, state in enumerate(self.states):
            lines += self.history.header(i, "c%d" % i) + ["deleteall"]
            for item in sorted(state.items()):
                path = item[0] if shadow else self.path(item[0], item[1][0])
                text = "%s %s\n" % item[1] if shadow else self.record(item)
                lines += ["M 100644 inline " + path, "data %d" % len(text), text]
            # Every commit has another tree, so that only the memories say what is the same.
            lines += ["M 100644 inline n", "data <<E", str(i), "E", ""]
        lines += ["reset refs/heads/main", "from :%d" % len(self.states), ""]
        return ("\n".join(lines) + "\n").encode()


def compare_memories(seed, folder, n_commits, n_queries):
    rng = random.Random(seed)
    history = History(rng, n_commits)
    memories = Memories(history, 4)
    state = rng.getstate()
    repository = Repository(folder)
    repository.make(memories.stream(False), history.dates[-1] // 60 % 2)
    rng.setstate(state)
    shadow = Repository(folder + "-shadow")
    shadow.make(memories.stream(True), False)
    for _ in range(n_queries):
        memory = rng.choice(memories.ids)
        command = [rng.choice(["--topo-order", "--date-order", "--reverse"])]
        if rng.random() < 0.2:
            command.append("--first-parent")
        command.append(rng.choice(["main", "c%d" % rng.randrange(n_commits)]))
        if rng.random() < 0.3:
            command.append("^c%d" % rng.randrange(n_commits))
        theirs = shadow.git("log", "--format=%s", *command, "--", memory).stdout.split()
        ours = repository.gitmem("log", "--oneline", *command, "--", memory, codes=(0, 128))
        check_same(seed, command + ["--", memory], theirs,
                   [line.split()[1] for line in ours.stdout.splitlines()])


if __name__ == "__main__":
    {"history": compare_history, "memories": compare_memories}[sys.argv[1]](
        sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
