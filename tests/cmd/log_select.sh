#!/bin/sh
# gitmem log: which commits are chosen, and where it begins, beside git.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

# same_as_git ARGUMENT...: the short log is that of git, and not empty.
same_as_git() {
	gitmem log --oneline "$@" >actual &&
		git_here log --oneline "$@" >expect &&
		expect_equal expect actual &&
		test -s actual
}

# commit BRANCH MARK AGENT TIME MESSAGE LINE...: for git fast-import.
commit() {
	printf 'commit refs/heads/%s\nmark :%s\nauthor %s <%s@example.com> %s +0000\n' \
		"$1" "$2" "$3" "$3" "$4"
	printf 'committer %s <%s@example.com> %s +0000\ndata <<END\n%s\nEND\n' \
		"$3" "$3" "$4" "$5"
	shift 5
	printf '%s\n' "$@" ''
}

test_case 'a history with a merge of three, and a clock that ran backwards' <<'EOF'
	new_repo r &&
	{
		commit main 1 Maya 1767300100 'Begin the notes' '' &&
		commit main 2 noor 1767300200 'Add a [draft] of a.b' 'from :1' &&
		commit side 3 Maya 1767300050 "$(printf 'side of (it)\n\nTwo.\nLines in body')" \
			'from :1' &&
		commit topic 4 ana 1767300300 'topic' 'from :2' &&
		commit main 5 Maya 1767300400 'merge all' 'from :2' 'merge :3' 'merge :4' &&
		commit main 6 noor 1767300350 'NOTES again' 'from :5' &&
		printf 'reset refs/tags/v1\nfrom :3\n\nreset refs/remotes/origin/main\nfrom :4\n\n'
	} >stream &&
	git_here fast-import --quiet <stream &&
	test "$(gitmem log --oneline | wc -l)" -eq 6
EOF

test_case 'orders' <<'EOF'
	cd r &&
	same_as_git && same_as_git --topo-order && same_as_git --date-order &&
	same_as_git --reverse && same_as_git --reverse -2 && same_as_git --reverse --skip=1 -3 &&
	same_as_git --first-parent && same_as_git --first-parent --topo-order &&
	same_as_git --skip 2 && same_as_git --skip=2 -n 2 &&
	must_fail 129 gitmem log --reverse --graph
EOF

test_case 'kinds of commits' <<'EOF'
	cd r &&
	same_as_git --merges && same_as_git --no-merges && same_as_git --no-merges -1 --skip 1 &&
	same_as_git --first-parent --no-merges
EOF

test_case 'where it begins' <<'EOF'
	cd r &&
	same_as_git --all && same_as_git --branches && same_as_git --tags &&
	same_as_git --remotes && same_as_git --branches ^main~1 && same_as_git --all ^v1 &&
	same_as_git --tags topic && same_as_git --tags --remotes --topo-order
EOF

test_case 'ranges' <<'EOF'
	cd r &&
	same_as_git main~1^! && same_as_git main~1^@ && same_as_git main~1^- &&
	same_as_git main~1^-2 && same_as_git main~1^-3 && same_as_git side...topic &&
	same_as_git v1..main topic && same_as_git main ^main~1^2 &&
	same_as_git main ^main~1^@ && same_as_git main^! side^! &&
	same_as_git 'main^{/merge}^!' && same_as_git main~1^2^! &&
	same_as_git ':/topic' && same_as_git 'main^{/topic}..main' &&
	must_fail 128 gitmem log main~1^-4 -- 2>err &&
	grep -q "error: 'main~1' has 3 parents" err &&
	must_fail 128 gitmem log main~1^-0 -- &&
	must_fail 128 gitmem log main~1^-x --
EOF

test_case 'messages' <<'EOF'
	cd r &&
	same_as_git --grep=notes && same_as_git -i --grep=notes &&
	same_as_git --grep='a.b' && same_as_git --grep='[draft]' -F &&
	same_as_git --grep='(it)' && same_as_git -E --grep='(topic|all)$' &&
	same_as_git --grep='^Lines' && same_as_git --grep='topic\|all' &&
	same_as_git --grep=topic --grep=merge && same_as_git --invert-grep --grep=topic &&
	same_as_git --grep='^$' && same_as_git -F --grep='.b' && same_as_git --grep= &&
	silent gitmem log --grep='notes.*again' &&
	must_fail 129 gitmem log --grep='\(' 2>err &&
	grep -q -e "--grep: bad pattern '..'" err
EOF

test_case 'authors' <<'EOF'
	cd r &&
	same_as_git --author=noor && same_as_git --author='^Maya' && same_as_git -i --author=MAYA &&
	same_as_git --author='com>$' && same_as_git --author=noor --author=ana &&
	same_as_git --author=Maya --grep=notes && same_as_git -F --author='<ana@' &&
	same_as_git --author=Maya -i --invert-grep --grep=BEGIN &&
	gitmem log --oneline --agent noor >actual &&
	git_here log --oneline --author='^noor <' >expect &&
	expect_equal expect actual
EOF

test_case 'times, with clocks that run backwards' <<'EOF'
	cd r &&
	for time in 1767300050 1767300100 1767300351 1767300400; do
		when=$(date -u -d @$time +%Y-%m-%dT%H:%M:%SZ) &&
			gitmem log --oneline --since="$when" >actual &&
			git_here log --oneline --since="$when" >expect &&
			expect_equal expect actual &&
			gitmem log --oneline --topo-order --since="$when" >actual &&
			git_here log --oneline --topo-order --since="$when" >expect &&
			expect_equal expect actual &&
			gitmem log --oneline --until="$when" side.. >actual &&
			git_here log --oneline --until="$when" side.. >expect &&
			expect_equal expect actual || exit 1
	done
EOF

test_case 'a drawing of some of them' <<'EOF'
	new_repo drawn &&
	{
		commit main 1 Maya 1767300100 one '' &&
		commit main 2 noor 1767300200 two 'from :1' &&
		commit topic 3 Maya 1767300150 topic 'from :1' &&
		commit topic 4 Maya 1767300250 'topic two' 'from :3' &&
		commit main 5 noor 1767300300 merge 'from :2' 'merge :4' &&
		commit main 6 Maya 1767300350 last 'from :5'
	} >stream &&
	git_here fast-import --quiet <stream &&
	for options in --first-parent --date-order --author=Maya --no-merges --grep=topic \
		--all topic..main --topo-order main~1^-; do
		gitmem log --graph --oneline "$options" >ours &&
			git_here log --graph --oneline "$options" >theirs &&
			sed 's/ *$//' ours >actual &&
			sed 's/ *$//' theirs >expect &&
			expect_equal expect actual || exit 1
	done
EOF

test_case 'a revision that is none' <<'EOF'
	new_repo hints &&
	gitmem add -c --key user/editor Vim >out &&
	gitmem branch topic &&
	must_fail 128 gitmem log mian 2>err &&
	grep -qx "error: no revision or memory 'mian'" err &&
	grep -qx "hint: did you mean 'main'?" err &&
	must_fail 128 gitmem log topci -- user/editor 2>err &&
	grep -qx "error: unknown revision 'topci'" err &&
	grep -qx "hint: did you mean 'topic'?" err &&
	must_fail 128 gitmem log user/editor -- 2>err &&
	grep -q "^hint: 'user/editor' is a memory" err &&
	must_fail 128 gitmem log --json mian -- 2>err &&
	test "$(json_get err .error.hint)" = "did you mean 'main'?" &&
	must_fail 128 gitmem log 2026-11-01 2>err &&
	grep -qx "hint: '@{2026-11-01}' is the branch as it was then" err &&
	must_fail 128 gitmem list --at 'no time' 2>err &&
	must_fail 1 grep 'hint:' err &&
	must_fail 128 gitmem log xyzzyx -- 2>err &&
	must_fail 1 grep -q '^hint' err
EOF

done_testing
