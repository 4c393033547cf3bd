#include "sync/scope_guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/repository.h"
#include "tests/unit/support.h"

#define HEAD                                                                       \
	"---\nid: 01975f0e-5cc4-7000-8000-000000000001\ntype: semantic\ncreated: " \
	"2026-01-02T03:04:05Z\n"
#define MEMORY(more) HEAD more "---\nsome text\n"

/* A file in a commit of its own, and whether a shared and a global remote may have it. */
static const struct file {
	const char *path;
	const char *text;
	bool is_shared, is_global;
} files[] = {
	{"memories/plain.md", MEMORY(""), true, false},
	{"memories/private.md", MEMORY("scope: private\n"), false, false},
	{"memories/shared.md", MEMORY("scope: shared\n"), true, false},
	{"memories/global.md", MEMORY("scope: global\n"), true, true},
	{"memories/quoted.md", MEMORY("\"sc\\x6fpe\": 'private'\n"), false, false},
	{"memories/told.md", MEMORY("note: \"scope: private\"\n"), true, false},
	{"memories/flow.md", "---\n{type: semantic, scope: private}\n---\n", false,
		false},
	{"memories/content.md", MEMORY("") "scope: private\n", true, false},
	{"memories/dashes.md", MEMORY("---x: 1\nscope: private\n"), false, false},
	{"elsewhere", MEMORY("scope: private\n"), false, false},
	{"\xc3\xa4/mark.md", "\xef\xbb\xbf" MEMORY("scope: private\n"), false, false},
	{"crlf.md", "---\r\ntype: semantic\r\nscope: private\r\n---\r\n", false, false},
	{"no-type.md", "---\nscope: Private\n---\n", false, false},
	{"broken.md", "---\ntype: [\n  'scope' : private\n---\n", false, false},
	{"endless.md", HEAD "scope: private\n", false, false},
	{"folded.md", "---\ntype: [\nscope:\n  private\n---\n", false, false},
	{"tag.md", "---\nscope: !!str private\n---\n", false, false},
	{"alias.md", "---\nwho: &me private\nscope: *me\n---\n", false, false},
	{"list.md", "---\nscope: [private]\n---\n", false, false},
	{"old-mac.md", "---\rscope: private\r---\r", false, false},
	{"about.md", "---\ntitle: the scope of private notes\n---\n", true, true},
	{"broken-shared.md", "---\ntype: [\nscope: shared\n---\n", true, true},
	{"letter.txt", "Dear all,\n---\nscope: private\n---\n", true, true},
	{"dash", "-", true, true},
	{"dashes", "---", true, true},
	{"empty", "", true, true},
};

#define N_FILES (sizeof(files) / sizeof(*files))

static struct gm_repo *open_repo(const char *dir)
{
	gm_autofree char *path = gm_path_join(dir, "r/.git");
	struct gm_repo *repo;

	must(gm_repo_open(&repo, path));
	return repo;
}

static int guard(
	struct gm_strv *out, const char *dir, const char *names, enum gm_scope allowed)
{
	gm_autofree char *command = gm_format("git -C r rev-parse %s", names);
	gm_cleanup(gm_outgoing_free_p) struct gm_outgoing *outgoing = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_repo *repo = open_repo(dir);

	must(gm_outgoing_new(&outgoing, gm_repo_store(repo)));
	assert_int_equal(shell(&text, dir, command), 0);
	for (const char *at = gm_buf_str(&text); *at; at = strchr(at, '\n') + 1) {
		struct gm_oid oid;
		bool is_have = *at == '^';
		assert_true(gm_oid_parse(&oid, at + is_have, GM_OID_HEX - 1));
		must(is_have ? gm_outgoing_have(outgoing, &oid)
			     : gm_outgoing_want(outgoing, &oid));
	}
	must(gm_outgoing_walk(outgoing, NULL, NULL));
	int rc = gm_scope_guard(out, gm_repo_store(repo), outgoing, allowed, NULL, NULL);
	gm_repo_free(repo);
	return rc;
}

static void assert_judged(const char *dir, size_t i, enum gm_scope allowed, bool may_go)
{
	gm_autofree char *names = gm_format("tag%zu ^tag%zu~1", i, i);
	gm_autostrv named = GM_STRV_INIT;
	int rc = guard(&named, dir, names, allowed);

	if (rc != (may_go ? 0 : GM_ENO))
		fail_msg("'%s' to %s: %d", files[i].path, gm_scope_name(allowed), rc);
	assert_int_equal(named.n, !may_go);
	if (!may_go)
		assert_ptr_equal(strstr(named.items[0], files[i].path), named.items[0]);
}

/* Each commit removes what the one before it had: no tip has them all. */
static void make(const char *dir)
{
	assert_int_equal(shell(NULL, dir,
				 "git init -q -b main r && cd r && "
				 "git commit -q --allow-empty -m root"),
		0);
	for (size_t i = 0; i < N_FILES; i++) {
		gm_autofree char *path = gm_path_join("r", files[i].path);
		gm_autofree char *command =
			gm_format("cd r && git add -A && git commit -q -m %zu && "
				  "git tag tag%zu && git rm -q -r .",
				i, i);
		scratch_write(dir, path, files[i].text, strlen(files[i].text));
		assert_int_equal(shell(NULL, dir, command), 0);
	}
}

static void each_goes_where_it_may(void **state)
{
	char *dir = scratch_new();

	(void)state;
	make(dir);
	for (size_t i = 0; i < N_FILES; i++) {
		assert_judged(dir, i, GM_SCOPE_SHARED, files[i].is_shared);
		assert_judged(dir, i, GM_SCOPE_GLOBAL, files[i].is_global);
		assert_judged(dir, i, GM_SCOPE_PRIVATE, true);
	}
	scratch_remove(dir);
}

static void what_no_tip_has_is_named_with_its_commit(void **state)
{
	char *dir = scratch_new();
	gm_autostrv named = GM_STRV_INIT;
	gm_autobuf commit = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	make(dir);
	assert_int_equal(guard(&named, dir, "main", GM_SCOPE_SHARED), GM_ENO);
	assert_int_equal(
		shell(&commit, dir, "printf %.7s $(git -C r rev-parse tag1)"), 0);
	gm_autofree char *expected = gm_format(
		"memories/private.md (private, in commit %s)", gm_buf_str(&commit));
	assert_true(gm_strv_contains(&named, expected));
	scratch_remove(dir);
}

static void what_the_other_side_has_is_not_looked_at(void **state)
{
	char *dir = scratch_new();
	gm_autostrv named = GM_STRV_INIT;

	(void)state;
	make(dir);
	must(guard(&named, dir, "main ^tag20", GM_SCOPE_SHARED));
	assert_int_equal(named.n, 0);
	scratch_remove(dir);
}

/* However far down it stands. */
static void long_front_matter_hides_nothing(void **state)
{
	char *dir = scratch_new();
	gm_autostrv named = GM_STRV_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	assert_int_equal(shell(NULL, dir, "git init -q -b main r"), 0);
	must(gm_buf_puts(&text, "---\nnote: "));
	for (size_t i = 0; i < 2 * GM_RECORD_MAX_FRONT_MATTER; i++)
		must(gm_buf_putc(&text, 'x'));
	must(gm_buf_puts(&text, "\nscope: private\n---\n"));
	scratch_write(dir, "r/long.md", gm_buf_str(&text), text.size);
	assert_int_equal(
		shell(NULL, dir, "cd r && git add -A && git commit -q -m long"), 0);
	assert_int_equal(guard(&named, dir, "main", GM_SCOPE_SHARED), GM_ENO);
	assert_int_equal(named.n, 1);
	scratch_remove(dir);
}

static void of_many_some_are_named_and_the_rest_counted(void **state)
{
	char *dir = scratch_new();
	gm_autostrv named = GM_STRV_INIT;

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"git init -q -b main r && cd r && for i in $(seq 1 33); do "
			"printf -- '---\\ntype: semantic\\nscope: private\\n---\\n%d' "
			"$i >$i.md; done && git add . && git commit -q -m many"),
		0);
	assert_int_equal(guard(&named, dir, "main", GM_SCOPE_SHARED), GM_ENO);
	assert_int_equal(named.n, GM_SCOPE_GUARD_NAMED + 1);
	assert_string_equal(named.items[GM_SCOPE_GUARD_NAMED], "and 13 more");
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_goes_where_it_may),
		cmocka_unit_test(what_no_tip_has_is_named_with_its_commit),
		cmocka_unit_test(what_the_other_side_has_is_not_looked_at),
		cmocka_unit_test(long_front_matter_hides_nothing),
		cmocka_unit_test(of_many_some_are_named_and_the_rest_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
