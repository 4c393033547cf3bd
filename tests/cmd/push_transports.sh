#!/bin/sh
# gitmem push over everything that remotes are reached by: the same commits arrive, a remote that has
# moved is merged, what the remote says is told, and a stock clone is whole.
# shellcheck disable=SC2317,SC2154 # the cases call the functions; remote_ca is of lib_remote.sh

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_remote.sh
. "$lib_here/lib_remote.sh"

here() {
	git --git-dir=.gitmem "$@"
}

# same NAME REF: the remote is whole, and has there what we have.
same() {
	fine_remote "$1" && test "$(here rev-parse "$2")" = "$(tip_of "$1" "$2")"
}

# Somebody with stock git, beside us at the remote.
stranger() {
	rm -rf "$SCRATCH/stranger" &&
		real_git clone -q "$remotes/$1" "$SCRATCH/stranger" &&
		(
			cd "$SCRATCH/stranger" &&
				echo "$2" >note.md && real_git add note.md &&
				real_git -c user.name=s -c user.email=s@x commit -q -m stranger &&
				real_git push -q origin HEAD:main
		)
}

# Some memories that are not just a few bytes.
many() {
	"$PYTHON" -c '
import json, random
random.seed(7)
for i in range(300):
    words = " ".join(random.choice("alpha beta gamma delta".split()) for _ in range(90))
    print(json.dumps({"id": "018f0000-0000-7000-8000-%012x" % i, "content": words,
                      "created": "2026-01-%02dT00:00:00Z" % (i % 28 + 1)}))
'
}

# The whole life of a remote, whose URL is $url.
whole_life() {
	new_remote "$1" && new_repo "$1" && gitmem remote add origin "$url" &&
		gitmem add -c --key a 'the first' >/dev/null &&
		gitmem push 2>err && same "$1" main &&
		grep -Fx ' * [new branch]      main -> main' err &&
		many >"$SCRATCH/memories" && gitmem import jsonl "$SCRATCH/memories" >/dev/null &&
		gitmem branch side && gitmem tag -m words v1 &&
		gitmem push -q --all --tags && same "$1" main && same "$1" side && same "$1" v1 &&
		gitmem push 2>err && grep -Fx 'Everything up-to-date' err &&
		stranger "$1" 'by hand' && gitmem edit -c a --content 'the second' >/dev/null &&
		gitmem push 2>err && same "$1" main &&
		real_git -C "$remotes/$1" show main:note.md >note && grep -Fx 'by hand' note &&
		gitmem push -q --delete origin side v1 &&
		must_fail 1 tip_of "$1" side && must_fail 1 tip_of "$1" v1 &&
		printf '#!/bin/sh\necho "not on my watch" >&2\nexit 1\n' \
			>"$remotes/$1/hooks/pre-receive" &&
		chmod +x "$remotes/$1/hooks/pre-receive" &&
		gitmem add -c more >/dev/null &&
		must_fail 1 gitmem push 2>err &&
		grep -Fx 'remote: not on my watch' err &&
		grep -F ' ! [remote rejected] main -> main (pre-receive hook declined)' err &&
		must_fail 1 gitmem push -q 2>err && must_fail 1 grep -F watch err &&
		rm "$remotes/$1/hooks/pre-receive" &&
		gitmem push -q && same "$1" main &&
		real_git clone -q "$remotes/$1" "$SCRATCH/$1.clone" &&
		grep -F 'the second' "$SCRATCH/$1.clone/keys/a.md"
}

for kind in path file git http https http-auth ssh; do
	if has_remotes "$kind"; then
		export kind
		test_case "a remote is pushed to over $kind" <<'EOT'
			if test "$kind" = https; then
				export GITMEM_SSL_CAINFO="$remote_ca"
			fi &&
			url=$(remote_url "$kind" "life-$kind") &&
			if test "$kind" = http-auth; then
				url=http://ada:s3cret@${url#http://}
			fi &&
			whole_life "life-$kind" &&
			must_fail 1 grep -F s3cret err
EOT
	else
		test_skip "a remote is pushed to over $kind" 'it cannot be served here'
	fi
done

test_case 'a wrong password is one line, and nothing arrives' <<'EOT'
	new_remote auth && new_repo auth &&
	url=$(remote_url http-auth auth | sed 's|^http://|&ada:wrong@|') &&
	gitmem remote add origin "$url" && gitmem add -c x >/dev/null &&
	must_fail 128 gitmem push 2>err &&
	test "$(grep -c '^error: ' err)" = 1 &&
	must_fail 1 grep -F wrong err &&
	test -z "$(real_git -C "$remotes/auth" for-each-ref)"
EOT

done_testing
