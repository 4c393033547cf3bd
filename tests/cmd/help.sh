#!/bin/sh
# gitmem help, and -h of commands.

. "$(dirname "$0")/lib.sh"

test_case 'it lists the commands, without a repository' <<'EOF'
	gitmem help >actual 2>err &&
	test ! -s err &&
	grep -q '^usage: gitmem ' actual &&
	grep -q '^   recall  *find the memories' actual &&
	grep -q '^   count-objects tell ' actual &&
	grep -q "^'gitmem help <command>'" actual
EOF

test_case 'gitmem alone and --help do the same' <<'EOF'
	gitmem help >expect &&
	gitmem >actual &&
	expect_equal expect actual &&
	gitmem --help >actual &&
	expect_equal expect actual &&
	gitmem -h >actual &&
	expect_equal expect actual
EOF

test_case 'with --json it has a line for each command' <<'EOF'
	gitmem --json help >actual &&
	json_get actual .command >names &&
	grep -qx recall names &&
	json_get actual .summary >summaries &&
	test "$(wc -l <summaries)" -eq "$(gitmem help | grep -c '^   [a-z]')"
EOF

test_case 'it shows how a command is called' <<'EOF'
	gitmem help switch >actual &&
	grep -qx 'usage: gitmem switch \[--no-track\] (<branch> | -)' actual &&
	grep -qx '   or: gitmem switch \[--track | --no-track\] -c <name> \[<revision>\]' actual &&
	gitmem switch -h >expect &&
	expect_equal expect actual
EOF

test_case '-h is answered whatever stands around it' <<'EOF'
	gitmem switch -h >expect &&
	gitmem switch -c x --help --no-such-option >actual &&
	expect_equal expect actual &&
	gitmem --json switch -h >actual &&
	expect_equal expect actual
EOF

test_case 'a word behind -- is no question for help' <<'EOF'
	new_repo dashes &&
	must_fail 128 gitmem switch -- -h >out 2>err &&
	test ! -s out &&
	grep -q "'-h' is not a valid branch name" err
EOF

test_case 'an unknown command is wrong usage' <<'EOF'
	must_fail 129 gitmem help frobnicate >out 2>err &&
	test ! -s out &&
	grep -qx "error: 'frobnicate' is not a gitmem command" err &&
	grep -qx "hint: 'gitmem help' lists the commands" err &&
	must_fail 129 gitmem frobnicate 2>err &&
	grep -qx "error: 'frobnicate' is not a gitmem command" err &&
	must_fail 129 gitmem help add edit
EOF

done_testing
