#!/bin/sh
# tests/cmd/lib.sh itself: what it must see, it sees. The program under test is a stand-in.

. "$(dirname "$0")/../tap.sh"
here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/gitmem-lint-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/bin" "$work/tests/cmd" "$work/tmp"
cp "$here/../tap.sh" "$work/tests/"
cp "$here"/../cmd/lib*.sh "$work/tests/cmd/"
cat >"$work/bin/gitmem" <<'EOF'
#!/bin/sh
[ "$1" = -C ] && cd "$2" && shift 2
case $1 in
init) git init -q --bare -b main .gitmem && echo 'made a repository' ;;
fsck) ! test -e .gitmem/bad || exit 1 ;;
say) shift && echo "$*" ;;
refuse) echo 'no' >&2 && exit 128 ;;
crash) kill -SEGV $$ ;;
sanitizer) exit 77 ;;
esac
EOF
chmod +x "$work/bin/gitmem"

# gives TITLE PATTERN: the test file on standard input prints a line that fits PATTERN, with
# nothing left behind in its folder for temporary files.
gives() {
	{
		# shellcheck disable=SC2016 # for the test file
		echo '. "$(dirname "$0")/lib.sh"'
		cat
	} >"$work/tests/cmd/probe.sh"
	# Noise that must not reach the cases.
	GITMEM="$work/bin/gitmem" GITMEM_TEST_GIT_COPY=/bin/false TMPDIR="$work/tmp" \
		GIT_DIR=/nowhere GITMEM_DIR=/nowhere XDG_CONFIG_HOME=/nowhere NO_COLOR=1 \
		sh "$work/tests/cmd/probe.sh" >"$work/out" 2>&1 </dev/null
	code=$?
	if ! grep -Eq -e "$2" "$work/out"; then
		echo "(no line fits '$2', code $code)" >>"$work/out"
		tap_not_ok "$1" "$work/out"
	elif [ -n "$(ls -A "$work/tmp")" ]; then
		ls -lA "$work/tmp" >>"$work/out"
		tap_not_ok "$1, and leaves nothing behind" "$work/out"
	elif grep -q '^not ok' "$work/out" && [ "$code" -eq 0 ]; then
		echo '(code 0 in spite of a failed case)' >>"$work/out"
		tap_not_ok "$1" "$work/out"
	else
		tap_ok "$1"
	fi
}

gives 'a case that passes' '^ok 1 - says hello$' <<'EOF'
test_case 'says hello' <<'EOC'
	gitmem say hello >actual &&
	echo hello >expect &&
	expect_equal expect actual
EOC
done_testing
EOF

gives 'a case as an argument' '^ok 1 - says hello$' <<'EOF'
test_case 'says hello' 'test "$(gitmem say hello)" = hello'
done_testing
EOF

gives 'the plan' '^1\.\.3$' <<'EOF'
test_case 'a' 'true'
test_case 'b' 'true'
test_skip 'c' 'no reason'
done_testing
EOF

gives 'a skipped case' '^ok 1 - c # SKIP no reason$' <<'EOF'
test_skip 'c' 'no reason'
done_testing
EOF

gives 'a failed case' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'false'
done_testing
EOF

gives 'why a case failed' '^#   \+two$' <<'EOF'
test_case 'a' 'echo one >expect && gitmem say two >actual && expect_equal expect actual'
done_testing
EOF

gives 'a command that fails in the middle' '^not ok 1 - a$' <<'EOF'
test_case 'a' <<'EOC'
	true &&
	gitmem refuse &&
	true
EOC
done_testing
EOF

gives 'a gap in the chain' 'not all joined by &&' <<'EOF'
test_case 'a' <<'EOC'
	gitmem refuse
	true
EOC
done_testing
EOF

gives 'a file without done_testing' '^Bail out!' <<'EOF'
test_case 'a' 'true'
EOF

gives 'must_fail with the right code' '^ok 1 - a$' <<'EOF'
test_case 'a' 'must_fail 128 gitmem refuse'
done_testing
EOF

gives 'must_fail with another code' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'must_fail 1 gitmem refuse'
done_testing
EOF

gives 'must_fail with success' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'must_fail 1 gitmem say hello'
done_testing
EOF

gives 'must_fail with a crash' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'must_fail 128 gitmem crash'
done_testing
EOF

gives 'must_fail with a finding of a sanitizer' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'must_fail 1 gitmem sanitizer'
done_testing
EOF

gives 'silent when it is' '^ok 1 - a$' <<'EOF'
test_case 'a' 'silent gitmem fsck'
done_testing
EOF

gives 'silent when it speaks' '^not ok 1 - a$' <<'EOF'
test_case 'a' 'silent gitmem say hello'
done_testing
EOF

gives 'json_get' '^ok 1 - a$' <<'EOF'
test_case 'a' <<'EOC'
	echo '{"a": {"b": ["x", "y z"]}, "n": 0.5}' >answer.json &&
	test "$(json_get answer.json .a.b.1)" = 'y z' &&
	test "$(json_get answer.json .n)" = 0.5 &&
	must_fail 1 json_get answer.json .absent
EOC
done_testing
EOF

gives 'files stay, the folder and variables do not' '^ok 2 - b$' <<'EOF'
test_case 'a' 'mkdir sub && cd sub && echo x >file && export LOOSE=1'
test_case 'b' 'test -f sub/file && test "$(pwd -P)" = "$SCRATCH" && test -z "${LOOSE:-}"'
done_testing
EOF

gives 'surroundings that are always the same' '^ok 1 - a$' <<'EOF'
test_case 'a' <<'EOC'
	env >actual &&
	test -z "$(ls -A "$HOME")" &&
	grep -qx 'GITMEM_AGENT=tester' actual &&
	grep -qx 'TZ=UTC' actual &&
	must_fail 1 grep -E '^(GIT_DIR|GITMEM_DIR|XDG_|NO_COLOR)' actual &&
	test -z "$(cat)"
EOC
done_testing
EOF

gives 'a repository is checked at the end' \
	'^ok 2 - gitmem and git find no fault in notes/.gitmem$' <<'EOF'
test_case 'a' 'new_repo notes'
done_testing
EOF

gives 'a repository that gitmem finds fault with' '^not ok 2 - gitmem and git' <<'EOF'
test_case 'a' 'new_repo notes && touch .gitmem/bad'
done_testing
EOF

gives 'a repository that git finds fault with' '^not ok 2 - gitmem and git' <<'EOF'
test_case 'a' <<'EOC'
	new_repo notes &&
	blob=$(echo x | git --git-dir=.gitmem hash-object -w --stdin) &&
	printf 'junk' >junk &&
	chmod u+w .gitmem/objects/*/* &&
	cp junk .gitmem/objects/*/*
EOC
done_testing
EOF

gives 'a damaged repository is left out' '^1\.\.1$' <<'EOF'
test_case 'a' 'new_repo notes && touch .gitmem/bad && damaged .'
done_testing
EOF

gives 'two repositories in one file' '^1\.\.4$' <<'EOF'
test_case 'a' 'new_repo'
test_case 'b' 'new_repo'
done_testing
EOF

gives 'unreadable folders do not stay' '^ok 1 - a$' <<'EOF'
test_case 'a' 'mkdir -p shut/in && chmod 000 shut/in shut'
done_testing
EOF
tap_done
