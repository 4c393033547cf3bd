#!/bin/sh
# Embeddings that are settings: static models and commands.

. "$(dirname "$0")/lib.sh"

# embedding_command [DELAY]: one that finds by meaning, and notes in `asked` which texts it got.
embedding_command() {
	printf "'%s' '%s/embedding.py' command %s" "$PYTHON" "$lib_here" "${1:-0}"
}

add_some() {
	gitmem add --key home/parking 'The automobile is in the shed' >/dev/null &&
		gitmem add 'My puppy likes to run' >/dev/null &&
		gitmem add 'Postgres is what we store things in' >/dev/null &&
		gitmem add 'We had a nice evening in town' >/dev/null &&
		gitmem commit -m some >/dev/null
}

use_command() {
	gitmem config recall.embedding command &&
		gitmem config recall.embeddingTimeout 20000 &&
		gitmem config recall.embeddingCommand "$(embedding_command "${1:-}")"
}

test_case 'settings are checked when they are made' <<'EOF'
	new_repo settings &&
	must_fail 129 gitmem config recall.embedding word2vec 2>err &&
	grep -q "'endpoint'" err &&
	must_fail 129 gitmem config recall.embeddingTimeout soon &&
	must_fail 129 gitmem config recall.embeddingBatch 0 &&
	must_fail 129 gitmem config recall.embeddingPrivate maybe &&
	must_fail 129 gitmem config recall.embeddingDimensions 5000 &&
	must_fail 129 gitmem config recall.embeddingUrl localhost &&
	must_fail 129 gitmem config recall.embeddingUrl https://me:secret@host/v1 2>err &&
	must_fail 1 grep secret err &&
	gitmem config recall.embeddingUrl http://localhost:11434/v1 &&
	gitmem config recall.embedding none
EOF

test_case 'a command finds by meaning' <<'EOF'
	new_repo by-meaning &&
	add_some &&
	must_fail 1 gitmem recall 'vehicle' &&
	use_command &&
	gitmem recall -k 1 'which vehicle' >actual 2>err &&
	grep -q automobile actual &&
	test ! -s err &&
	gitmem recall -k 1 'a hound' >actual &&
	grep -q puppy actual
EOF

test_case 'vectors alone, and how a score is explained' <<'EOF'
	cd by-meaning &&
	gitmem recall --mode vector -k 1 'sql' >actual &&
	grep -q Postgres actual &&
	gitmem --json recall --explain -k 1 'sql' >actual &&
	grep -q vector actual &&
	must_fail 1 gitmem recall --mode lexical 'sql'
EOF

test_case 'each memory is embedded once' <<'EOF'
	cd by-meaning &&
	rm asked &&
	gitmem recall 'a meal' >/dev/null &&
	echo '"a meal"' >expect &&
	expect_equal expect asked &&
	gitmem add -c 'Lunch is at noon' >/dev/null &&
	gitmem recall -k 1 'a meal' >actual &&
	grep -q Lunch actual &&
	printf '"a meal"\n"Lunch is at noon"\n"a meal"\n' >expect &&
	expect_equal expect asked
EOF

test_case 'the text of a memory has its key and tags' <<'EOF'
	new_repo texts &&
	gitmem add -c --key a/b --tag x --tag y 'The content' >/dev/null &&
	use_command &&
	gitmem recall content >/dev/null &&
	head -n 1 asked >actual &&
	printf '%s\n' '"The content\na/b\nx y"' >expect &&
	expect_equal expect actual
EOF

test_case 'making the index anew asks for nothing again' <<'EOF'
	cd by-meaning &&
	rm asked &&
	gitmem reindex 2>/dev/null &&
	test ! -e asked &&
	gitmem recall -k 1 --mode vector supper >actual &&
	grep -q Lunch actual
EOF

test_case 'one command answers all queries of a process' <<'EOF'
	new_repo lines &&
	add_some &&
	use_command &&
	gitmem config recall.embeddingCommand "echo x >>started; $(embedding_command)" &&
	printf 'vehicle\nhound\nsql\n' >queries &&
	gitmem recall --stdin -k 1 <queries >actual &&
	grep -q automobile actual &&
	grep -q puppy actual &&
	grep -q Postgres actual &&
	echo x >expect &&
	expect_equal expect started
EOF

test_case 'prefixes tell texts from queries' <<'EOF'
	new_repo prefixes &&
	gitmem add -c 'a car' >/dev/null &&
	use_command &&
	gitmem config recall.embeddingTextPrefix 'passage: ' &&
	gitmem config recall.embeddingQueryPrefix 'query: ' &&
	gitmem recall vehicle >/dev/null &&
	printf '"passage: a car"\n"query: vehicle"\n' >expect &&
	expect_equal expect asked
EOF

test_case 'a command that fails is told once, and words answer' <<'EOF'
	new_repo failing &&
	add_some &&
	gitmem config recall.embedding command &&
	gitmem config recall.embeddingCommand 'echo "cannot find the model" >&2; exit 1' &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	test "$(wc -l <err)" -eq 1 &&
	grep -q '^warning: recall goes by words alone: .*cannot find the model$' err &&
	printf 'puppy\nevening\n' >queries &&
	gitmem recall --stdin <queries >actual 2>err &&
	grep -q evening actual &&
	test "$(wc -l <err)" -eq 1 &&
	gitmem recall --mode lexical puppy >/dev/null 2>err &&
	test ! -s err &&
	must_fail 128 gitmem recall --mode vector puppy 2>err &&
	grep -q 'no vectors to recall by: .*cannot find the model' err
EOF

test_case 'settings that say too little are told, and words answer' <<'EOF'
	cd failing &&
	gitmem config --unset recall.embeddingCommand &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	test "$(wc -l <err)" -eq 1 &&
	grep -q "^warning: .*'recall.embeddingCommand' is not set" err
EOF

test_case 'without an embedding nothing is missed' <<'EOF'
	cd failing &&
	gitmem config recall.embedding none &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	test ! -s err &&
	must_fail 128 gitmem recall --mode vector puppy 2>err &&
	grep -q "'recall.embedding' is 'none'" err
EOF

test_case 'one that hangs is left in time' <<'EOF'
	new_repo hanging &&
	add_some &&
	gitmem config recall.embedding command &&
	gitmem config recall.embeddingTimeout 20 &&
	gitmem config recall.embeddingCommand 'sleep 1000' &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	grep -q 'does not answer in time' err
EOF

test_case 'many memories get their vectors in steps' <<'EOF'
	new_repo many &&
	"$PYTHON" -c '
import json
for i in range(60):
	print(json.dumps({"content": "number %d is a car" % i}))' >many.jsonl &&
	gitmem import jsonl many.jsonl >/dev/null 2>&1 &&
	use_command 0.3 &&
	gitmem config recall.embeddingBatch 10 &&
	must_fail 1 gitmem recall vehicle 2>err &&
	grep -q '^warning: recall goes by words alone: 60 memories have no vector yet' err &&
	test "$(wc -l <asked)" -ge 10 &&
	test "$(wc -l <asked)" -lt 60 &&
	gitmem reindex 2>err &&
	test "$(grep -c number asked)" -eq 60 &&
	gitmem recall vehicle >actual 2>err &&
	grep -q car actual &&
	test ! -s err
EOF

test_case 'what goes wrong when the answer is out is told, too' <<'EOF'
	cd many &&
	gitmem config recall.embeddingCommand "echo it is broken >&2; exit 1" &&
	gitmem recall number >actual 2>err &&
	grep -q car actual &&
	grep -q '^warning: recall goes by words alone: 60 memories have no vector yet' err &&
	grep -q '^warning: no vectors were made: .*it is broken$' err &&
	gitmem config recall.embeddingCommand \
		'while read -r texts; do echo "{\"error\": \"not loaded\"}"; done' &&
	must_fail 128 gitmem recall --mode vector number 2>err &&
	grep -q 'no vectors to recall by: 60 memories have none yet$' err &&
	grep -q "^hint: 'gitmem reindex'" err &&
	gitmem recall number >actual 2>err &&
	grep -q '^warning: no vectors were made: .*not loaded$' err
EOF

test_case 'a static model finds by meaning' <<'EOF'
	new_repo static &&
	add_some &&
	"$PYTHON" "$lib_here/embedding.py" model potion &&
	gitmem config recall.embedding static &&
	gitmem config recall.embeddingModel potion &&
	gitmem recall -k 1 'which vehicle?' >actual 2>err &&
	grep -q automobile actual &&
	test ! -s err &&
	gitmem recall --mode vector -k 1 'HOUND' >actual &&
	grep -q puppy actual
EOF

test_case 'a query of words that it does not know goes by words' <<'EOF'
	cd static &&
	gitmem recall evening >actual 2>err &&
	grep -q 'nice evening' actual &&
	grep -q 'the query has no vector' err
EOF

test_case 'a model that is gone or broken is told, and words answer' <<'EOF'
	cd static &&
	mv potion elsewhere &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	test "$(wc -l <err)" -eq 1 &&
	grep -q "^warning: .*potion/tokenizer.json'" err &&
	mkdir potion &&
	cp elsewhere/tokenizer.json potion/ &&
	head -c 100 elsewhere/model.safetensors >potion/model.safetensors &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	grep -q 'no safetensors file' err &&
	rm -r potion &&
	mv elsewhere potion &&
	gitmem recall hound >actual 2>err &&
	grep -q 'My puppy' actual &&
	test ! -s err
EOF

test_case 'another model takes over at once' <<'EOF'
	cd static &&
	use_command &&
	gitmem recall -k 1 hound >actual 2>err &&
	grep -q puppy actual &&
	test ! -s err &&
	test "$(wc -l <asked)" -eq 5 &&
	gitmem config recall.embedding lsa &&
	gitmem recall puppy >actual 2>err &&
	grep -q puppy actual &&
	test ! -s err &&
	gitmem config recall.embedding command &&
	gitmem recall -k 1 vehicle >actual &&
	grep -q automobile actual &&
	test "$(wc -l <asked)" -eq 6
EOF

test_case 'a cache that is damaged is made anew' <<'EOF'
	cd static &&
	for file in .gitmem/recall/*.embeddings; do
		printf 'no database at all' >"$file" || return 1
	done &&
	rm .gitmem/recall/*.embeddings-wal &&
	gitmem add -c 'a kennel' >/dev/null &&
	gitmem recall hound >actual 2>err &&
	grep -q kennel actual &&
	grep -q puppy actual &&
	test ! -s err
EOF

done_testing
