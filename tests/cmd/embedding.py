#!/usr/bin/env python3
"""A small embedding for tests, in all the forms that gitmem can use.

embedding.py command [DELAY]   answer lines of texts with lines of vectors; notes texts in `asked`
embedding.py model FOLDER      write a model in the model2vec format
embedding.py serve             be an endpoint for at most two minutes; the port goes to `port`,
                               each request to `requests`; `mode` says how to behave

Words of a few fields of meaning have a dimension each, all others none.
"""

import http.server
import json
import os
import re
import struct
import sys
import threading
import time

FIELDS = [
    ["car", "automobile", "vehicle", "garage"],
    ["dog", "puppy", "hound", "kennel"],
    ["dinner", "meal", "supper", "lunch"],
    ["postgres", "database", "sql", "table"],
]


def vector(text):
    numbers = [0.01] * len(FIELDS)
    for word in re.findall(r"\w+", text.lower()):
        for i, field in enumerate(FIELDS):
            if word in field:
                numbers[i] += 1
    return numbers


def note(name, text):
    with open(name, "a", encoding="utf-8") as out:
        out.write(text + "\n")


def command(delay):
    for line in sys.stdin:
        texts = json.loads(line)
        time.sleep(delay)
        for text in texts:
            note("asked", json.dumps(text))
        print(json.dumps([vector(text) for text in texts]), flush=True)


def model(folder):
    vocabulary = {"[PAD]": 0, "[UNK]": 1}
    rows = [[0.0] * len(FIELDS), [9.0] * len(FIELDS)]
    for i, field in enumerate(FIELDS):
        for word in field:
            vocabulary[word] = len(rows)
            rows.append([1.0 if i == at else 0.0 for at in range(len(FIELDS))])
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }
    data = b"".join(struct.pack("<%df" % len(row), *row) for row in rows)
    header = json.dumps(
        {
            "embeddings": {
                "dtype": "F32",
                "shape": [len(rows), len(FIELDS)],
                "data_offsets": [0, len(data)],
            }
        }
    ).encode()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as out:
        json.dump(tokenizer, out)
    with open(os.path.join(folder, "model.safetensors"), "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header + data)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
        json.dump({"normalize": True}, out)


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Behaves as the first word in the file `mode` says."""

    tries = 0

    def answer(self, status, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, message, headers=()):
        self.answer(status, json.dumps({"error": {"message": message}}).encode(), headers)

    def vectors(self, texts, mode):
        vectors = [vector(text) for text in texts]
        if mode == "wide":
            vectors = [numbers + [0.5] for numbers in vectors]
        if mode == "zero":
            vectors = [[0.0] * len(FIELDS) for _ in texts]
        if mode == "nan":
            vectors = [[float("nan")] * len(FIELDS) for _ in texts]
        if mode == "few":
            vectors = vectors[1:]
        return [
            {"object": "embedding", "index": i, "embedding": numbers}
            for i, numbers in enumerate(vectors)
        ]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        texts = json.loads(body)["input"]
        with open("mode", encoding="utf-8") as lines:
            mode = lines.read().strip()
        key = self.headers.get("Authorization", "")
        note("requests", json.dumps({"path": self.path, "key": key, "texts": texts}))
        Endpoint.tries += 1
        if mode == "hang":
            time.sleep(60)
        elif mode == "500":
            self.refuse(500, "it broke")
        elif mode == "401":
            self.refuse(401, "no such key: " + key)
        elif mode == "busy" and Endpoint.tries % 3:
            self.refuse(503, "try again", [("Retry-After", "0")])
        elif mode == "moved":
            self.answer(301, b"", [("Location", "http://localhost/")])
        elif mode == "garbage":
            self.answer(200, b"<html>hello</html>")
        elif mode == "poison" and any("poison" in text for text in texts):
            self.refuse(400, "I do not eat that")
        elif mode == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"data": [')
        else:
            data = {"object": "list", "data": self.vectors(texts, mode)[::-1]}
            self.answer(200, json.dumps(data).encode())

    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.daemon_threads = True
    with open("port.new", "w", encoding="utf-8") as out:
        out.write("%d\n" % server.server_address[1])
    os.rename("port.new", "port")
    threading.Timer(120, lambda: os._exit(0)).start()
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "command":
        command(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
    elif sys.argv[1] == "model":
        model(sys.argv[2])
    else:
        serve()
