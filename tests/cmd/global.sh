#!/bin/sh
# What holds for every command: global options, environment, errors, output.
# shellcheck disable=SC2034,SC2317 # the cases use the functions and variables

. "$(dirname "$0")/lib.sh"

# on_terminal FILE COMMAND...: run it with stdout and stderr on a terminal; what arrives there
# goes to FILE, without carriage returns.
on_terminal() {
	"$PYTHON" -c '
import os, pty, sys

sys.stdout.flush()
child, fd = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
text = b""
try:
    while True:
        part = os.read(fd, 65536)
        if not part:
            break
        text += part
except OSError:
    pass
status = os.waitpid(child, 0)[1]
open(sys.argv[1], "wb").write(text.replace(b"\r", b""))
sys.exit(os.waitstatus_to_exitcode(status))
' "$@"
}

escape=$(printf '\033')

test_case 'a repository to work on' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor 'Helix' >id &&
	gitmem --branch other add -c --key user/editor 'Vim' >id &&
	mkdir -p sub/folder
EOF

test_case '-C is as if started there' <<'EOF'
	test "$(gitmem -C notes --json show user/editor | json_get /dev/stdin .content)" = Helix &&
	gitmem -Cnotes list >actual &&
	gitmem -C notes list >expect &&
	expect_equal expect actual &&
	gitmem -C '' -C notes list >actual &&
	expect_equal expect actual &&
	must_fail 128 gitmem -C nowhere list 2>err &&
	grep -q "^error: cannot change to 'nowhere': No such file" err &&
	must_fail 129 gitmem -C &&
	must_fail 129 gitmem list -C notes
EOF

test_case 'the repository is found upward' <<'EOF'
	gitmem -C notes list >expect &&
	gitmem -C notes/sub/folder list >actual &&
	expect_equal expect actual &&
	gitmem -C notes/.gitmem/refs list >actual &&
	expect_equal expect actual
EOF

test_case 'GITMEM_DIR is the .gitmem folder itself' <<'EOF'
	gitmem -C notes list >expect &&
	GITMEM_DIR=notes/.gitmem gitmem list >actual &&
	expect_equal expect actual &&
	new_repo inner &&
	GITMEM_DIR=../notes/.gitmem gitmem list >actual &&
	expect_equal ../expect actual &&
	GITMEM_DIR='' gitmem list >actual &&
	test ! -s actual &&
	GITMEM_DIR=../notes must_fail 128 gitmem list 2>err &&
	grep -q "notes' is not a gitmem repository" err &&
	GITMEM_DIR=/nowhere must_fail 128 gitmem list 2>err &&
	grep -q "'/nowhere'" err
EOF

test_case '--branch may stand before the command and behind it' <<'EOF'
	cd notes &&
	gitmem --branch other --json show user/editor >expect &&
	test "$(json_get expect .content)" = Vim &&
	for line in 'show --branch other user/editor' 'show user/editor --branch=other' \
		'--branch=other show user/editor' '--branch main show --branch other user/editor' \
		'--br other show user/editor'; do
		gitmem --json $line >actual || exit 1
		expect_equal expect actual || exit 1
	done &&
	test "$(head_of .gitmem)" = refs/heads/main
EOF

test_case 'GITMEM_BRANCH does the same, weaker' <<'EOF'
	cd notes &&
	export GITMEM_BRANCH=other &&
	gitmem --json show user/editor >actual &&
	test "$(json_get actual .content)" = Vim &&
	gitmem --json --branch main show user/editor >actual &&
	test "$(json_get actual .content)" = Helix &&
	GITMEM_BRANCH='' gitmem --json show user/editor >actual &&
	test "$(json_get actual .content)" = Helix
EOF

test_case 'reading a branch that does not exist fails, writing starts it at HEAD' <<'EOF'
	cd notes &&
	must_fail 128 gitmem --branch fresh list 2>err &&
	echo "error: branch 'fresh' does not exist" >expect &&
	expect_equal expect err &&
	gitmem --branch fresh add -c 'new' >id &&
	test "$(gitmem --json --branch fresh list | wc -l)" -eq 2 &&
	test "$(gitmem --json list | wc -l)" -eq 1 &&
	must_fail 128 gitmem --branch 'not a name' list 2>err &&
	grep -q "'not a name' is not a valid branch name" err
EOF

test_case '--json before the command and behind it' <<'EOF'
	cd notes &&
	gitmem --json list >expect &&
	gitmem list --json >actual &&
	expect_equal expect actual &&
	gitmem --json list --no-json >actual &&
	gitmem list >expect &&
	expect_equal expect actual
EOF

test_case '-- ends the options' <<'EOF'
	cd notes &&
	gitmem add -c -- '--json is text here' >id &&
	gitmem --json show "$(cat id)" >actual &&
	test "$(json_get actual .content)" = '--json is text here' &&
	gitmem -- list >actual &&
	gitmem list >expect &&
	expect_equal expect actual &&
	must_fail 129 gitmem list -- --json
EOF

test_case 'options may stand between arguments and be shortened' <<'EOF'
	cd notes &&
	gitmem show --json user/editor >expect &&
	gitmem show user/editor --js >actual &&
	expect_equal expect actual &&
	must_fail 129 gitmem branch --ver=1 2>err &&
	grep -q "^error: option '--verbose' takes no value" err
EOF

test_case 'wrong usage is 129, with one line and a hint' <<'EOF'
	cd notes &&
	must_fail 129 gitmem --nope list >out 2>err &&
	test ! -s out &&
	grep -qx "error: unknown option '--nope'" err &&
	must_fail 129 gitmem list --nope 2>err &&
	printf "error: unknown option '--nope'\nhint: 'gitmem list -h' shows the usage\n" >expect &&
	expect_equal expect err &&
	must_fail 129 gitmem list --color=sometimes 2>err &&
	grep -q "^error: option '--color' needs one of auto|always|never, not 'sometimes'" err &&
	must_fail 129 gitmem list --branch 2>err &&
	grep -q "^error: option '--branch' needs a value" err &&
	must_fail 129 gitmem --co 2>err &&
	must_fail 129 gitmem -x list
EOF

test_case 'an error under --json is one object, also about the options' <<'EOF'
	cd notes &&
	must_fail 128 gitmem --json show nope >out 2>err &&
	test ! -s out &&
	test "$(wc -l <err)" -eq 1 &&
	test "$(json_get err .error.code)" = not-found &&
	must_fail 129 gitmem list --nope --json 2>err &&
	test "$(json_get err .error.code)" = usage &&
	test "$(json_get err .error.message)" = "unknown option '--nope'" &&
	test "$(json_get err .error.hint)" = "'gitmem list -h' shows the usage" &&
	must_fail 129 gitmem --json frobnicate 2>err &&
	test "$(json_get err .error.code)" = usage &&
	must_fail 128 gitmem -C / --json list 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	test "$(json_get err .error.hint)" = "'gitmem init' makes one here"
EOF

test_case 'without a repository' <<'EOF'
	for command in list log status branch 'recall x' 'add x' 'show x' diff reindex commit \
		'switch x' 'export --format jsonl'; do
		must_fail 128 gitmem $command >out 2>err || exit 1
		test ! -s out || exit 1
		grep -q '^error: not a gitmem repository' err || exit 1
		grep -qx "hint: 'gitmem init' makes one here" err || exit 1
	done &&
	test ! -e .gitmem
EOF

test_case 'a repository of a newer format' <<'EOF'
	new_repo newer &&
	damaged . &&
	git --git-dir=.gitmem config core.repositoryformatversion 2 &&
	for command in list 'add x' 'recall x' log; do
		must_fail 128 gitmem $command >out 2>err || exit 1
		grep -q "^error: the repository's format version '2' is newer" err || exit 1
	done
EOF

test_case 'a repository with an extension that we do not know' <<'EOF'
	new_repo extended &&
	damaged . &&
	git --git-dir=.gitmem config core.repositoryformatversion 1 &&
	git --git-dir=.gitmem config extensions.noop true &&
	silent gitmem list &&
	git --git-dir=.gitmem config extensions.refStorage reftable &&
	must_fail 128 gitmem list 2>err &&
	grep -q "^error: the repository uses the extension 'refstorage'" err
EOF

if [ "$(id -u)" -ne 0 ]; then
	test_case 'a folder that may not be read' <<'EOF'
		new_repo shut &&
		damaged . &&
		gitmem add -c x >../id &&
		chmod 000 .gitmem/objects &&
		must_fail 128 gitmem list 2>err &&
		grep -q '^error: ' err &&
		chmod 755 .gitmem/objects
EOF

	test_case 'a repository that may only be read' <<'EOF'
		new_repo frozen &&
		damaged . &&
		gitmem add -c --key a 'okapi' >../id &&
		chmod -R a-w .gitmem &&
		gitmem show a >out &&
		gitmem recall okapi >out &&
		must_fail 128 gitmem add y 2>err &&
		grep -qx 'hint: the repository is read-only for you' err &&
		chmod -R u+w .gitmem
EOF
else
	test_skip 'a folder that may not be read' 'root may read anything'
	test_skip 'a repository that may only be read' 'root may write anything'
fi

test_case 'colour: never to a pipe, always on demand' <<'EOF'
	cd notes &&
	gitmem log >actual &&
	must_fail 1 grep "$escape" actual &&
	gitmem --color=always log >colored &&
	grep -q "^$escape\[33mcommit " colored &&
	gitmem log --color always >actual &&
	expect_equal colored actual &&
	gitmem --color=always log --color=never >actual &&
	must_fail 1 grep "$escape" actual &&
	gitmem --json --color=always log >actual &&
	must_fail 1 grep "$escape" actual
EOF

test_case 'colour on a terminal, unless NO_COLOR is set or it is dumb' <<'EOF'
	cd notes &&
	export TERM=xterm &&
	on_terminal actual gitmem log &&
	grep -q "$escape\[33mcommit" actual &&
	NO_COLOR=1 on_terminal actual gitmem log &&
	must_fail 1 grep "$escape" actual &&
	NO_COLOR=1 on_terminal actual gitmem --color=always log &&
	grep -q "$escape\[33mcommit" actual &&
	TERM=dumb on_terminal actual gitmem log &&
	must_fail 1 grep "$escape" actual
EOF

test_case 'a pager on a terminal, nowhere else' <<'EOF'
	cd notes &&
	export GITMEM_PAGER='sed s/^/paged:/' &&
	gitmem list >expect &&
	must_fail 1 grep paged: expect &&
	on_terminal actual gitmem list &&
	grep -q '^paged:' actual &&
	on_terminal actual gitmem --no-pager list &&
	must_fail 1 grep paged: actual &&
	on_terminal actual gitmem --json list &&
	must_fail 1 grep paged: actual &&
	GITMEM_PAGER=cat on_terminal actual gitmem list &&
	must_fail 1 grep paged: actual
EOF

test_case 'a reader that goes away is no error worth a word' <<'EOF'
	new_repo long &&
	seq -f '{"content":"memory %.0f of many, with some text to make it longer than short"}' 3000 \
		>lines &&
	gitmem import jsonl lines >out &&
	for command in list log 'export --format jsonl' 'list --json'; do
		{ gitmem $command 2>err; echo $? >code; } | head -n 1 >first || exit 1
		test ! -s err || exit 1
		case $(cat code) in 0 | 128 | 141) ;; *) exit 1 ;; esac
		test -s first || exit 1
	done
EOF

if [ -w /dev/full ]; then
	test_case 'output that cannot be written is a failure' <<'EOF'
		cd notes &&
		for command in list log 'show user/editor' version help 'config --list' branch \
			'completion bash' '--json list' '--json fsck' 'recall helix' status; do
			must_fail 128 gitmem $command >/dev/full 2>err || exit 1
			grep -q 'cannot write to standard output: No space left' err || exit 1
		done
EOF
fi

test_case 'what is acknowledged stays, though the answer cannot be written' <<'EOF'
	new_repo kept &&
	must_fail 128 gitmem add -c --key a 'kept' >/dev/full 2>err &&
	gitmem show a >out
EOF

test_case 'variables of git have no effect' <<'EOF'
	cd notes &&
	gitmem list >expect &&
	GIT_DIR=/nowhere GIT_WORK_TREE=/nowhere GIT_OBJECT_DIRECTORY=/nowhere \
		GIT_CONFIG_GLOBAL=/nowhere gitmem list >actual &&
	expect_equal expect actual &&
	GIT_AUTHOR_NAME=wrong GIT_AUTHOR_DATE=2001-01-01T00:00:00Z gitmem add -c 'mine' >id &&
	git --git-dir=.gitmem log -1 --format='%an %ad' --date=short >actual &&
	echo 'tester 2026-01-02' >expect &&
	expect_equal expect actual
EOF

test_case 'identity never fails' <<'EOF'
	new_repo nobody &&
	unset GITMEM_AGENT HOME &&
	gitmem add -c 'by somebody' >id &&
	git --git-dir=.gitmem log -1 --format='%an <%ae>' >actual &&
	grep -Eq '^.+ <.+@localhost>$' actual &&
	gitmem config user.name 'A. <Gent>' &&
	gitmem add -c 'odd name' >id &&
	gitmem config user.email a@example.com &&
	GITMEM_AGENT=second gitmem add -c 'third' >id &&
	git --git-dir=.gitmem log -1 --format='%an <%ae>' >actual &&
	echo 'second <a@example.com>' >expect &&
	expect_equal expect actual
EOF

test_case 'dates that are none are wrong usage' <<'EOF'
	cd nobody &&
	GITMEM_AUTHOR_DATE=nonsense must_fail 129 gitmem add -c x 2>err &&
	grep -q "^error: GITMEM_AUTHOR_DATE is not a time: 'nonsense'" err
EOF

test_case 'messages with bytes of others stay one line of text' <<'EOF'
	cd notes &&
	must_fail 128 gitmem show "$(printf 'a\033[31m\nb')" 2>err &&
	must_fail 1 grep "$escape" err &&
	test "$(grep -c '^error: ' err)" -eq 1
EOF

done_testing
