#!/bin/sh
# Many agents on one repository (gitmem-agents(7)): on one branch, on a branch each, with merges,
# switches and gc in between. Nobody fails for the others, and nothing that was acknowledged is lost.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

agents=16
rounds=1
if slow_tests; then
	rounds=5
fi

# all_of FUNCTION: run it for each agent at once, with the numbers from 1; fails when one does.
all_of() {
	all_pids=
	all_i=1
	while [ "$all_i" -le "$agents" ]; do
		(GITMEM_AGENT="agent$all_i" && export GITMEM_AGENT && "$1" "$all_i") \
			>"out.$all_i" 2>"err.$all_i" &
		all_pids="$all_pids $!"
		all_i=$((all_i + 1))
	done
	all_failed=0
	for all_pid in $all_pids; do
		wait "$all_pid" || all_failed=1
	done
	if [ "$all_failed" -ne 0 ]; then
		grep . err.*
	fi
	return "$all_failed"
}

# said TOKEN: it was acknowledged, so it has to be somewhere in the end.
said() {
	echo "$1" >>"said.$agent"
}

# commit_stage ARGUMENT...: another agent may have committed the stage first.
commit_stage() {
	gitmem "$@" commit -q
	test $? -le 1
}

# One round of what an agent does; the sixteen differ in where they begin.
round() {
	token=r$1a$agent
	branch=agents/$agent
	case $((agent % 4)) in
	0)
		gitmem switch -q "agents/$((1 + agent % 3))" &&
			gitmem edit -c shared --tag "+t$token" &&
			said "t$token" &&
			gitmem switch -q main &&
			gitmem gc -q
		;;
	1) gitmem --branch main merge -q "$branch" ;;
	2) gitmem --branch "$branch" merge -q main ;;
	*) gitmem recall shared >/dev/null ;;
	esac || return 1
	gitmem --branch main add -c "Alone on main add-$token" >"id.$agent" && said "add-$token" &&
		gitmem --branch main edit -c shared --tag "+tag-$token" && said "tag-$token" &&
		gitmem --branch main edit -c contested --content "Edited by edit-$token" &&
		said "edit-$token" &&
		gitmem --branch main add --key "staged/$token" "On the common stage stage-$token" >/dev/null &&
		said "stage-$token" &&
		commit_stage --branch main &&
		gitmem --branch "$branch" add "On a stage of its own own-$token" >/dev/null &&
		gitmem --branch "$branch" edit contested --content "Staged by branch-$token" &&
		gitmem --branch "$branch" commit -q && said "own-$token" && said "branch-$token" &&
		gitmem --branch main add -c --key "short/$token" "Removed again gone-$token" >/dev/null &&
		gitmem --branch main rm -c "short/$token" && said "gone-$token" &&
		gitmem --branch main merge -q "$branch" &&
		gitmem --branch "$branch" merge -q main
}

work() {
	agent=$1
	for n in $(seq "$rounds"); do
		round "$n" || return 1
	done
}

test_case "$agents agents do everything at once" <<'EOF'
	new_repo mixed &&
	gitmem add -c --key shared 'All agents tag this' >id &&
	gitmem add -c --key contested 'All agents edit this' >id &&
	for n in $(seq $agents); do gitmem branch "agents/$n" || exit 1; done &&
	unset GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE &&
	all_of work &&
	for n in $(seq $agents); do gitmem merge -q "agents/$n" || exit 1; done &&
	gitmem --json status >status && test "$(json_get status .staged)" = '[]'
EOF

test_case 'whatever they were told is kept is in a record or in the history' <<'EOF'
	cd mixed &&
	cat said.* | LC_ALL=C sort -u >said &&
	test "$(wc -l <said)" -ge $((7 * agents)) &&
	git_here rev-list --objects --no-object-names main >objects &&
	git_here cat-file --batch <objects >all &&
	grep -aoE '[a-z]*-?r[0-9]+a[0-9]+' all | LC_ALL=C sort -u >kept &&
	LC_ALL=C comm -23 said kept >lost &&
	test ! -s lost
EOF

test_case 'and what nobody changed any more stands there' <<'EOF'
	cd mixed &&
	gitmem --json list >list &&
	for what in add stage own; do
		json_get list .content | grep -o "$what-r[0-9]*a[0-9]*" | LC_ALL=C sort >there
		grep "^$what-" said >expect
		expect_equal expect there || exit 1
	done &&
	must_fail 1 grep -q 'gone-' list &&
	gitmem --json show shared >shared.json &&
	json_get shared.json .tags | grep -oE 't(ag-)?r[0-9]*a[0-9]*' | LC_ALL=C sort >there &&
	grep '^t' said >expect &&
	expect_equal expect there
EOF

test_case 'an edit that lost a line is in a sibling, and the sibling says whose' <<'EOF'
	cd mixed &&
	gitmem --json list --conflicts >conflicts &&
	gitmem --json show contested >contested.json &&
	id=$(json_get contested.json .id) &&
	json_get contested.json .content | grep -qE '^(Edited by edit|Staged by branch)-r' &&
	grep -c "\"conflicts_with\":\"$id\"" conflicts >n &&
	test "$(cat n)" -ge 1 &&
	gitmem --json list >list &&
	json_get list .id | LC_ALL=C sort >ids &&
	LC_ALL=C sort -u ids >expect &&
	expect_equal expect ids
EOF

# Each changes the line that is its own, in what it sees on its branch.
own_line() {
	agent=$1
	branch=agents/$agent
	gitmem --branch "$branch" --json show page >"page.$agent" &&
		json_get "page.$agent" .content | sed "s/^line $agent\$/line $agent by agent$agent/" \
			>"text.$agent" &&
		gitmem --branch "$branch" edit -c page --content "$(cat "text.$agent")" &&
		gitmem --branch "$branch" edit -c page --tag "+a$agent" &&
		gitmem --branch main merge -q "$branch"
}

test_case 'each changes its own line of one text, on its own branch' <<'EOF'
	new_repo lines &&
	for n in $(seq $agents); do printf 'line %d\n\nnobody changes this, %d\n\n' $n $n; done >text &&
	gitmem add -c --key page --file text >id &&
	unset GITMEM_AUTHOR_DATE GITMEM_COMMITTER_DATE &&
	for n in $(seq $agents); do gitmem branch --track "agents/$n" main 2>out || exit 1; done &&
	all_of own_line &&
	sed 's/^line \([0-9]*\)$/line \1 by agent\1/' text >expect &&
	gitmem --json show page >page &&
	json_get page .content | grep . >actual &&
	grep . expect >expect.lines &&
	test "$(grep -c ' by agent' actual)" -eq $agents &&
	expect_equal expect.lines actual &&
	json_get page .tags | tr ',' '\n' | grep -c '"a[0-9]*"' >n && test "$(cat n)" -eq $agents &&
	gitmem list --conflicts >conflicts && test ! -s conflicts &&
	gitmem blame page >blame &&
	for n in $(seq $agents); do
		grep "line $n by" blame | grep -q "agent$n " || exit 1
	done
EOF

test_case 'how far the branches are apart is what git counts' <<'EOF'
	cd lines &&
	gitmem --json branch >branches &&
	for n in $(seq $agents); do
		grep "\"agents/$n\"" branches >line || exit 1
		echo "$(json_get line .upstream) $(json_get line .ahead) $(json_get line .behind)"
	done >actual &&
	for n in $(seq $agents); do
		echo "main $(git_here rev-list --left-right --count "agents/$n...main" | tr '\t' ' ')"
	done >expect &&
	expect_equal expect actual &&
	gitmem --branch agents/3 status >status &&
	sed -n '3s/main \([0-9]*\) \([0-9]*\)/Upstream '"'main'"': \1 ahead, \2 behind/p' expect >line &&
	grep -qxF "$(cat line)" status
EOF

# sees BRANCH COMMAND...: what it prints is the same with --branch, and with GITMEM_BRANCH.
sees() {
	sees_branch=$1
	shift
	gitmem --branch "$sees_branch" "$@" >by.option &&
		GITMEM_BRANCH=$sees_branch gitmem "$@" >by.environment &&
		expect_equal by.option by.environment
}

test_case 'every command that reads does so on the branch it is given' <<'EOF'
	new_repo reads &&
	gitmem add -c --key both 'on both' >id &&
	gitmem --branch agents/a add -c --key mine 'zebra on the branch' >id &&
	gitmem --branch agents/a add --key waiting 'on the stage of the branch' >id &&
	gitmem --branch agents/a tag v1 &&
	for command in list 'show mine' 'log --oneline' 'recall zebra' status 'diff' 'blame mine' \
		'export' 'reflog' 'merge-base HEAD main' 'show HEAD' 'list --at HEAD' 'show v1:mine' \
		'log -1 -- mine'; do
		# shellcheck disable=SC2086 # words of a command
		sees agents/a $command || { echo "$command"; exit 1; }
		test -s by.option || { echo "$command says nothing"; exit 1; }
		# shellcheck disable=SC2086 # words of a command
		gitmem --branch main $command >by.main 2>/dev/null
		case $command in
		merge-base* | 'show v1:mine') ;;
		*) must_fail 1 cmp -s by.main by.option || { echo "$command"; exit 1; } ;;
		esac
	done
EOF

test_case 'every command that writes does so on the branch it is given' <<'EOF'
	cd reads &&
	git_here rev-parse main >main.before &&
	head_of .gitmem >head.before &&
	GITMEM_BRANCH=agents/a && export GITMEM_BRANCH &&
	at() { git_here rev-parse agents/a >at && ! cmp -s at at.before && cp at at.before; } &&
	git_here rev-parse agents/a >at.before &&
	gitmem commit -q && at &&
	gitmem edit -c mine --content changed && at &&
	gitmem restore mine --from v1 && gitmem commit -q && at &&
	gitmem rm -c waiting && at &&
	gitmem revert HEAD >out && at &&
	gitmem --branch agents/b add -c 'picked' >id && gitmem cherry-pick agents/b >out && at &&
	gitmem --branch agents/b add -c 'merged' >id && gitmem merge -q agents/b && at &&
	echo '{"content":"imported"}' >line && gitmem import jsonl line >out && at &&
	gitmem reset -q --hard HEAD~1 && at &&
	gitmem add -c 'and on' >id && at &&
	gitmem branch from-here && git_here rev-parse from-here >actual && expect_equal at actual &&
	unset GITMEM_BRANCH &&
	git_here rev-parse main >actual && expect_equal main.before actual &&
	head_of .gitmem >actual && expect_equal head.before actual
EOF

done_testing
