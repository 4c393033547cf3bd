# Sourced by lib.sh: on a repository with a segment store `git` works on a copy in its own layout,
# whose objects and refs are brought back. Cases that are about Git's files, or that run git
# beside us, are test_git_case's.
# shellcheck shell=sh disable=SC2154 # what begins with lib_ is of lib.sh

if [ ! -x "$lib_git_copy" ]; then
	echo 'Bail out! GITMEM_TEST_GIT_COPY does not name the program that copies for git'
	exit 1
fi
mkdir "$lib_state/bin" "$lib_state/copies"

cat >"$lib_state/bin/git" <<-WRAPPER
	#!/bin/sh
	git=$lib_git
	git_copy=$lib_git_copy
	copies=$lib_state/copies
WRAPPER
cat >>"$lib_state/bin/git" <<-'WRAPPER'
	dir=${GIT_DIR:-}
	command=
	for arg; do
		case $arg in
		--git-dir=*) dir=${arg#--git-dir=} ;;
		config) command=${command:-config} ;;
		-*) ;;
		*=*) ;;
		*) command=${command:-other} ;;
		esac
	done
	if [ -z "$dir" ] || [ ! -e "$dir/store/manifest" ]; then
		exec "$git" "$@"
	fi
	if [ "$command" = config ]; then
		unset GIT_DIR
		while [ "$1" != config ]; do
			shift
		done
		shift
		exec "$git" config -f "$dir/config" "$@"
	fi
	copy=$copies/$(stat -c %i "$dir")
	[ -e "$copy" ] || "$git" init -q --bare "$copy" || exit 128
	rm -rf "$copy/refs" "$copy/logs" "$copy/packed-refs" &&
		mkdir "$copy/refs" &&
		"$git_copy" to "$dir" "$copy" || exit 128
	n=$#
	while [ "$n" -gt 0 ]; do
		arg=$1
		shift
		case $arg in
		--git-dir=*) arg=--git-dir=$copy ;;
		esac
		set -- "$@" "$arg"
		n=$((n - 1))
	done
	[ -z "${GIT_DIR:-}" ] || export GIT_DIR="$copy"
	"$git" "$@"
	code=$?
	"$git_copy" from "$dir" "$copy" || exit 128
	exit "$code"
WRAPPER

chmod +x "$lib_state/bin/git"
PATH=$lib_state/bin:$PATH
