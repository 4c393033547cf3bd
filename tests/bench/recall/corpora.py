"""Readers of sets that recall is judged by. Each gives corpora: memories as lines of
`gitmem import jsonl`, and questions with what is relevant to them.

    lines    a folder with NAME.jsonl (memories) and NAME.questions.jsonl: an object a line with
             `question`, `relevant` (ids, or an object of ids and gains) and `category`
    locomo   LoCoMo's JSON file (Maharana et al., ACL 2024): a conversation is a corpus, a turn
             is a memory, and the turns named as evidence are relevant
    trec     documents, queries and judgements in files of their own. Documents and queries may
             be JSON lines (`_id` or `id`, `title`, `text` as in BEIR), lines of `id<TAB>text`,
             `<doc>` and `<top>` elements as at TREC, or the `.I .T .W` of SMART; judgements are
             `query 0 document gain` or `query document gain`, a first line of names is skipped
"""
import datetime
import json
import os
import re
import uuid
from dataclasses import dataclass, field

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop",
              5: "adversarial"}


@dataclass
class Question:
    text: str
    gains: dict
    category: str = "all"


@dataclass
class Corpus:
    name: str
    memories: list = field(default_factory=list)
    questions: list = field(default_factory=list)


def name_id(*parts):
    """The same id for the same thing in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def text_lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n") for line in file]


def json_lines(path):
    return [json.loads(line) for line in text_lines(path) if line.strip()]


# Folders of lines.

def read_question(line):
    relevant = line["relevant"]
    gains = relevant if isinstance(relevant, dict) else dict.fromkeys(relevant, 1)
    category = line.get("category", "all")
    return Question(line["question"], gains, str(CATEGORIES.get(category, category)))


def lines(folder):
    ending = ".questions.jsonl"
    for file in sorted(os.listdir(folder)):
        if file.endswith(ending):
            name = file[:-len(ending)]
            yield Corpus(name, json_lines(os.path.join(folder, name + ".jsonl")),
                         [read_question(line)
                          for line in json_lines(os.path.join(folder, file))])


# LoCoMo.

def session_start(text):
    """'1:56 pm on 8 May, 2023' as a time."""
    return datetime.datetime.strptime(text.strip(), "%I:%M %p on %d %B, %Y")


def turn_memory(name, session, start, seq, turn):
    text = turn.get("text", "")
    if turn.get("blip_caption"):
        text += f" [shared image: {turn['blip_caption']}]"
    created = start + datetime.timedelta(seconds=30 * seq)
    return {"id": name_id("locomo", name, turn["dia_id"]), "type": "episodic", "content": text,
            "agent": turn["speaker"], "role": "user", "session": f"{name}/session-{session}",
            "seq": seq, "created": created.strftime("%Y-%m-%dT%H:%M:%SZ")}


def evidence_ids(name, evidence, known):
    """Ids of 'D8:6', also of several in one text, and of 'D30:05'."""
    found = [name_id("locomo", name, f"D{int(a)}:{int(b)}")
             for item in evidence for a, b in re.findall(r"D:?(\d+):(\d+)", item)]
    return {one: 1 for one in found if one in known}


def locomo_sample(sample):
    corpus = Corpus(sample["sample_id"])
    talk, session = sample["conversation"], 1
    while f"session_{session}_date_time" in talk:
        start = session_start(talk[f"session_{session}_date_time"])
        corpus.memories += [turn_memory(corpus.name, session, start, seq, turn)
                            for seq, turn in enumerate(talk.get(f"session_{session}", []))]
        session += 1
    known = {memory["id"] for memory in corpus.memories}
    for asked in sample["qa"]:
        gains = evidence_ids(corpus.name, asked.get("evidence", []), known)
        if gains:
            corpus.questions.append(
                Question(asked["question"], gains, CATEGORIES[asked["category"]]))
    return corpus


def locomo(path):
    with open(path, encoding="utf-8") as file:
        return [locomo_sample(sample) for sample in json.load(file)]


# Documents, queries and judgements.

def json_texts(path):
    for line in json_lines(path):
        parts = (line.get("title", ""), line.get("text", line.get("content", "")))
        yield str(line["_id"] if "_id" in line else line["id"]), "\n".join(filter(None, parts))


def tab_texts(path):
    for line in text_lines(path):
        if line.strip():
            name, _, text = line.partition("\t")
            yield name, text


def elements(text, names):
    """What stands in the first of these elements. TREC's topics do not close theirs."""
    for name in names:
        found = (re.search(rf"<{name}>(.*?)</{name}>", text, re.S | re.I) or
                 re.search(rf"<{name}>(.*?)(?=<[a-z]+>|\Z)", text, re.S | re.I))
        if found:
            return found.group(1).strip()
    return ""


def trec_texts(path):
    for whole in re.findall(r"<(?:doc|top)>(.*?)</(?:doc|top)>", "\n".join(text_lines(path)),
                            re.S | re.I):
        name = re.sub(r"^number:\s*", "", elements(whole, ["docno", "num"]), flags=re.I)
        text = [elements(whole, ["title"]), elements(whole, ["text", "desc"])]
        text = [re.sub(r"<[^>]*>|^description:", " ", part, flags=re.I).strip() for part in text]
        yield name, "\n".join(filter(None, text))


def smart_texts(path):
    for whole in re.split(r"^\.I\s+", "\n".join(text_lines(path)), flags=re.M)[1:]:
        name, _, rest = whole.partition("\n")
        parts = re.findall(r"^\.([A-Z])[^\n]*\n(.*?)(?=^\.[A-Z]\s*$|\Z)", rest, re.S | re.M)
        yield name.strip(), "\n".join(text.strip() for kind, text in parts if kind in "TW")


def texts(path):
    """Pairs of name and text, in whichever form the file has them."""
    with open(path, encoding="utf-8", errors="replace") as file:
        start = file.read(4096).lstrip()
    if start.startswith("{"):
        return json_texts(path)
    if start.startswith("<"):
        return trec_texts(path)
    return smart_texts(path) if start.startswith(".I") else tab_texts(path)


def judgements(path):
    """Gains by query and document."""
    found = {}
    for line in text_lines(path):
        parts = line.split()
        if len(parts) < 3 or not re.fullmatch(r"-?\d+(\.\d+)?", parts[-1]):
            continue
        query, document = parts[0], parts[1] if len(parts) == 3 else parts[2]
        found.setdefault(query, {})[document] = float(parts[-1])
    return found


def trec(documents, queries, qrels):
    corpus = Corpus(os.path.splitext(os.path.basename(documents))[0])
    ids = {}
    for name, text in texts(documents):
        ids[name] = name_id("trec", corpus.name, name)
        corpus.memories.append({"id": ids[name], "type": "semantic", "content": text})
    gains = judgements(qrels)
    for name, text in texts(queries):
        known = {ids[document]: gain for document, gain in gains.get(name, {}).items()
                 if document in ids and gain > 0}
        if known:
            corpus.questions.append(Question(text, known))
    return [corpus]


def together(corpora):
    """All of them in one repository."""
    whole = Corpus("together")
    for corpus in corpora:
        whole.memories += corpus.memories
        whole.questions += corpus.questions
    return whole
