#!/bin/sh
# gitmem restore: memories as they were, and what is staged forgotten.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"

git_here() {
	git --git-dir=.gitmem "$@"
}

blob_of() {
	git_here rev-parse "$1"
}

staged() {
	gitmem status --short
}

test_case 'a changed memory is staged again as it was, byte for byte' <<'EOT'
	new_repo notes &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	gitmem edit -c a --content 'a two' &&
	silent gitmem restore a --from HEAD~1 &&
	staged >actual &&
	grep -q '^M .* keys/a.md' actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem commit -m back >out &&
	test "$(blob_of main:keys/a.md)" = "$(blob_of main~2:keys/a.md)"
EOT

test_case 'so is one that was removed, named by key, id, end of the id or path' <<'EOT'
	cd notes &&
	gitmem --json show b >json &&
	id=$(json_get json .id) &&
	gitmem rm -c b &&
	for name in b "$id" "${id#*-*-*-*-}" keys/b.md; do
		silent gitmem restore --from HEAD~1 "$name" || exit 1
		staged >actual
		grep -q '^A .* keys/b.md' actual || exit 1
		silent gitmem restore --staged b || exit 1
		staged >actual
		test ! -s actual || exit 1
	done
EOT

test_case '-c commits it at once, and only it' <<'EOT'
	cd notes &&
	gitmem add --key c 'waits' >id &&
	silent gitmem restore -c --from HEAD~1 b &&
	git_here log -1 --format=%s >actual &&
	echo "restore 1 memory from $(git_here rev-parse --short main~2)" >expect &&
	expect_equal expect actual &&
	test "$(blob_of main:keys/b.md)" = "$(blob_of main~2:keys/b.md)" &&
	staged >actual &&
	grep -q '^A .* keys/c.md' actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem edit a --content 'a three' &&
	gitmem restore -c -m 'as it was' a --from HEAD~3 &&
	git_here log -1 --format=%s >actual &&
	echo 'as it was' >expect &&
	expect_equal expect actual &&
	gitmem show a >out && grep -q 'a two' out &&
	before=$(blob_of main) &&
	silent gitmem restore -c a --from HEAD &&
	test "$(blob_of main)" = "$before"
EOT

test_case 'what is staged already as it was is committed by -c' <<'EOT'
	cd notes &&
	gitmem restore b a --from HEAD~3 &&
	gitmem restore -c b a --from HEAD~3 &&
	test "$(blob_of main:keys/a.md)" = "$(blob_of main~4:keys/a.md)" &&
	staged >actual &&
	grep -q '^A .* keys/c.md' actual &&
	test "$(wc -l <actual)" -eq 1
EOT

test_case 'it prints the memories as JSON' <<'EOT'
	cd notes &&
	gitmem edit -c a --content 'a four' &&
	gitmem --json restore a b --from HEAD~1 >actual &&
	json_get actual .key >keys &&
	printf 'a\nb\n' >expect &&
	expect_equal expect keys &&
	json_get actual .blob >blobs &&
	{
		blob_of main~1:keys/a.md &&
		blob_of main~1:keys/b.md
	} >expect &&
	expect_equal expect blobs &&
	gitmem --json restore -c a --from HEAD~1 >actual &&
	test "$(json_get actual .commit)" = "$(blob_of main)"
EOT

test_case 'a memory that got another key since moves back' <<'EOT'
	new_repo moved &&
	gitmem add -c --key old/name 'text' >id &&
	gitmem edit -c old/name --key new/name --content 'other text' &&
	gitmem restore new/name --from HEAD~1 &&
	gitmem --json status >actual &&
	json_get actual .staged >staged &&
	gitmem show old/name >out && grep -q '^text' out &&
	must_fail 128 gitmem show new/name &&
	gitmem commit -m back >out &&
	test "$(blob_of 'main^{tree}')" = "$(blob_of 'main~2^{tree}')"
EOT

test_case 'two that swapped their keys swap back together, not one by one' <<'EOT'
	new_repo swapped &&
	gitmem add -c --key x 'first' >id &&
	gitmem add -c --key y 'second' >id &&
	gitmem edit x --key z && gitmem edit y --key x && gitmem edit z --key y &&
	gitmem commit -m swap >out &&
	gitmem show y >out && grep -q first out &&
	must_fail 128 gitmem restore x --from HEAD~1 2>err &&
	grep -qx "error: 'keys/x.md' exists already" err &&
	grep -q '^hint: ' err &&
	staged >actual && test ! -s actual &&
	gitmem restore x y --from HEAD~1 &&
	gitmem show x >out && grep -q first out &&
	gitmem show y >out && grep -q second out &&
	gitmem commit -m back >out &&
	test "$(blob_of 'main^{tree}')" = "$(blob_of 'main~2^{tree}')" &&
	gitmem restore -c x y --from HEAD~1 &&
	test "$(blob_of 'main^{tree}')" = "$(blob_of 'main~2^{tree}')"
EOT

test_case 'a key that another memory has now is not taken away' <<'EOT'
	new_repo taken &&
	gitmem add -c --key a 'the old one' >id &&
	gitmem rm -c a &&
	gitmem add -c --key a 'the new one' >id &&
	must_fail 128 gitmem restore a --from HEAD~2 2>err &&
	grep -qx "error: 'keys/a.md' exists already" err &&
	gitmem show a >out && grep -q 'the new one' out &&
	gitmem edit -c a --key b &&
	gitmem add -c --key A 'looks like it' >id &&
	must_fail 128 gitmem restore a --from HEAD~4 2>err &&
	gitmem rm A &&
	gitmem restore a --from HEAD~4 &&
	gitmem commit -m both >out &&
	gitmem show a >out && grep -q 'the old one' out &&
	gitmem show b >out && grep -q 'the new one' out
EOT

test_case 'all of the names or none' <<'EOT'
	cd taken &&
	must_fail 128 gitmem restore b nope --from HEAD~1 2>err &&
	grep -qx "error: no memory 'nope' in 'HEAD~1'" err &&
	must_fail 128 gitmem restore b --from HEAD~9 2>err &&
	must_fail 128 gitmem restore b --from HEAD:keys/b.md 2>err &&
	must_fail 128 gitmem --json restore b --from nope 2>err &&
	test "$(json_get err .error.code)" = not-found &&
	gitmem add -c --key later 'only now' >id &&
	must_fail 128 gitmem restore later --from HEAD~1 2>err &&
	grep -qx "error: no memory 'later' in 'HEAD~1'" err &&
	staged >actual && test ! -s actual &&
	silent gitmem restore b b --from HEAD &&
	staged >actual && test ! -s actual
EOT

test_case 'from another branch, onto one that begins with it' <<'EOT'
	cd taken &&
	gitmem --branch other add -c --key there 'only there' >id &&
	gitmem restore -c there --from other &&
	gitmem show there >out &&
	new_repo unborn &&
	must_fail 128 gitmem restore a --from HEAD
EOT

test_case '--staged forgets what is staged of a memory' <<'EOT'
	new_repo stage &&
	gitmem add -c --key a 'a one' >id &&
	gitmem add -c --key b 'b one' >id &&
	gitmem add -c --key c 'c one' >id &&
	gitmem edit a --content 'a secret' &&
	gitmem rm b &&
	gitmem add --key new 'n' >id &&
	gitmem edit c --key d --content 'moved' &&
	silent gitmem restore --staged a &&
	must_fail 1 grep -rq 'a secret' .gitmem &&
	silent gitmem restore --staged b d &&
	staged >actual &&
	grep -q '^A .* keys/new.md' actual &&
	test "$(wc -l <actual)" -eq 1 &&
	gitmem show c >out && grep -q 'c one' out &&
	silent gitmem restore --staged new &&
	staged >actual && test ! -s actual &&
	silent gitmem restore --staged a &&
	must_fail 128 gitmem restore --staged new
EOT

test_case '--staged takes nothing else along unasked' <<'EOT'
	new_repo together &&
	gitmem add -c --key a 'a one' >id &&
	gitmem edit a --key b --content 'moved away' &&
	gitmem add --key a 'took its place' >id &&
	staged >expect &&
	must_fail 128 gitmem restore --staged a 2>err &&
	grep -q "^error: it is staged together with 'keys/b.md'" err &&
	staged >actual &&
	expect_equal expect actual &&
	silent gitmem restore --staged a b &&
	staged >actual && test ! -s actual
EOT

test_case 'each branch has its own stage' <<'EOT'
	cd together &&
	gitmem --branch side edit a --content 'staged on side' &&
	gitmem edit a --content 'staged on main' &&
	gitmem --branch side restore --staged a &&
	staged >actual && grep -q keys/a.md actual
EOT

test_git_case 'a damaged memory is put back from a revision that has it whole' <<'EOT'
	new_repo broken &&
	gitmem add -c --key a 'a one' >id &&
	gitmem edit -c a --content 'a two' &&
	blob=$(blob_of main:keys/a.md) &&
	file=.gitmem/objects/$(echo "$blob" | sed 's|^..|&/|') &&
	chmod u+w "$file" && echo damage >"$file" &&
	must_fail 128 gitmem show a &&
	gitmem restore a --from HEAD~1 2>err &&
	gitmem commit -m repaired >out &&
	gitmem show a >out && grep -q 'a one' out &&
	damaged .
EOT

test_case 'what was staged before the branch moved does not matter' <<'EOT'
	new_repo moved_on &&
	gitmem add -c --key a 'a one' >id &&
	gitmem branch other && gitmem --branch other edit -c a --content 'a two' &&
	for staged in 'rm a' "edit a --content=staged" 'edit a --key b'; do
		gitmem reset -q --hard other~1 2>err &&
		gitmem $staged && gitmem merge -q other &&
		gitmem restore a --from HEAD~1 &&
		gitmem show a >out && grep -q 'a one' out &&
		gitmem status -s >out && [ "$(wc -l <out)" -eq 1 ] &&
		gitmem commit -q -m back && gitmem show HEAD:a >out &&
		grep -q 'a one' out || exit 1
		gitmem reset -q --hard other~1 2>err &&
		gitmem $staged && gitmem merge -q other &&
		gitmem restore -c a --from HEAD~1 &&
		gitmem show HEAD:a >out && grep -q 'a one' out &&
		gitmem status -s >out && [ ! -s out ] || exit 1
	done
EOT

test_case 'wrong usage' <<'EOT'
	cd together &&
	must_fail 129 gitmem restore a &&
	must_fail 129 gitmem restore --staged &&
	must_fail 129 gitmem restore --from HEAD &&
	must_fail 129 gitmem restore --from HEAD --staged a &&
	must_fail 129 gitmem restore --staged -c a &&
	must_fail 129 gitmem restore --from HEAD -m x a &&
	must_fail 129 gitmem restore --from HEAD -c -m ' ' a
EOT

if has_faults; then
	test_case 'what fails stages and drops all or nothing' <<'EOT'
		new_repo swept &&
		gitmem add -c --key a 'a one' >id &&
		gitmem add -c --key b 'b one' >id &&
		gitmem rm -c a b &&
		for command in 'restore a b --from HEAD~1' 'restore --staged a b'; do
			for kind in write fsync rename alloc; do
				n=0
				while n=$(next_fault $kind $n); do
					before=$(staged | wc -l)
					GITMEM_FAULT=$kind:$n GITMEM_FAULT_REPORT=report \
						gitmem $command >out 2>err
					[ "$(cat report)" = hit ] || break
					gitmem fsck >faults || exit 1
					after=$(staged | wc -l)
					[ "$after" -eq 0 ] || [ "$after" -eq 2 ] || exit 1
					[ "$after" -eq "$before" ] && continue
					case $command in
					*--from*) gitmem -q reset --hard 2>err || exit 1 ;;
					*) gitmem restore a b --from HEAD~1 || exit 1 ;;
					esac
				done
				case $command in
				*--from*) gitmem -q reset --hard 2>err || exit 1 ;;
				*) gitmem restore a b --from HEAD~1 || exit 1 ;;
				esac
			done
			gitmem restore a b --from HEAD~1 || exit 1
		done
EOT
fi

done_testing
