#!/bin/sh
# Remotes that are not there, refuse, break, lie or hang: one clear line, and code 128.

. "$(dirname "$0")/lib.sh"
. "$lib_here/lib_remote.sh"

# is_told URL PATTERN: refused with code 128 and one line that fits, and a hint at most.
is_told() {
	must_fail 128 timeout 20 gitmem ls-remote "$1" >actual 2>err &&
		test ! -s actual &&
		test "$(grep -vc '^hint: ' err)" -eq 1 &&
		grep -e "$2" err && return
	cat actual err
	return 1
}

# say LINE...: ssh becomes a program that advertises this, and listens when it ends in a flush;
# "FLUSH" stands for one, "RAW:" before what is no line, "\\0" for a NUL.
say() {
	"$PYTHON" -c '
import sys

with open("said", "wb") as out:
    for text in sys.argv[1:]:
        if text.startswith("RAW:"):
            out.write(text[4:].encode())
        elif text == "FLUSH":
            out.write(b"0000")
        else:
            line = text.replace("\\0", "\0").replace("\\e", "\x1b").encode() + b"\n"
            out.write(b"%04x" % (len(line) + 4) + line)
' "$@" &&
		printf '#!/bin/sh\ncat "%s/said"\n' "$PWD" >speak &&
		case $* in
		*FLUSH) printf 'cat >"%s/heard"\n' "$PWD" >>speak ;;
		esac &&
		chmod +x speak &&
		export GITMEM_SSH_COMMAND="$PWD/speak"
}

# shellcheck disable=SC2034 # for cases
oid=1111111111111111111111111111111111111111

test_case 'no such path, and none of a repository' <<'EOF'
	is_told /nowhere/notes "'/nowhere/notes' is neither a remote nor a repository" &&
	mkdir empty && : >file &&
	is_told "$PWD/empty" "empty' is no git repository" &&
	is_told "$PWD/file" "file' is no folder"
EOF

test_case 'no such host, and nobody there' <<'EOF'
	is_told http://nowhere.invalid/x "'nowhere.invalid' cannot be found: no such host" &&
	is_told git://nowhere.invalid/x "'nowhere.invalid' cannot be found: no such host" &&
	is_told http://127.0.0.1:1/x "'127.0.0.1' cannot be reached" &&
	is_told git://127.0.0.1:1/x "'127.0.0.1' cannot be reached"
EOF

if has_remotes ssh; then
	test_case 'nobody there for ssh' <<'EOF'
		is_told ssh://127.0.0.1:1/x "'127.0.0.1' refuses connections"
EOF
fi

test_case 'options in the place of names' <<'EOF'
	is_told ssh://-oProxyCommand=x/y "a host cannot begin with '-'" &&
	is_told localhost:-x "a path cannot begin with '-'" &&
	must_fail 129 gitmem ls-remote --upload-pack=x y 2>err
EOF

test_case 'servers that refuse' <<'EOF'
	url=$(remote_host http) &&
	is_told "$url/status-401/x" 'authentication' &&
	is_told "$url/status-403/x" 'is not for us (403)' &&
	is_told "$url/status-404/x" 'there is no repository at .*(404)' &&
	is_told "$url/status-429/x" 'asked too often' &&
	is_told "$url/status-500/x" 'fails (500)' &&
	is_told "$url/status-503/x" 'fails (503)' &&
	is_told "$url/status-302/x" 'somewhere else' &&
	is_told "$url/page/x" 'is a web page' &&
	is_told "$(remote_url git nothing)" 'is not there, or not exported'
EOF

test_case 'servers that break' <<'EOF'
	new_remote cut &&
	real_git -C "$remotes/cut" -c user.name=a -c user.email=a@example.com commit-tree -m one \
		"$(real_git -C "$remotes/cut" mktree </dev/null)" >commit &&
	real_git -C "$remotes/cut" update-ref refs/heads/main "$(cat commit)" &&
	is_told "$(remote_host http)/cut-40/cut" 'ended at an unexpected time' &&
	is_told "$(remote_host http)/say-68656c6c6f/x" "does not speak git's protocol: 'hell'"
EOF

test_case 'programs that say nothing, or nonsense' <<'EOF'
	say &&
	is_told host:x 'hung up without a word' &&
	say 'RAW:Welcome to host!' &&
	is_told host:x "does not speak git's protocol: 'Welc'" &&
	say RAW:00 &&
	is_told host:x 'in the middle of a line' &&
	say RAW:fff1 &&
	is_told host:x "does not speak git's protocol: 'fff1'" &&
	say "$oid refs/heads/main" &&
	is_told host:x 'hung up while it told its refs' &&
	say 'ERR \e[31mgo away' &&
	is_told host:x 'the remote says: ?\[31mgo away'
EOF

test_case 'advertisements that break the rules' <<'EOF'
	say 'no id refs/heads/main' FLUSH &&
	is_told host:x 'what is no ref' &&
	say "$oid refs/heads/a" "$oid refs/heads/a" FLUSH &&
	is_told host:x "advertises 'refs/heads/a' twice" &&
	say 'version 2' FLUSH &&
	is_told host:x 'speaks version 2' &&
	say "$oid refs/heads/a\\0object-format=sha256" FLUSH &&
	is_told host:x "'sha256'"
EOF

test_case 'names that git refuses are not shown' <<'EOF'
	say "$oid refs/heads/../../x" "$oid refs/heads/a.lock" "$oid refs/heads/b" FLUSH &&
	gitmem ls-remote host:x >actual &&
	printf '%s\trefs/heads/b\n' "$oid" >expect &&
	expect_equal expect actual
EOF

test_case 'one that was only asked for its refs is taken leave of' <<'EOF'
	say "$oid refs/heads/b" FLUSH &&
	gitmem ls-remote host:x >actual &&
	printf 0000 >expect &&
	expect_equal expect heard
EOF

test_case 'more refs than anybody has' <<'EOF'
	cat >many <<-'EOT' &&
		#!/bin/sh
		exec awk 'BEGIN { for (;; i++)
			printf "00411111111111111111111111111111111111111111 refs/heads/%08d\n", i }'
	EOT
	chmod +x many &&
	GITMEM_SSH_COMMAND=$PWD/many &&
	export GITMEM_SSH_COMMAND &&
	is_told host:x 'advertises over 1000000 refs'
EOF

test_case 'an ssh that cannot be run' <<'EOF'
	GITMEM_SSH_COMMAND=/nowhere/ssh &&
	export GITMEM_SSH_COMMAND &&
	is_told host:x "cannot talk to 'host:x'.*not found"
EOF

# gone PID: it ends within a while.
gone() {
	tries=0
	while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ "$tries" -lt 100 ]
}

test_case 'whoever is ended takes ssh along' <<'EOF'
	printf '#!/bin/sh\necho $$ >pid.new && mv pid.new pid\nexec sleep 120\n' >sleeper &&
	chmod +x sleeper &&
	export GITMEM_SSH_COMMAND="$PWD/sleeper" &&
	for signal in 15 9; do
		rm -f pid
		gitmem ls-remote host:x >actual 2>err &
		while [ ! -e pid ]; do
			sleep 0.1
		done
		kill -$signal $!
		must_fail $((signal + 128)) wait $! && gone "$(cat pid)" || exit 1
	done
EOF

test_case 'servers that hang or trickle are left in time' <<'EOF'
	new_repo hanging &&
	gitmem config sync.timeout 1 &&
	is_told "$(remote_host http)/hang/x" . &&
	gitmem config sync.timeout 60 &&
	gitmem config sync.timeLimit 2 &&
	is_told "$(remote_host http)/trickle/x" .
EOF

done_testing
