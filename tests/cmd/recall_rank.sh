#!/bin/sh
# gitmem recall: what a score is made of, what may count besides, and what stands for what.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# memories FILE: a talk of months, with decisions by key, to import.
memories() {
	"$PYTHON" - >"$1" <<-'PY'
		import json
		topics = [("redis queue worker jobs retry", "postgres table transaction"),
		          ("harbour ferry quay boat sail", "sea wind captain"),
		          ("bread oven dough flour yeast", "bakery crust kneading"),
		          ("tabs spaces indentation editor", "helix config keyboard")]
		for i in range(160):
		    one, two = topics[i % 4]
		    words = (one + " " + two).split()
		    text = " ".join(words[(i * 7 + j * 3) % len(words)] for j in range(6))
		    print(json.dumps({"content": "Note %d: %s" % (i, text), "session": "s%d" % (i % 4),
		                      "role": "user", "seq": i,
		                      "created": "2026-%02d-%02dT10:00:00Z" % (i // 28 + 1, i % 28 + 1)}))
		print(json.dumps({"content": "Does the ferry leave in a storm?", "session": "asked",
		                  "role": "user", "seq": 1, "created": "2026-08-01T10:00:00Z"}))
		print(json.dumps({"content": "Not before Ada Lovelace says so, on Tuesday.",
		                  "session": "asked", "role": "assistant", "agent": "Maya", "seq": 2,
		                  "created": "2026-08-01T10:01:00Z"}))
	PY
}

# terms ARGUMENT...: the names of the terms of the first score.
terms() {
	gitmem recall -k 1 --json --explain "$@" >terms.json &&
		json_get terms.json .why.terms | "$PYTHON" -c '
import json, sys
print(" ".join(term["name"] for term in json.load(sys.stdin)))'
}

test_case 'a repository that knows what its words have to do with each other' <<'EOF'
	new_repo talk &&
	memories lines && gitmem import jsonl lines >out &&
	gitmem reindex 2>err &&
	gitmem --json status >status && test "$(json_get status .index)" = current
EOF

test_case 'every score is the sum of its terms' <<'EOF'
	cd talk &&
	for query in 'does the ferry leave' 'when did Ada sail' 'wer kann bread und flour kneten' 'redis 2026-03-01' \
		'who kneads'; do
		gitmem recall --json --explain -k 30 "$query" >>hits || exit 1
	done &&
	test "$(wc -l <hits)" -gt 50 &&
	"$PYTHON" - <<-'PY'
		import json, sys
		for line in open("hits"):
		    hit = json.loads(line)
		    terms = hit["why"]["terms"]
		    total = sum(term["weight"] * term["value"] for term in terms)
		    if not terms or abs(total - hit["score"]) > 1e-4:
		        sys.exit("%s is not %f" % (line, total))
		    if any(term["value"] == 0 for term in terms):
		        sys.exit("a term that says nothing: " + line)
	PY
EOF

test_case 'gitmem-recall(7) explains every term' <<'EOF'
	cd talk &&
	"$PYTHON" - "$lib_here/../../docs/man/gitmem-recall.7.scd" <<-'PY'
		import json, sys
		page = open(sys.argv[1], encoding="utf-8").read()
		names = {term["name"] for line in open("hits") for term in json.loads(line)["why"]["terms"]}
		missing = [name for name in names if "*%s*" % name not in page]
		if missing or len(names) < 8:
		    sys.exit("of %s the page misses %s" % (sorted(names), missing))
	PY
EOF

test_case 'people see the terms and what they add' <<'EOF'
	cd talk &&
	gitmem recall --explain -k 2 'ferry boat' >actual &&
	test "$(grep -c '^    matched: ferry' actual)" -ge 1 &&
	test "$(grep -c '^    score: [0-9.]* words ([0-9.]* x [0-9.]*) [+-] ' actual)" -eq 2 &&
	gitmem recall -k 2 'ferry boat' >actual &&
	must_fail 1 grep -E 'matched|score:' actual
EOF

test_case 'an answer is found beside its question' <<'EOF'
	cd talk &&
	gitmem recall --format '{content}' -k 2 'does the ferry leave in a storm' >actual &&
	grep -q '^Not before Ada Lovelace' actual
EOF

test_case 'by words alone nothing is found without one' <<'EOF'
	cd talk &&
	must_fail 1 gitmem recall --mode lexical zebra &&
	names=$(terms --mode lexical 'bread oven') &&
	case $names in *vector* | *nearest*) exit 1 ;; esac
EOF

test_case 'by vectors a memory is found that has none of the words' <<'EOF'
	cd talk &&
	gitmem recall --mode vector --json -k 30 yeast >hits &&
	json_get hits .content >contents &&
	grep -v yeast contents >others && grep -qE 'bread|oven|dough|flour' others &&
	head -n 10 contents >best && must_fail 1 grep -qE 'redis|ferry|tabs' best &&
	gitmem recall --mode lexical --json -k 30 yeast >hits &&
	json_get hits .session >sessions && test "$(sort -u sessions)" = s2
EOF

test_case 'filters, phrases and dashes hold in every mode' <<'EOF'
	cd talk &&
	for mode in hybrid lexical vector; do
		gitmem recall --mode "$mode" --format '{session}' -k 50 'ferry session:s1' >sessions &&
			test "$(sort -u sessions)" = s1 &&
			gitmem recall --mode "$mode" --format '{content}' -k 50 -- \
				'quay -harbour -"in a storm"' >contents &&
			must_fail 1 grep -E 'harbour|in a storm' contents || exit 1
	done
EOF

test_case 'without vectors --mode vector says so, and hybrid does without' <<'EOF'
	new_repo few &&
	gitmem add -c 'Maya edits in Helix' >id &&
	must_fail 128 gitmem recall --mode vector helix 2>err &&
	grep -q '^error: there are no vectors' err && grep -q '^hint: ' err &&
	gitmem recall --ids helix >actual 2>err && test ! -s err &&
	expect_equal id actual
EOF

test_case 'of two that answer alike the newer, or the more important, on demand' <<'EOF'
	new_repo prefer &&
	gitmem add -c --created 2020-01-01 --importance 0.9 'The staging host is alpha' >old &&
	gitmem add -c --created 2026-01-01 --importance 0.1 'The staging host is omega' >new &&
	gitmem recall --prefer recent --ids -k 1 'staging host' >actual && expect_equal new actual &&
	gitmem recall --prefer important --ids -k 1 'staging host' >actual && expect_equal old actual &&
	case $(terms --prefer recent 'staging host') in *recent*) ;; *) exit 1 ;; esac &&
	case $(terms --prefer important 'staging host') in *important*) ;; *) exit 1 ;; esac &&
	case $(terms 'staging host') in *recent* | *important*) exit 1 ;; esac &&
	must_fail 129 gitmem recall --prefer loud 'staging host' 2>err &&
	grep -q 'recent' err
EOF

test_case 'of memories with nearly the same text one is shown, and names the others' <<'EOF'
	new_repo alike &&
	text='The deploy key of the staging host was rotated by Maya after the outage in the harbour' &&
	gitmem add -c --created 2026-01-01 "$text" >one &&
	gitmem add -c --created 2026-01-02 "$text!" >two &&
	gitmem add -c 'Another host has no key' >three &&
	gitmem recall --ids 'deploy key host' >actual &&
	test "$(wc -l <actual)" -eq 2 &&
	gitmem recall --json --explain 'deploy key host' >hits && head -n 1 hits >hit &&
	json_get hit .id >shown && json_get hit .why.duplicates.0 >hidden &&
	cat shown hidden | sort >actual && sort one two >expect && expect_equal expect actual &&
	gitmem recall --explain 'deploy key host' >actual &&
	grep -qx "    nearly the same: $(cat hidden)" actual &&
	gitmem recall --all --ids 'deploy key host' >actual &&
	test "$(wc -l <actual)" -eq 3
EOF

test_case 'a memory that is asked for by its key comes before what was said about it' <<'EOF'
	new_repo named &&
	gitmem import jsonl "$lib_here/../../docs/examples/conversation.jsonl" >/dev/null &&
	gitmem recall editor >/dev/null &&
	gitmem add -c --key user/editor 'Maya edits with Helix.' >/dev/null &&
	test "$(gitmem recall -k 1 --format '{key}' editor)" = user/editor &&
	gitmem recall -k 1 --explain editor >actual &&
	grep -q '+ 4.00 named (4.00 x 1.00) ' actual &&
	test "$(gitmem recall -k 1 --format '{key}' 'how do I deploy to staging')" = \
		howto/deploy-staging
EOF

done_testing
