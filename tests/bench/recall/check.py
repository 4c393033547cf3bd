#!/usr/bin/env python3
"""Whether the measuring of recall can be trusted: its scores, its readers and its own set.

Prints TAP. With $GITMEM a few questions are asked in earnest as well.
"""
import collections
import os
import subprocess
import sys
import tempfile
import unicodedata
import unittest

import corpora
import recall
import scores

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Scores(unittest.TestCase):
    def scored(self, ranked, gains, expect):
        gains = gains if isinstance(gains, dict) else dict.fromkeys(gains, 1)
        for found, value in zip(scores.score(ranked.split(), gains), expect):
            self.assertAlmostEqual(found, value, places=4)

    def test_the_only_one_in_first_place_is_perfect(self):
        self.scored("a b c", "a", (1, 1, 1, 1))

    def test_nothing_found_is_zero(self):
        self.scored("", "a", (0, 0, 0, 0))
        self.scored("b c", "a", (0, 0, 0, 0))

    def test_the_third_place(self):
        self.scored("x y a", "a", (1, 1, 0.5, 1 / 3))

    def test_the_seventh_place_is_in_ten_and_not_in_five(self):
        self.scored("1 2 3 4 5 6 a", "a", (0, 1, 1 / 3, 1 / 7))

    def test_behind_the_tenth_place_nothing_counts(self):
        self.scored("1 2 3 4 5 6 7 8 9 10 a", "a", (0, 0, 0, 0))

    def test_two_of_three(self):
        # 1 + 1/log2(4) of 1 + 1/log2(3) + 1/log2(4)
        self.scored("a x b", "abc", (2 / 3, 2 / 3, 1.5 / 2.1309, 1))

    def test_of_more_than_ten_relevant_ones_ten_are_ideal(self):
        self.scored("a b c d e f g h i j", "abcdefghijkl", (5 / 12, 10 / 12, 1, 1))

    def test_gains_weigh(self):
        # 1 + 3/log2(3) of 3 + 1/log2(3)
        self.scored("b a", {"a": 3, "b": 1}, (1, 1, 2.8928 / 3.6309, 1))

    def test_one_found_twice_counts_once(self):
        self.scored("a a b", "ab", (1, 1, 1, 1))

    def test_what_is_worth_nothing_is_not_relevant(self):
        self.scored("z a", {"a": 1, "z": 0}, (1, 1, 0.6309, 0.5))
        with self.assertRaises(ValueError):
            scores.score(["z"], {"z": 0})

    def test_means(self):
        self.assertEqual(scores.mean([(1, 1, 1, 1), (0, 0.5, 0, 0)]), (0.5, 0.75, 0.5, 0.5))


class Readers(unittest.TestCase):
    QRELS = "query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t0\nq9\td1\t1\n"

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def trec(self, documents, queries, qrels):
        (corpus,) = corpora.trec(self.file("docs", documents), self.file("queries", queries),
                                 self.file("qrels", qrels))
        texts = [memory["content"] for memory in corpus.memories]
        by_id = {memory["id"]: memory["content"] for memory in corpus.memories}
        asked = [(question.text, {by_id[one]: gain for one, gain in question.gains.items()})
                 for question in corpus.questions]
        return texts, asked

    def test_json_lines_as_in_beir(self):
        texts, asked = self.trec(
            '{"_id": "d1", "title": "One", "text": "first"}\n{"_id": "d2", "text": "second"}\n',
            '{"_id": "q1", "text": "which?"}\n{"_id": "q2", "text": "unjudged"}\n', self.QRELS)
        self.assertEqual(texts, ["One\nfirst", "second"])
        self.assertEqual(asked, [("which?", {"second": 2})])

    def test_lines_with_a_tab(self):
        texts, asked = self.trec("d1\tfirst\nd2\tsecond\n", "q1\twhich?\n", "q1 0 d1 1\n")
        self.assertEqual(texts, ["first", "second"])
        self.assertEqual(asked, [("which?", {"first": 1})])

    def test_elements_as_at_trec(self):
        texts, asked = self.trec(
            "<DOC>\n<DOCNO> d1 </DOCNO>\n<TEXT>\nfirst\n</TEXT>\n</DOC>\n"
            "<DOC><DOCNO>d2</DOCNO><TITLE>Two</TITLE><TEXT><P>second</P></TEXT></DOC>\n",
            "<top>\n<num> Number: 301\n<title> which?\n<desc> Description:\nthe one\n</top>\n",
            "301 0 d2 1\n")
        self.assertEqual(texts, ["first", "Two\nsecond"])
        self.assertEqual(asked, [("which?\nthe one", {"Two\nsecond": 1})])

    def test_the_form_of_smart(self):
        texts, asked = self.trec(".I 1\n.T\none\n.A\nnobody\n.W\nfirst\n.I 2\n.W\nsecond\n",
                                 ".I 1\n.W\nwhich?\n", "1 0 2 1\n")
        self.assertEqual(texts, ["one\nfirst", "second"])
        self.assertEqual(asked, [("which?", {"second": 1})])

    def test_a_conversation_of_locomo(self):
        path = self.file("locomo.json", """[{"sample_id": "c", "conversation": {
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [{"dia_id": "D1:1", "speaker": "Ada", "text": "Hi!"},
                          {"dia_id": "D1:2", "speaker": "Bo", "text": "See",
                           "blip_caption": "a cat"}]},
            "qa": [{"question": "who?", "category": 4, "evidence": ["D1:1; D1:02"]},
                   {"question": "lost", "category": 5, "evidence": ["D7:1"]}]}]""")
        (corpus,) = corpora.locomo(path)
        second = corpus.memories[1]
        self.assertEqual(second["content"], "See [shared image: a cat]")
        self.assertEqual(second["created"], "2023-05-08T13:56:30Z")
        self.assertEqual((second["session"], second["seq"]), ("c/session-1", 1))
        self.assertEqual([question.text for question in corpus.questions], ["who?"])
        self.assertEqual(set(corpus.questions[0].gains),
                         {memory["id"] for memory in corpus.memories})
        self.assertEqual(corpus.questions[0].category, "single-hop")


class OwnSet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        (cls.corpus,) = corpora.lines(recall.OWN)
        cls.by_id = {memory["id"]: memory for memory in cls.corpus.memories}

    def test_it_is_large_enough(self):
        self.assertGreaterEqual(len(self.corpus.memories), 150)
        self.assertGreaterEqual(len(self.corpus.questions), 100)

    def test_ids_are_unique_and_memories_say_something(self):
        self.assertEqual(len(self.by_id), len(self.corpus.memories))
        self.assertTrue(all(memory["content"].strip() for memory in self.corpus.memories))

    def test_questions_are_unique(self):
        asked = collections.Counter(question.text for question in self.corpus.questions)
        self.assertEqual([text for text, n in asked.items() if n > 1], [])

    def test_all_expected_memories_exist(self):
        missing = [one for question in self.corpus.questions for one in question.gains
                   if one not in self.by_id]
        self.assertEqual(missing, [])
        self.assertTrue(all(question.gains for question in self.corpus.questions))

    def test_no_expected_memory_is_superseded(self):
        old = [one for memory in self.corpus.memories for one in memory.get("supersedes", [])]
        self.assertTrue(old and all(one in self.by_id for one in old))
        expected = {one for question in self.corpus.questions for one in question.gains}
        self.assertEqual(expected & set(old), set())

    def test_each_kind_of_question_has_several(self):
        kinds = collections.Counter(question.category for question in self.corpus.questions)
        for kind in ("preference", "decision", "procedure", "change", "language"):
            self.assertGreaterEqual(kinds[kind], 8, kind)

    def test_other_scripts_are_asked_for(self):
        letters = "".join(question.text for question in self.corpus.questions
                          if question.category == "language")
        scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in letters}
        for script in ("CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"):
            self.assertIn(script, scripts)


@unittest.skipUnless(os.environ.get("GITMEM"), "no $GITMEM")
class InEarnest(unittest.TestCase):
    def test_questions_are_asked_and_scored(self):
        done = subprocess.run(
            [sys.executable, os.path.join(FOLDER, "recall.py"), "--limit", "4",
             "--option=--mode=lexical", os.environ["GITMEM"], "own"],
            capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^all +n= +4  R@5 [01]\.\d{3}  R@10 [01]\.\d{3}  "
                                      r"nDCG@10 [01]\.\d{3}  MRR [01]\.\d{3}$")


class Tap(unittest.TestResult):
    """The Test Anything Protocol, which all our tests speak."""

    def say(self, verdict, test, why=""):
        title = test.id().split(".", 1)[1].replace("test_", "").replace("_", " ")
        print(f"{verdict} {self.testsRun} - {title}{why}", flush=True)

    def addSuccess(self, test):
        self.say("ok", test)

    def addSkip(self, test, reason):
        self.say("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say("not ok", test)
        print("".join(f"#   {line}\n" for line in self.failures[-1][1].splitlines()), end="")

    def addError(self, test, err):
        super().addError(test, err)
        self.say("not ok", test)
        print("".join(f"#   {line}\n" for line in self.errors[-1][1].splitlines()), end="")


def main():
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = Tap()
    print(f"1..{tests.countTestCases()}")
    tests.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
