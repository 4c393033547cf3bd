#!/bin/sh
# gitmem version.

. "$(dirname "$0")/lib.sh"

test_case 'it prints the version, without a repository' <<'EOF'
	gitmem version >actual 2>err &&
	grep -Ex 'gitmem version [0-9]+\.[0-9]+\.[0-9]+' actual &&
	test ! -s err &&
	gitmem --version >long &&
	expect_equal actual long
EOF

test_case 'it prints JSON' <<'EOF'
	gitmem --json version >actual &&
	test "gitmem version $(json_get actual .version)" = "$(gitmem version)" &&
	gitmem version --json >after &&
	expect_equal actual after
EOF

test_case 'it takes no arguments' <<'EOF'
	must_fail 129 gitmem version now 2>err &&
	cat >expect <<-END &&
		error: unexpected argument 'now'
		hint: 'gitmem version -h' shows the usage
	END
	expect_equal expect err
EOF

done_testing
