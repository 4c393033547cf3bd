# Sourced behind lib.sh by tests that need remotes: repositories of stock git in
# $SCRATCH/remotes, served on loopback in every way (remote_server.py says which, and what bad
# manners they have). The server starts at the first need and ends with the test.
#
#	. "$(dirname "$0")/lib.sh"
#	. "$lib_here/lib_remote.sh"
#
#	test_case 'push over http' <<'EOF'
#		new_remote notes &&
#		new_repo mine &&
#		gitmem remote add origin "$(remote_url http notes)" &&
#		...
#		fine_remote notes
#
# remote_url KIND NAME prints the URL of a remote; KIND is path, file, git, http, http-auth, https,
# https-auth or ssh. Before https and ssh see whether this machine has them, outside of cases:
#
#	has_remotes https && test_case ...
#
# ssh finds its key and the server's by itself. For https export
# GITMEM_SSL_CAINFO="$remote_ca" (and GIT_SSL_CAINFO for stock git). http-auth and https-auth want
# ada with the password s3cret.
# shellcheck shell=sh disable=SC2154 # what begins with lib_ is of lib.sh

if [ ! -x "$lib_bin/../sync/gitmem-sync" ]; then
	test_skip 'remotes' 'gitmem-sync was not built, as there is no libgit2'
	done_testing
fi

remotes=$SCRATCH/remotes
remote_state=$lib_state/remote
# shellcheck disable=SC2034 # for tests
remote_ca=$remote_state/ca.pem
remote_requests=$remote_state/requests
mkdir "$remotes" "$remote_state"
: >"$remote_requests"

# Proxies of whoever runs the tests must not come between.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
unset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY

# new_remote NAME: an empty bare repository that takes pushes.
new_remote() {
	real_git init -q --bare -b main "$remotes/$1" &&
		real_git -C "$remotes/$1" config http.receivepack true
}

# fine_remote NAME: stock git finds no fault in it.
fine_remote() {
	if real_git -C "$remotes/$1" fsck --strict --no-progress >"$remote_state/fsck" 2>&1 &&
		! grep -qE '^(error|missing|broken|bad)' "$remote_state/fsck"; then
		return 0
	fi
	cat "$remote_state/fsck"
	return 1
}

# tip_of NAME REF: the id that a ref of a remote has.
tip_of() {
	real_git -C "$remotes/$1" rev-parse --verify -q "$2"
}

remote_make_tls() {
	cat >"$remote_state/openssl.cnf" <<-EOT &&
		[req]
		distinguished_name = name
		[name]
		[authority]
		basicConstraints = critical,CA:TRUE
		[server]
		subjectAltName = DNS:localhost,DNS:127.0.0.1,IP:127.0.0.1
	EOT
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
			-subj '/CN=gitmem test authority' -config "$remote_state/openssl.cnf" \
			-extensions authority -keyout "$remote_state/ca.key" -out "$remote_ca" &&
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-subj '/CN=localhost' -config "$remote_state/openssl.cnf" \
			-keyout "$remote_state/server.key" -out "$remote_state/server.csr" &&
		openssl x509 -req -in "$remote_state/server.csr" -CA "$remote_ca" \
			-CAkey "$remote_state/ca.key" -CAcreateserial -days 2 \
			-extfile "$remote_state/openssl.cnf" -extensions server \
			-out "$remote_state/server.pem" &&
		cat "$remote_state/server.key" "$remote_state/server.pem" \
			>"$remote_state/tls.new" &&
		mv "$remote_state/tls.new" "$remote_state/tls.pem"
}

# The real ssh with a configuration of the test's own, and whatever is said on its command line.
remote_make_ssh() {
	ssh-keygen -q -t ed25519 -N '' -C test -f "$remote_state/host_key" &&
		ssh-keygen -q -t ed25519 -N '' -C test -f "$remote_state/user_key" &&
		cp "$remote_state/user_key.pub" "$remote_state/authorized_keys" &&
		sed 's/^/* /' "$remote_state/host_key.pub" >"$remote_state/known_hosts" &&
		cat >"$remote_state/ssh_config" <<-EOT &&
			Host *
			IdentityFile $remote_state/user_key
			IdentitiesOnly yes
			IdentityAgent none
			UserKnownHostsFile $remote_state/known_hosts
			GlobalKnownHostsFile /dev/null
			PasswordAuthentication no
			KbdInteractiveAuthentication no
			BatchMode yes
		EOT
		printf '#!/bin/sh\nexec %s -F %s "$@"\n' "$(command -v ssh)" \
			"$remote_state/ssh_config" >"$remote_state/ssh" &&
		chmod +x "$remote_state/ssh" &&
		mv "$remote_state/ssh" "$lib_state/bin/ssh" &&
		{ [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd; } &&
		cat >"$remote_state/sshd_config" <<-EOT
			HostKey $remote_state/host_key
			AuthorizedKeysFile $remote_state/authorized_keys
			StrictModes no
			UsePAM no
			PasswordAuthentication no
			KbdInteractiveAuthentication no
			PermitRootLogin yes
			PrintMotd no
			LogLevel ERROR
		EOT
}

# Start the server unless it runs. A case is a subshell, so files tell the others.
remote_serve() {
	[ ! -e "$remote_state/ready" ] || return 0
	command -v openssl >/dev/null && remote_make_tls >"$remote_state/tls.log" 2>&1
	[ ! -x /usr/sbin/sshd ] || remote_make_ssh >"$remote_state/ssh.log" 2>&1 ||
		rm -f "$remote_state/sshd_config"
	GIT_CONFIG_NOSYSTEM=1 "$PYTHON" "$lib_here/remote_server.py" "$remote_state" "$remotes" \
		>"$remote_state/log" 2>&1 </dev/null &
	echo $! >"$remote_state/pid"
	remote_tries=0
	while [ ! -e "$remote_state/ready" ] && [ $remote_tries -lt 300 ]; do
		remote_tries=$((remote_tries + 1))
		sleep 0.1
	done
	[ -e "$remote_state/ready" ] || { cat "$remote_state/log" && return 1; }
}

remote_stop() {
	[ ! -e "$remote_state/pid" ] || kill "$(cat "$remote_state/pid")" 2>/dev/null
	rm -f "$remote_state/ready" "$remote_state/pid" "$remote_state"/port-*
}
trap 'remote_stop; lib_leave' EXIT

# remote_host KIND: "scheme://host:port", or "" for what needs no server.
remote_host() {
	case $1 in
	path) ;;
	file) echo 'file://' ;;
	ssh)
		remote_serve >&2 &&
			echo "ssh://$(id -un)@127.0.0.1:$(cat "$remote_state/port-ssh")"
		;;
	https*) remote_serve >&2 && echo "https://127.0.0.1:$(cat "$remote_state/port-$1")" ;;
	*) remote_serve >&2 && echo "${1%-auth}://127.0.0.1:$(cat "$remote_state/port-$1")" ;;
	esac
}

# remote_url KIND NAME
remote_url() {
	remote_found=$(remote_host "$1") || return 1
	case $1 in
	path | file | ssh) echo "$remote_found$remotes/$2" ;;
	*) echo "$remote_found/$2" ;;
	esac
}

# has_remotes KIND: whether this machine can serve and reach that.
has_remotes() {
	case $1 in
	https*) remote_serve && [ -e "$remote_state/port-https" ] ;;
	ssh)
		remote_serve && [ -e "$remote_state/port-ssh" ] &&
			ssh -p "$(cat "$remote_state/port-ssh")" "$(id -un)@127.0.0.1" true \
				>>"$remote_state/ssh.log" 2>&1 </dev/null
		;;
	*) true ;;
	esac
}
