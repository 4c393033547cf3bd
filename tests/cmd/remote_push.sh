#!/bin/sh
# Pushing and fetching over every transport, against remotes of stock git; and remotes that break
# in the middle of it.
# shellcheck disable=SC2317 # the cases call the functions

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# here ARG...: stock git on the repository of the current folder.
here() {
	git --git-dir=.gitmem "$@"
}

# arrived NAME [REF]: the remote is whole and its branch is where ours is, as stock git sees it.
arrived() {
	test "$(here rev-parse main)" = "$(tip_of "$1" main)" && fine_remote "$1"
}

# with_account URL: the same URL for the one that may go there.
with_account() {
	echo "${1%%://*}://ada@${1#*://}"
}

# unmoved NAME TIP: the remote is where it was, and so are we.
unmoved() {
	test "$(tip_of "$1" main)" = "$2" && fine_remote "$1" && gitmem fsck
}

# both_ways KIND: two push at once, one merges, and stock git reads what comes of it.
both_ways() {
	export GITMEM_SSL_CAINFO="$remote_ca" GIT_SSL_CAINFO="$remote_ca" GITMEM_TOKEN=s3cret &&
		new_remote "$1" &&
		url=$(remote_url "$1" "$1") &&
		case $1 in
		*-auth) url=$(with_account "$url") ;;
		esac &&
		new_repo "one-$1" &&
		gitmem remote add origin "$url" &&
		for i in 1 2 3 4 5 6 7 8 9; do
			gitmem add --key "k/$i" "memory $i" >/dev/null || return 1
		done &&
		gitmem commit -m nine >/dev/null &&
		gitmem push 2>err &&
		must_fail 1 grep s3cret err &&
		arrived "$1" &&
		cd .. &&
		gitmem clone "$url" "two-$1" 2>err &&
		cd "two-$1" &&
		gitmem add -c --key two 'by the second' >/dev/null &&
		gitmem push 2>err &&
		arrived "$1" &&
		cd "../one-$1" &&
		gitmem add -c --key one 'by the first' >/dev/null &&
		gitmem push 2>err &&
		arrived "$1" &&
		gitmem show two >/dev/null &&
		cd "../two-$1" &&
		gitmem pull >/dev/null 2>err &&
		gitmem show one >/dev/null &&
		arrived "$1" &&
		real_git clone -q "$remotes/$1" "../stock-$1" &&
		test "$(real_git -C "../stock-$1" ls-files 'keys/*' | wc -l)" -eq 11 &&
		test "$(real_git -C "../stock-$1" rev-list --count HEAD)" -eq 4
}

for kind in path file git http https http-auth https-auth ssh; do
	if has_remotes $kind; then
		test_case "over $kind" "both_ways $kind"
	else
		test_skip "over $kind" 'this machine cannot serve it'
	fi
done

test_case 'a path needs no certificates' <<'EOF'
	cd one-path &&
	GITMEM_SSL_CAINFO=/nowhere gitmem clone "$remotes/path" ../needless 2>err
EOF

test_case 'the environment of hooks does not reach the remote, nor does the token' <<'EOF'
	new_remote hooked &&
	printf '#!/bin/sh\nenv >seen\n' >"$remotes/hooked/hooks/post-receive" &&
	chmod +x "$remotes/hooked/hooks/post-receive" &&
	new_repo hooked &&
	gitmem remote add origin "$remotes/hooked" &&
	gitmem add -c one >/dev/null &&
	GIT_DIR=/nowhere GIT_INDEX_FILE=/nowhere/index GITMEM_TOKEN=s3cret gitmem push 2>err &&
	grep GIT_DIR=. "$remotes/hooked/seen" &&
	must_fail 1 grep -E 's3cret|nowhere' "$remotes/hooked/seen"
EOF

test_case 'what the remote tells people is shown, and is only text' <<'EOF'
	cat >"$remotes/hooked/hooks/post-receive" <<-'EOT' &&
		#!/bin/sh
		printf 'well done \033[31m\nand more\n' >&2
	EOT
	cd hooked &&
	gitmem add -c two >/dev/null &&
	gitmem push 2>err &&
	grep -F 'remote: well done ?[31m' err &&
	grep -F 'remote: and more' err &&
	gitmem add -c three >/dev/null &&
	gitmem push -q 2>err &&
	must_fail 1 grep 'well done' err
EOF

test_case 'a server that breaks when it is pushed to' <<'EOF'
	new_remote broken &&
	new_repo broken &&
	gitmem remote add origin "$(remote_url http broken)" &&
	gitmem add -c one >/dev/null &&
	gitmem push 2>err &&
	tip=$(tip_of broken main) &&
	gitmem add -c two >/dev/null &&
	for manner in push-status-500 push-status-403 push-status-404 cut-60; do
		gitmem remote set-url origin "$(remote_host http)/$manner/broken" &&
			must_fail 128 timeout 30 gitmem push 2>err &&
			grep -c '^error: ' err >count &&
			test "$(cat count)" = 1 || exit 1
	done &&
	unmoved broken "$tip" &&
	gitmem remote set-url origin "$(remote_url http broken)" &&
	gitmem push 2>err &&
	arrived broken
EOF

test_case 'a connection that is cut while it fetches' <<'EOF'
	cd broken &&
	gitmem clone "$remotes/broken" ../cut 2>err &&
	gitmem add -c "$(seq 1 9000)" >/dev/null &&
	gitmem push 2>err &&
	cd ../cut &&
	tip=$(here rev-parse main) &&
	for n in 100 400 600 2000 9000; do
		gitmem remote set-url origin "$(remote_host http)/cut-$n/broken" &&
			must_fail 128 timeout 30 gitmem fetch 2>err &&
			grep '^error: ' err &&
			test "$(here rev-parse origin/main)" = "$tip" || exit 1
	done &&
	gitmem fsck &&
	gitmem remote set-url origin "$(remote_url http broken)" &&
	gitmem fetch 2>err &&
	test "$(here rev-parse origin/main)" = "$(tip_of broken main)"
EOF

test_case 'a remote that has not all of its history' <<'EOF'
	real_git clone -q --bare --depth 1 "file://$remotes/broken" "$remotes/shallow" &&
	real_git -C "$remotes/shallow" config http.receivepack true &&
	new_repo shallow &&
	for kind in path http git; do
		must_fail 128 gitmem fetch "$(remote_url $kind shallow)" main 2>err &&
			grep -i shallow err || exit 1
	done
EOF

done_testing
