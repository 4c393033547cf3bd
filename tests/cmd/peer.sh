#!/bin/sh
# Gitmem repositories on one machine as remotes of each other, in either layout.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

tip() {
	gitmem -C "$1" log -1 --json "${2:-main}" >"$SCRATCH/tip" && json_get "$SCRATCH/tip" .commit
}

# The layout of the other side.
# shellcheck disable=SC2034 # for cases
case $lib_store in
zstd) other_store=git ;;
git) other_store=zstd ;;
esac

test_case 'push into an empty one, fetch from it, pull' <<'END'
	gitmem init hub --object-store $other_store >out && gitmem init a >out &&
	gitmem -C a add -c --key k/1 'the ferry runs at noon' >out &&
	gitmem -C a tag v1 &&
	gitmem -C a remote add origin "$SCRATCH/hub" &&
	gitmem -C a push -u --tags origin main 2>err &&
	test "$(tip a)" = "$(tip hub)" && test "$(gitmem -C hub tag)" = v1 &&
	gitmem -C hub show k/1 | grep -q ferry &&
	gitmem -C a push 2>err && grep -qx 'Everything up-to-date' err &&
	gitmem init b >out && gitmem -C b remote add origin "$SCRATCH/hub" &&
	gitmem -C b fetch 2>err && gitmem -C b pull origin main 2>err >out &&
	test "$(tip b)" = "$(tip a)" &&
	gitmem -C hub reflog main | grep -q push
END

test_case 'both have moved: merged and pushed in one go' <<'END'
	gitmem -C a add -c --key k/a 'of a' >out &&
	gitmem -C b add -c --key k/b 'of b' >out &&
	gitmem -C a push 2>err &&
	gitmem -C b push origin main 2>err &&
	gitmem -C a pull 2>err >out &&
	test "$(tip a)" = "$(tip b)" && test "$(tip a)" = "$(tip hub)" &&
	gitmem -C hub list | grep -q 'of a' && gitmem -C hub list | grep -q 'of b' &&
	gitmem -C a fsck && gitmem -C b fsck && gitmem -C hub fsck
END

test_case 'what the other side has staged stays' <<'END'
	gitmem -C hub add --key k/staged 'on its stage' >out &&
	gitmem -C a add -c --key k/2 'after that' >out && gitmem -C a push 2>err &&
	gitmem -C hub status --short | grep -q k/staged &&
	gitmem -C hub commit -m 'of the hub' >out &&
	gitmem -C hub show k/2 | grep -q 'after that' &&
	gitmem -C a pull >out 2>err && gitmem -C a show k/staged | grep -q stage
END

test_case 'branches come and go, but the one it is on' <<'END'
	gitmem -C a branch topic && gitmem -C a push origin topic 2>err &&
	gitmem -C hub branch | grep -q topic &&
	gitmem -C b fetch 2>err && gitmem -C b branch -a | grep -q origin/topic &&
	gitmem -C a push --delete origin topic 2>err &&
	must_fail 1 test -n "$(gitmem -C hub branch | grep topic)" &&
	gitmem -C b fetch --prune 2>err &&
	test -z "$(gitmem -C b branch -a | grep topic)" &&
	before=$(tip hub) &&
	if gitmem -C a push --delete origin main 2>err; then return 1; fi &&
	grep -q 'deletion of the current branch prohibited' err &&
	test "$(tip hub)" = "$before"
END

test_case 'what is for one repository only stays there' <<'END'
	gitmem -C hub reset --hard HEAD~1 2>err >out &&
	gitmem -C a ls-remote origin >refs &&
	! grep -e rescue -e refs/gitmem refs &&
	gitmem -C a push 2>err &&
	test "$(tip a)" = "$(tip hub)"
END

test_case 'memories that exceed the scope do not go' <<'END'
	gitmem -C a remote set-scope origin global &&
	gitmem -C a add -c --key k/shared 'shared only' >out &&
	before=$(tip hub) &&
	must_fail 128 gitmem -C a push 2>err &&
	grep -q 'keys/k/shared.md' err && test "$(tip hub)" = "$before" &&
	gitmem -C a remote set-scope origin shared && gitmem -C a push 2>err
END

test_case 'three push at once, again and again' <<'END'
	for who in 1 2 3; do
		gitmem -q clone hub racer$who || return 1
	done &&
	race() {
		for i in 1 2 3 4; do
			gitmem -C "racer$1" add -c --key "race/$1/$i" "from $1, number $i" >"out$1" &&
				gitmem -C "racer$1" push >>"out$1" 2>"err$1" || return 1
		done
	} &&
	{ race 1 & race 2 & } && race 3 && wait &&
	for who in 1 2 3; do
		gitmem -C racer$who pull >out 2>err &&
			test "$(tip racer$who)" = "$(tip hub)" &&
			gitmem -C racer$who list --key race/ >list && test "$(wc -l <list)" -eq 12 &&
			gitmem -C racer$who fsck || { cat err list && return 1; }
	done
END

test_case 'a bare one among them' <<'END'
	gitmem -q clone --bare hub meet.gitmem && gitmem -q clone meet.gitmem c &&
	gitmem -C c add -c 'of c' >out && gitmem -C c push 2>err &&
	test "$(tip c)" = "$(tip meet.gitmem)" && gitmem -C meet.gitmem fsck
END

test_case 'a fork does not push upstream by itself' <<'END'
	gitmem -q fork hub own && gitmem -C own add -c 'my own' >out &&
	before=$(tip hub) &&
	must_fail 128 gitmem -C own push 2>err &&
	grep -qx "error: there is no remote 'origin' to push to" err && grep -q '^hint: ' err &&
	test "$(tip hub)" = "$before" &&
	gitmem -C hub add -c --key k/upstream 'of the hub' >out && before=$(tip hub) &&
	gitmem -C own sync >out 2>err && gitmem -C own show k/upstream | grep -q hub &&
	test "$(tip hub)" = "$before" &&
	gitmem -C own sync upstream >out 2>err && test "$(tip hub)" = "$(tip own)" &&
	gitmem -C own add -c 'by name' >out &&
	gitmem -C own push upstream main 2>err && test "$(tip hub)" = "$(tip own)"
END

test_case 'a read-only one can be fetched from' <<'END'
	cp -R hub ro && chmod -R a-w ro &&
	if [ "$(id -u)" -ne 0 ]; then
		gitmem init d >out && gitmem -C d remote add origin "$SCRATCH/ro" &&
			gitmem -C d fetch 2>err && gitmem -q clone ro e || return 1
	fi &&
	chmod -R u+w ro && rm -rf ro
END

done_testing
