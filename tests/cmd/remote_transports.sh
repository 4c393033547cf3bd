#!/bin/sh
# Every way to a remote, and who may go there: ls-remote says what git ls-remote says.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# new_notes NAME: a remote of two branches and an annotated tag.
new_notes() {
	new_remote "$1" &&
		real_git -C "$remotes/$1" -c user.name=a -c user.email=a@example.com \
			commit-tree -m one "$(real_git -C "$remotes/$1" mktree </dev/null)" \
			>commit &&
		real_git -C "$remotes/$1" update-ref refs/heads/main "$(cat commit)" &&
		real_git -C "$remotes/$1" update-ref refs/heads/other "$(cat commit)" &&
		real_git -C "$remotes/$1" -c user.name=a -c user.email=a@example.com \
			tag -a -m one v1 main
}

# lists_like_git URL: both list the same refs.
lists_like_git() {
	gitmem ls-remote "$1" >actual 2>err &&
		test ! -s err &&
		GIT_SSL_CAINFO=$remote_ca real_git ls-remote "$1" >expect &&
		test "$(wc -l <expect)" -eq 5 &&
		expect_equal expect actual
}

# is_refused URL PATTERN: with code 128 and one line that fits, and a hint at most.
is_refused() {
	must_fail 128 gitmem ls-remote "$1" >actual 2>err &&
		test ! -s actual &&
		test "$(grep -vc '^hint: ' err)" -eq 1 &&
		grep -e "$2" err && return
	cat actual err
	return 1
}

for kind in path file git http https ssh; do
	if has_remotes $kind; then
		test_case "over $kind" "
			new_notes $kind &&
			export GITMEM_SSL_CAINFO=\"\$remote_ca\" &&
			lists_like_git \"\$(remote_url $kind $kind)\""
	else
		test_skip "over $kind" 'this machine cannot serve it'
	fi
done

test_case 'a path may be relative, and of a worktree' <<'EOF'
	new_notes relative &&
	lists_like_git remotes/relative &&
	real_git clone -q remotes/relative worktree &&
	gitmem ls-remote worktree >actual &&
	real_git ls-remote worktree >expect &&
	expect_equal expect actual
EOF

test_case 'a token is sent to this machine, and shown nowhere' <<'EOF'
	new_notes private &&
	url=$(remote_url http-auth private) &&
	GITMEM_TOKEN=s3cret gitmem -v ls-remote "http://ada@${url#http://}" >actual 2>err &&
	grep refs/heads/main actual &&
	must_fail 1 grep s3cret actual err
EOF

test_case 'without a name it is that of tokens' <<'EOF'
	: >"$remote_requests" &&
	must_fail 128 env GITMEM_TOKEN=s3cret gitmem ls-remote "$(remote_url http-auth private)" \
		2>err &&
	grep 'refuses the password (it is from GITMEM_TOKEN)' err &&
	must_fail 1 grep s3cret err &&
	json_get "$remote_requests" .authorization >actual &&
	printf 'null\nBasic %s\n' "$(printf x-access-token:s3cret | base64)" >expect &&
	expect_equal expect actual
EOF

test_case 'it is not sent in the clear to another machine' <<'EOF'
	: >"$remote_requests" &&
	must_fail 128 env GITMEM_TOKEN=s3cret \
		gitmem ls-remote "http://0.0.0.0:$(cat "$remote_state/port-http-auth")/private" \
		2>err &&
	grep 'asks for a password, and there is none' err &&
	test -s "$remote_requests" &&
	must_fail 1 grep Basic "$remote_requests"
EOF

test_case 'nor to the host that a redirection leads to' <<'EOF'
	: >"$remote_requests" &&
	must_fail 128 env GITMEM_TOKEN=s3cret \
		gitmem ls-remote "$(remote_host http-auth)/away/private" 2>err &&
	grep 'leads to another host' err &&
	must_fail 1 grep Basic "$remote_requests" &&
	url=$(remote_host http-auth)/moved/private &&
	GITMEM_TOKEN=s3cret gitmem ls-remote "http://ada@${url#http://}" >actual &&
	grep refs/heads/main actual
EOF

test_case 'a redirection to what is public is followed' <<'EOF'
	gitmem ls-remote "$(remote_host http)/away/http" >actual &&
	grep refs/heads/main actual
EOF

test_case 'a password in the URL is used and not shown' <<'EOF'
	url=$(remote_url http-auth private) &&
	gitmem ls-remote "http://ada:s3cret@${url#http://}" >actual &&
	grep refs/heads/main actual &&
	must_fail 128 gitmem ls-remote "http://ada:wr0ng@${url#http://}" 2>err &&
	grep 'refuses the password' err &&
	must_fail 1 grep wr0ng err
EOF

test_case 'the file of credentials is read when nobody else can' <<'EOF'
	mkdir -p "$HOME/.config/gitmem" &&
	file=$HOME/.config/gitmem/credentials &&
	host=$(remote_host http-auth) &&
	printf '# mine\nhttps://x:y@example.com\nhttp://ada:s3cret@%s\n' "${host#http://}" \
		>"$file" &&
	chmod 644 "$file" &&
	is_refused "$host/private" 'others can read the credentials' &&
	grep '^hint: chmod 600' err &&
	chmod 600 "$file" &&
	gitmem ls-remote "$host/private" >actual &&
	grep refs/heads/main actual &&
	rm "$file"
EOF

test_case 'git knows passwords, too, and forgets those that are refused' <<'EOF'
	host=$(remote_host http-auth) &&
	real_git config --global credential.helper store &&
	printf 'http://ada:s3cret@%s\n' "${host#http://}" >"$HOME/.git-credentials" &&
	gitmem ls-remote "$host/private" >actual &&
	grep refs/heads/main actual &&
	test -s "$HOME/.git-credentials" &&
	printf 'http://ada:old@%s\n' "${host#http://}" >"$HOME/.git-credentials" &&
	is_refused "$host/private" "refuses the password (it is from git's credential helper)" &&
	test ! -s "$HOME/.git-credentials" &&
	rm "$HOME/.gitconfig"
EOF

test_case 'who has none is told what to do' <<'EOF'
	real_git config --global credential.helper false &&
	must_fail 128 setsid -w gitmem ls-remote "$(remote_url http-auth private)" 2>err &&
	grep 'asks for a password, and there is none' err &&
	grep '^hint: set GITMEM_TOKEN' err &&
	rm "$HOME/.gitconfig"
EOF

if has_remotes https; then
	test_case 'a certificate that nobody vouches for' <<'EOF'
		is_refused "$(remote_url https https)" "'127.0.0.1' is not trusted" &&
		grep '^hint: .*http.sslCAInfo' err &&
		must_fail 128 env GITMEM_SSL_CAINFO=/nowhere \
			gitmem ls-remote "$(remote_url https https)" 2>err &&
		grep "cannot use the certificates in '/nowhere'" err
EOF

	test_case 'through a proxy, but for hosts that need none' <<'EOF'
		export GITMEM_SSL_CAINFO="$remote_ca" &&
		url=$(remote_url https https) &&
		: >"$remote_requests" &&
		must_fail 128 env https_proxy="$(remote_host http)" gitmem ls-remote "$url" \
			2>err &&
		grep -i proxy err &&
		https_proxy=$(remote_host http) no_proxy=example.com,127.0.0.1 \
			gitmem ls-remote "$url" >actual &&
		grep refs/heads/main actual
EOF

	test_case 'a file that vouches may be a setting' <<'EOF'
		new_repo settings &&
		must_fail 128 gitmem ls-remote "$(remote_url https https)" 2>err &&
		gitmem config http.sslCAInfo "$remote_ca" &&
		gitmem ls-remote "$(remote_url https https)" >actual &&
		grep refs/heads/main actual
EOF
fi

if has_remotes ssh; then
	test_case 'ssh: a key that is not known, a changed one, a refused one' <<'EOF'
		url=$(remote_url ssh ssh) &&
		cp "$remote_state/known_hosts" known &&
		: >"$remote_state/known_hosts" &&
		is_refused "$url" "'127.0.0.1' has a host key that is not known" &&
		sed 's/^/* /' "$remote_state/user_key.pub" >"$remote_state/known_hosts" &&
		is_refused "$url" "'127.0.0.1' has another host key than before" &&
		cp known "$remote_state/known_hosts" &&
		: >"$remote_state/authorized_keys" &&
		is_refused "$url" "'127.0.0.1' refuses our key" &&
		cp "$remote_state/user_key.pub" "$remote_state/authorized_keys" &&
		lists_like_git "$url"
EOF

	test_case 'ssh: another command, which does not get the token' <<'EOF'
		cat >other <<-'EOT' &&
			#!/bin/sh
			env >seen
			exec ssh "$@"
		EOT
		chmod +x other &&
		GIT_DIR=/nowhere GITMEM_TOKEN=s3cret \
			GITMEM_SSH_COMMAND='./other -o ServerAliveInterval=9' \
			gitmem ls-remote "$(remote_url ssh ssh)" >actual &&
		test -s actual &&
		grep HOME= seen &&
		must_fail 1 grep -E 's3cret|^GIT_DIR' seen
EOF

	test_case 'ssh: no repository there' <<'EOF'
		is_refused "$(remote_url ssh nothing)" 'is no git repository'
EOF
fi

done_testing
