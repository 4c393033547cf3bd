#!/bin/sh
# Embeddings by an OpenAI-compatible endpoint: a server of our own that behaves in many ways.

. "$(dirname "$0")/lib.sh"

if [ ! -x "$lib_bin/../embed/gitmem-embed" ]; then
	test_skip 'endpoints' 'gitmem-embed was not built, as there is no libcurl'
	done_testing
fi

# Proxies of whoever runs the tests must not come between.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

mkdir "$SCRATCH/server"
echo fine >"$SCRATCH/server/mode"
(cd "$SCRATCH/server" && exec "$PYTHON" "$lib_here/embedding.py" serve) \
	>/dev/null 2>&1 </dev/null &
server=$!
trap 'kill $server 2>/dev/null; lib_leave' EXIT
tries=0
while [ ! -e "$SCRATCH/server/port" ] && [ $tries -lt 300 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
port=$(cat "$SCRATCH/server/port")

# behave MODE: from now on; what was asked before is forgotten.
behave() {
	echo "$1" >"$SCRATCH/server/mode" && : >"$SCRATCH/server/requests"
}

# new_notes DIR: a repository with four memories that uses the endpoint.
new_notes() {
	new_repo "$1" &&
		gitmem add 'The automobile is in the shed' >/dev/null &&
		gitmem add 'My puppy likes to run' >/dev/null &&
		gitmem add 'Postgres is what we store things in' >/dev/null &&
		gitmem add 'We had a nice evening in town' >/dev/null &&
		gitmem commit -m some >/dev/null &&
		gitmem config recall.embedding endpoint &&
		gitmem config recall.embeddingModel small &&
		gitmem config recall.embeddingUrl "http://127.0.0.1:$port/v1" &&
		gitmem config recall.embeddingTimeout 20000
}

# answers_by_words PATTERN: recall still works, and says why once.
answers_by_words() {
	gitmem recall puppy >actual 2>err &&
		grep -q 'My puppy' actual &&
		test "$(wc -l <err)" -eq 1 &&
		grep "^warning: recall goes by words alone: .*$1" err
}

test_case 'an endpoint finds by meaning' <<'EOF'
	new_notes notes &&
	gitmem recall -k 1 'which vehicle' >actual 2>err &&
	grep -q automobile actual &&
	test ! -s err &&
	json_get ../server/requests .path >actual &&
	printf '/v1/embeddings\n/v1/embeddings\n' >expect &&
	expect_equal expect actual &&
	json_get ../server/requests .key >actual &&
	printf '\n\n' >expect &&
	expect_equal expect actual
EOF

test_case 'the key comes from the environment or a file' <<'EOF'
	cd notes &&
	behave fine &&
	GITMEM_EMBEDDING_KEY=abc123 gitmem recall vehicle >/dev/null &&
	gitmem config recall.embeddingKeyVariable OTHER_KEY &&
	OTHER_KEY=def456 gitmem recall vehicle >/dev/null &&
	printf 'ghi789\n' >key &&
	gitmem config recall.embeddingKeyFile key &&
	gitmem recall vehicle >/dev/null &&
	json_get ../server/requests .key >actual &&
	printf 'Bearer abc123\nBearer def456\nBearer ghi789\n' >expect &&
	expect_equal expect actual
EOF

test_case 'the key stands in no message' <<'EOF'
	new_notes quiet &&
	behave 401 &&
	GITMEM_EMBEDDING_KEY=abc123 gitmem -v recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	grep -q 'answers 401: no such key: Bearer \*\*\*' err &&
	must_fail 1 grep -r abc123 err .gitmem
EOF

test_case 'the key is not sent in the clear to another machine' <<'EOF'
	new_notes clear &&
	gitmem config recall.embeddingUrl "http://nowhere.invalid/v1" &&
	export GITMEM_EMBEDDING_KEY=abc123 &&
	answers_by_words 'the key is not sent'
EOF

test_case 'nor to where a redirection leads' <<'EOF'
	new_notes moved &&
	behave moved &&
	answers_by_words 'answers 301'
EOF

test_case 'a key file that holds no key is told' <<'EOF'
	new_notes no-key &&
	behave fine &&
	printf 'two words\n' >key &&
	gitmem config recall.embeddingKeyFile key &&
	answers_by_words 'holds no key'
EOF

test_case 'a server that is busy is asked again' <<'EOF'
	new_notes busy &&
	behave busy &&
	gitmem recall -k 1 hound >actual 2>err &&
	grep -q puppy actual &&
	test ! -s err
EOF

test_case 'one that breaks, or says what is no answer, is told' <<'EOF'
	new_notes broken &&
	behave 500 &&
	gitmem config recall.embeddingModel m1 &&
	answers_by_words 'answers 500: it broke' &&
	behave garbage &&
	gitmem config recall.embeddingModel m2 &&
	answers_by_words 'invalid JSON' &&
	behave few &&
	gitmem config recall.embeddingModel m3 &&
	answers_by_words '0 vectors for 1 texts' &&
	behave cut &&
	gitmem config recall.embeddingModel m4 &&
	answers_by_words 'cannot reach'
EOF

test_case 'one that hangs is left in time, and let be for a while' <<'EOF'
	new_notes hanging &&
	behave hang &&
	gitmem config recall.embeddingTimeout 100 &&
	answers_by_words 'does not answer in time' &&
	behave fine &&
	answers_by_words 'does not answer in time' &&
	test ! -s ../server/requests &&
	gitmem config recall.embeddingTimeout 20000 &&
	gitmem reindex 2>/dev/null &&
	gitmem recall -k 1 hound >actual 2>err &&
	grep -q puppy actual &&
	test ! -s err
EOF

test_case 'one that lies about dimensions spoils nothing' <<'EOF'
	new_notes lying &&
	behave fine &&
	gitmem recall hound >expect &&
	behave wide &&
	answers_by_words '5 numbers, not 4' &&
	gitmem add -c 'a kennel' >/dev/null &&
	gitmem recall kennel >actual 2>/dev/null &&
	grep -q kennel actual &&
	behave fine &&
	gitmem reindex 2>/dev/null &&
	gitmem recall --mode vector -k 2 hound >actual &&
	grep -q kennel actual &&
	grep -q puppy actual
EOF

test_case 'dimensions that are asked for are held to' <<'EOF'
	new_notes dims &&
	behave fine &&
	gitmem config recall.embeddingDimensions 8 &&
	answers_by_words '4 numbers, not 8'
EOF

test_case 'vectors of NaN or zeros are none' <<'EOF'
	new_notes nan &&
	behave nan &&
	gitmem config recall.embeddingModel m1 &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	grep -q 'the query has no vector' err &&
	behave zero &&
	gitmem config recall.embeddingModel m2 &&
	gitmem recall puppy >actual 2>err &&
	grep -q 'My puppy' actual &&
	grep -q 'the query has no vector' err &&
	gitmem reindex 2>/dev/null
EOF

test_case 'one text that is refused costs its own vector only' <<'EOF'
	new_notes poison &&
	gitmem add -c 'poison for the hound' >/dev/null &&
	behave poison &&
	gitmem recall --mode vector -k 1 dog >actual 2>err &&
	grep -q 'My puppy' actual &&
	test ! -s err &&
	gitmem recall 'poison' >actual 2>err &&
	grep -q 'for the hound' actual &&
	grep -q 'I do not eat that' err &&
	behave poison &&
	gitmem recall dog >/dev/null &&
	test "$(wc -l <../server/requests)" -eq 1
EOF

test_case 'where nobody listens words answer' <<'EOF'
	new_notes nobody &&
	gitmem config recall.embeddingUrl "http://127.0.0.1:1/v1" &&
	answers_by_words 'cannot reach'
EOF

done_testing
