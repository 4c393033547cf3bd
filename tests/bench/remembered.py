"""Memories as agents leave them: in sessions, with tags, keys and successors; and questions.

The sentences are those of text.py. About one memory in a hundred has the tag `rare`, which makes
the narrow filter of the recall benchmark.
"""
import datetime
import json
import os
import random
import uuid

import text

CONTENT_SIZE = 400  # at least, on average
AGENTS = ["claude-code", "reviewer", "planner", "alice", "bob", "tester", "scribe", "ops"]
TOPICS = ["build", "deploy", "testing", "style", "database", "network", "parser", "release",
          "security", "review", "planning", "customer", "billing", "search", "storage", "editor"]
TYPES = ["episodic"] * 6 + ["semantic"] * 3 + ["procedural"]
RARE = "rare"
ASKED = ["What did we say about {}?", "How do I know that {}?", "Why is it that {}?",
         "When was it decided that {}?", "Which of them {}?", "Where does it say {}?"]


class Story:
    """Sessions of five to thirty-five memories, one after the other."""

    def __init__(self, seed):
        self.prose = text.Prose(seed)
        self.rng = random.Random(seed)
        self.session = self.seq = self.left = 0
        self.agents, self.known = [], []

    def next_turn(self):
        if not self.left:
            self.session, self.seq, self.left = self.session + 1, 0, self.rng.randint(5, 35)
            self.agents = self.rng.sample(AGENTS, 2)
        self.seq, self.left = self.seq + 1, self.left - 1

    def content(self):
        size, words = self.rng.uniform(0.3, 1.7) * CONTENT_SIZE, self.prose.sentence()
        while len(words) < size:
            words += " " + self.prose.sentence()
        return words

    def tags(self):
        found = {self.rng.choice(TOPICS)} if self.rng.random() < .4 else set()
        if self.rng.random() < .01:
            found.add(RARE)
        return sorted(found)

    def memory(self, number, created):
        self.next_turn()
        memory = {"id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
                  "type": self.rng.choice(TYPES), "agent": self.agents[self.seq % 2],
                  "session": f"session-{self.session}", "seq": self.seq,
                  "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "content": self.content()}
        tags = self.tags()
        if tags:
            memory["tags"] = tags
        if self.rng.random() < .02:
            memory["key"] = f"notes/{self.rng.choice(TOPICS)}/{number}"
        if self.known and self.rng.random() < .01:
            memory["supersedes"] = [self.known.pop(self.rng.randrange(len(self.known)))]
        elif self.rng.random() < .05 and len(self.known) < 1000:
            self.known.append(memory["id"])
        return memory


def memories(n, seed=11):
    story = Story(seed)
    first = datetime.datetime(2023, 1, 1)
    for i in range(n):
        yield story.memory(i, first + datetime.timedelta(seconds=i * 94608000 // n))


def write_jsonl(path, n):
    if not os.path.exists(path):
        with open(path + ".part", "w", encoding="utf-8") as out:
            for memory in memories(n):
                out.write(json.dumps(memory) + "\n")
        os.rename(path + ".part", path)
    return path


def questions(n, seed=12):
    """Natural questions about parts of the same sentences, which hold common words too."""
    prose = text.Prose(seed)
    for _ in range(n):
        words = prose.sentence().rstrip(".!?").split(" ")
        size = prose.rng.randint(4, 8)
        start = prose.rng.randrange(max(1, len(words) - size))
        part = " ".join(words[start:start + size])
        yield prose.rng.choice(ASKED).format(part[0].lower() + part[1:])
