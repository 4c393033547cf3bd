#include "sync/service_command.h"

#include <stdlib.h>
#include <string.h>

#include "sync/service_failure.h"
#include "tests/unit/support.h"

/* The words of the command, each in brackets. */
static int command(struct gm_buf *out, const char *text, const char *setting)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_cleanup(gm_strv_dispose) struct gm_strv words = GM_STRV_INIT;
	gm_autourl url = GM_URL_INIT;
	char *dir = scratch_new();

	gm_buf_reset(out);
	must(gm_config_new(&config));
	if (setting) {
		scratch_write(dir, "config", setting, strlen(setting));
		gm_autofree char *path = gm_format("%s/config", dir);
		must(gm_config_add_file(config, path, NULL));
	}
	scratch_remove(dir);
	int rc = gm_url_parse(&url, text);
	if (rc == 0)
		rc = gm_service_command(&words, &url, "upload-pack", config);
	for (size_t i = 0; rc == 0 && i < words.n; i++)
		must(gm_buf_printf(out, "[%s]", words.items[i]));
	return rc;
}

static void a_path_is_served_by_git_itself(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(command(&out, "/", NULL));
	assert_string_equal(out.ptr, "[git][upload-pack][/]");
	must(command(&out, "file:///", NULL));
	assert_string_equal(out.ptr, "[git][upload-pack][/]");
	assert_int_equal(command(&out, "/no/such/folder", NULL), GM_ENOTFOUND);
	assert_int_equal(command(&out, "/dev/null", NULL), GM_ENOTFOUND);
}

static void ssh_is_asked_as_git_asks_it(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(command(&out, "ssh://ada@example.com:2222/srv/it's.git", NULL));
	assert_string_equal(out.ptr,
		"[ssh][-p][2222][ada@example.com][git-upload-pack '/srv/it'\\''s.git']");
	must(command(&out, "example.com:notes", NULL));
	assert_string_equal(out.ptr, "[ssh][example.com][git-upload-pack 'notes']");
	must(command(&out, "ssh://example.com/~maya/notes", NULL));
	assert_string_equal(out.ptr, "[ssh][example.com][git-upload-pack '~maya/notes']");
}

static void another_program_for_ssh_is_taken_apart_by_the_shell(void **state)
{
	static const char setting[] = "[core]\n\tsshCommand = ssh -i key\n";
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(command(&out, "example.com:notes", setting));
	assert_string_equal(out.ptr,
		"[sh][-c][exec ssh -i key \"$@\"][ssh -i key][example.com]"
		"[git-upload-pack 'notes']");
	assert_int_equal(setenv("GITMEM_SSH_COMMAND", "A=1 other", 1), 0);
	must(command(&out, "example.com:notes", setting));
	assert_non_null(strstr(out.ptr, "[sh][-c][A=1 other \"$@\"][A=1 other]"));
	assert_int_equal(unsetenv("GITMEM_SSH_COMMAND"), 0);
}

static void nothing_becomes_an_option(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(command(&out, "ssh://-oProxyCommand=x/y", NULL), GM_EINVALID);
	assert_int_equal(command(&out, "ssh://-l@example.com/y", NULL), GM_EINVALID);
	assert_int_equal(command(&out, "example.com:-x", NULL), GM_EINVALID);
	assert_true(command(&out, "--upload-pack=x", NULL) < 0);
}

static void check_failure(const char *complaint, int code, const char *message)
{
	gm_autourl url = GM_URL_INIT;

	must(gm_url_parse(&url, "ssh://ada@example.com/x"));
	int rc = gm_error(GM_ENOTFOUND, "the remote hung up without a word");
	assert_int_equal(
		gm_service_failure(rc, &url, "ssh://ada@example.com/x", complaint), code);
	assert_string_equal(gm_error_last()->message, message);
}

static void what_programs_say_is_understood(void **state)
{
	(void)state;
	check_failure("banner\nada@example.com: Permission denied (publickey).\r\n",
		GM_EACCESS, "'example.com' refuses our key");
	assert_true(*gm_error_last()->hint);
	check_failure("@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\n@@@\n"
		      "Host key verification failed.\n",
		GM_EMISMATCH, "'example.com' has another host key than before");
	check_failure("fatal: 'x' does not appear to be a git repository\n", GM_ENOTFOUND,
		"'ssh://ada@example.com/x' is no git repository");
	check_failure("one\nfatal: \x1b[31mred\n\n", GM_ERROR,
		"cannot talk to 'ssh://ada@example.com/x': ?[31mred");
	check_failure(" \n", GM_ENOTFOUND,
		"cannot talk to 'ssh://ada@example.com/x': the remote hung up without a "
		"word");
	check_failure("", GM_ENOTFOUND,
		"cannot talk to 'ssh://ada@example.com/x': the remote hung up without a "
		"word");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_served_by_git_itself),
		cmocka_unit_test(ssh_is_asked_as_git_asks_it),
		cmocka_unit_test(another_program_for_ssh_is_taken_apart_by_the_shell),
		cmocka_unit_test(nothing_becomes_an_option),
		cmocka_unit_test(what_programs_say_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
