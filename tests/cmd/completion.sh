#!/bin/sh
# gitmem completion: what words can become, and the scripts that shells run.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

# words WORD...: what the last word of the line can become, a line each in `actual`.
words() {
	gitmem completion --words -- "$@" >found 2>err && test ! -s err && cut -f 1 found >actual
}

test_case 'each shell has a script' <<'EOF'
	for shell in bash zsh fish; do
		gitmem completion $shell >script 2>err || exit 1
		test ! -s err || exit 1
		grep -q "^# Completion of gitmem(1) for $shell" script || exit 1
		grep -q 'completion --words -- ' script || exit 1
	done &&
	must_fail 129 gitmem completion tcsh 2>err &&
	grep -q "^error: no completion for 'tcsh'" err &&
	must_fail 129 gitmem completion &&
	must_fail 129 gitmem completion bash zsh
EOF

for shell in bash zsh fish; do
	if command -v "$shell" >/dev/null; then
		test_case "$shell takes its script" "
			gitmem completion $shell >script.$shell &&
			silent $shell -n script.$shell"
	else
		test_skip "$shell takes its script" "$shell is not installed"
	fi
done

test_case 'commands' <<'EOF'
	words '' &&
	gitmem --json help >table &&
	json_get table .command >expect &&
	expect_equal expect actual &&
	words re &&
	gitmem --json help >all &&
	json_get all .command | grep '^re' >expect &&
	grep -qx recall expect &&
	expect_equal expect actual &&
	grep -q '^reindex	make the recall index anew$' found &&
	words --json -C . swi &&
	echo switch >expect &&
	expect_equal expect actual &&
	words no-such-command '' &&
	test ! -s actual
EOF

test_case 'every option of every command that -h shows' <<'EOF'
	gitmem --json help >table &&
	for command in $(json_get table .command); do
		words "$command" - || exit 1
		gitmem "$command" -h | sed -n -e 's/^    .*\(--[a-z-]*\).*/\1/p' >options
		while IFS= read -r option; do
			grep -qx -e "$option" actual || { echo "$command $option"; exit 1; }
		done <options
		grep -qx -e --json actual || exit 1
	done
EOF

test_case 'beginnings of options, before and behind the command' <<'EOF'
	words --no &&
	echo --no-pager >expect &&
	expect_equal expect actual &&
	words init --obj &&
	echo --object-store >expect &&
	expect_equal expect actual
EOF

test_case 'values that are a choice' <<'EOF'
	words --color '' &&
	printf 'auto\nalways\nnever\n' >expect &&
	expect_equal expect actual &&
	words --color=a &&
	printf -- '--color=auto\n--color=always\n' >expect &&
	expect_equal expect actual &&
	words init --object-store g &&
	echo git >expect &&
	expect_equal expect actual
EOF

test_case 'files and folders are the shell'"'"'s' <<'EOF'
	words -C '' &&
	printf '\tdir\n' >expect &&
	expect_equal expect found &&
	words add --file x &&
	printf '\tfile\n' >expect &&
	expect_equal expect found &&
	words add --file=x &&
	expect_equal expect found
EOF

test_case 'what the repository holds' <<'EOF'
	new_repo notes &&
	gitmem add -c --key user/editor --tag tools 'Helix' >id &&
	gitmem add -c --key 'user/my shell' --tag tools --tag 'two words' 'fish' >id2 &&
	gitmem branch feature &&
	git --git-dir=.gitmem tag v1 &&
	words show user/ &&
	printf 'user/editor\nuser/my shell\n' >expect &&
	expect_equal expect actual &&
	words edit "$(cut -c 1-6 id)" &&
	grep -qxFf id actual &&
	words list --tag t &&
	printf 'tools\ntwo words\n' >expect &&
	expect_equal expect actual &&
	words list --key=user/e &&
	echo '--key=user/editor' >expect &&
	expect_equal expect actual &&
	words switch '' &&
	printf 'feature\nmain\n' >expect &&
	expect_equal expect actual &&
	words log '' &&
	printf 'HEAD\nfeature\nmain\nv1\n' >expect &&
	expect_equal expect actual &&
	words log main..f &&
	echo main..feature >expect &&
	expect_equal expect actual &&
	words --branch f &&
	echo feature >expect &&
	expect_equal expect actual &&
	words help comp &&
	echo completion >expect &&
	expect_equal expect actual
EOF

test_case 'settings, those that are set too' <<'EOF'
	cd notes &&
	gitmem config user.favourite blue &&
	words config user. &&
	printf 'user.email\nuser.name\nuser.favourite\n' >expect &&
	expect_equal expect actual
EOF

test_case '-C and --branch of the line count' <<'EOF'
	words -C notes switch f &&
	echo feature >expect &&
	expect_equal expect actual &&
	cd notes &&
	gitmem --branch feature add -c --key only-there 'x' >id &&
	words show only &&
	test ! -s actual &&
	words --branch feature show only &&
	echo only-there >expect &&
	expect_equal expect actual &&
	words show --branch=feature only &&
	expect_equal expect actual
EOF

test_case 'behind -- nothing is an option' <<'EOF'
	cd notes &&
	words show -- -- &&
	test ! -s actual &&
	words show -- user/e &&
	echo user/editor >expect &&
	expect_equal expect actual
EOF

test_case 'where there is nothing to offer it is silent' <<'EOF'
	silent gitmem completion --words -- show '' &&
	silent gitmem completion --words -- switch '' &&
	silent gitmem completion --words -- -C /nowhere show '' &&
	silent gitmem completion --words -- --branch nope show '' &&
	silent gitmem completion --words -- log --oneline=x &&
	silent gitmem completion --words --
EOF

# complete_in_bash WORD...: what the script offers for the last word.
complete_in_bash() {
	gitmem completion bash >script.bash &&
		bash -c '. ./script.bash
			COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
			_gitmem "$1" "${@: -1}" "${@: -2:1}"
			((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' \
			bash gitmem "$@" >actual
}

if command -v bash >/dev/null; then
	test_case 'bash completes' <<'EOF'
		cd notes &&
		complete_in_bash swi &&
		echo switch >expect &&
		expect_equal expect actual &&
		complete_in_bash show user/ &&
		printf 'user/editor\nuser/my\\ shell\n' >expect &&
		expect_equal expect actual &&
		complete_in_bash --color = al &&
		echo always >expect &&
		expect_equal expect actual &&
		complete_in_bash --color = &&
		printf 'auto\nalways\nnever\n' >expect &&
		expect_equal expect actual
EOF

	test_case 'bash completes files and folders' <<'EOF'
		cd notes &&
		mkdir -p 'fi les' && : >'file one' &&
		complete_in_bash add --file fi &&
		LC_ALL=C sort actual >sorted &&
		printf 'fi les\nfile one\n' >expect &&
		expect_equal expect sorted &&
		complete_in_bash add --file = file &&
		echo 'file one' >expect &&
		expect_equal expect actual &&
		complete_in_bash -C fi &&
		echo 'fi les' >expect &&
		expect_equal expect actual
EOF

	test_case 'bash keeps what stands before a colon' <<'EOF'
		cd notes &&
		gitmem add -c --key 'a:b' 'x' >id &&
		complete_in_bash show a : b &&
		echo b >expect &&
		expect_equal expect actual
EOF
else
	test_skip 'bash completes' 'bash is not installed'
fi

if command -v shellcheck >/dev/null; then
	test_case 'the script for bash satisfies shellcheck' <<'EOF'
		gitmem completion bash >script.bash &&
		silent shellcheck script.bash
EOF
fi

done_testing
