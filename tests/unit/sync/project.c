#include "sync/project.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sync/public_host.h"
#include "tests/unit/support.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int setup(void **state)
{
	char *dir = scratch_new();

	(void)setenv("HOME", dir, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	*state = dir;
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static void put(const char *dir, const char *name, const char *text)
{
	scratch_write(dir, name, text, strlen(text));
}

/* A project as git makes one. */
static void put_project(const char *dir, const char *config)
{
	put(dir, "p/.git/HEAD", "ref: refs/heads/main\n");
	put(dir, "p/.git/config", config);
	put(dir, "p/sub/.gitmem/HEAD", "ref: refs/heads/main\n");
}

static void find(struct gm_project *out, const char *dir, const char *start)
{
	gm_autofree char *path = gm_path_join(dir, start);

	must(gm_project_find(out, path));
}

static void assert_at(const char *dir, const char *name, const char *path)
{
	gm_autofree char *expected = gm_path_join(dir, name);

	assert_string_equal(path, expected);
}

static void assert_url(
	const char *dir, const char *config, const char *expected, bool for_push)
{
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autobuf url = GM_BUF_INIT(GM_BUF_PATH);

	put_project(dir, config);
	find(&project, dir, "p");
	must(gm_project_url(&url, &project, "origin", for_push));
	assert_string_equal(gm_buf_str(&url), expected);
}

static void the_nearest_one_upward_is_found(void **state)
{
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autofree char *gitdir = gm_path_join(*state, "p/sub/.gitmem");

	put_project(*state, "");
	put(*state, "p/sub/.git/objects/x", "a folder of that name is not enough");
	must(gm_project_around(&project, gitdir));
	assert_at(*state, "p", project.root);
	assert_at(*state, "p/.git", project.git_dir);
	assert_at(*state, "p/.git", project.common_dir);
}

static void without_one_nothing_is_found(void **state)
{
	gm_autoproject project = GM_PROJECT_INIT;

	assert_int_equal(gm_project_find(&project, *state), GM_ENOTFOUND);
	assert_null(project.root);
}

static void a_worktree_has_the_settings_of_all_and_its_own(void **state)
{
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autofree char *link =
		gm_format("gitdir: %s/p/.git/worktrees/w\n", (char *)*state);

	put_project(
		*state, "[extensions]\n\tworktreeConfig = true\n[a]\n\tb = 1\n\tc = 1\n");
	put(*state, "p/.git/worktrees/w/HEAD", "ref: refs/heads/w\n");
	put(*state, "p/.git/worktrees/w/commondir", "../..\n");
	put(*state, "p/.git/worktrees/w/config.worktree", "[a]\n\tc = 2\n");
	put(*state, "w/.git", link);
	find(&project, *state, "w");
	assert_at(*state, "w", project.root);
	assert_at(*state, "p/.git/worktrees/w", project.git_dir);
	assert_at(*state, "p/.git", project.common_dir);
	assert_string_equal(gm_config_get(project.config, "a.b"), "1");
	assert_string_equal(gm_config_get(project.config, "a.c"), "2");
}

static void a_relative_link_is_seen_from_where_it_lies(void **state)
{
	gm_autoproject project = GM_PROJECT_INIT;

	put(*state, "outer/.git/modules/inner/HEAD", "ref: refs/heads/main\n");
	put(*state, "outer/inner/.git", "gitdir: ../.git/modules/inner\r\n");
	find(&project, *state, "outer/inner");
	assert_at(*state, "outer/inner", project.root);
	assert_at(*state, "outer/.git/modules/inner", project.common_dir);
}

static void a_link_that_is_none_is_an_error(void **state)
{
	gm_autoproject project = GM_PROJECT_INIT;

	put(*state, "p/.git", "hello");
	gm_autofree char *path = gm_path_join(*state, "p");
	assert_int_equal(gm_project_find(&project, path), GM_EINVALID);
	put(*state, "p/.git", "gitdir: a\ngitdir: b");
	assert_int_equal(gm_project_find(&project, path), GM_ENOTFOUND);
}

static void a_remote_has_its_url(void **state)
{
	static const char both[] = "[remote \"origin\"]\n"
				   "\turl = https://a/x\n\tpushurl = ssh://a/x\n";
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autobuf url = GM_BUF_INIT(GM_BUF_PATH);

	assert_url(*state, both, "https://a/x", false);
	assert_url(*state, both, "ssh://a/x", true);
	find(&project, *state, "p");
	assert_int_equal(gm_project_url(&url, &project, "upstream", false), GM_ENOTFOUND);
	assert_int_equal(url.size, 0);
}

static void the_longest_instead_of_counts(void **state)
{
	static const char config[] = "[remote \"origin\"]\n\turl = gh:me/x\n"
				     "[url \"https://github.com/\"]\n\tinsteadOf = gh:\n"
				     "[url \"https://mine/\"]\n\tinsteadOf = gh:me/\n"
				     "[url \"git@mine:\"]\n\tpushInsteadOf = gh:me/\n";

	assert_url(*state, config, "https://mine/x", false);
	assert_url(*state, config, "git@mine:x", true);
}

static void settings_of_the_user_count_too(void **state)
{
	put(*state, ".gitconfig", "[url \"/srv/\"]\n\tinsteadOf = https://a/\n");
	assert_url(*state, "[remote \"origin\"]\n\turl = https://a/x\n", "/srv/x", false);
}

static void a_relative_path_is_seen_from_the_top_of_the_project(void **state)
{
	gm_autofree char *expected = gm_path_join(*state, "p/../x.git");

	assert_url(*state, "[remote \"origin\"]\n\turl = ../x.git\n", expected, false);
	assert_url(
		*state, "[remote \"origin\"]\n\turl = host:x.git\n", "host:x.git", false);
}

static enum gm_project_hooks hooks_of(
	const char *dir, const char *config, struct gm_buf *path)
{
	gm_autoproject project = GM_PROJECT_INIT;
	enum gm_project_hooks kind;

	put_project(dir, config);
	find(&project, dir, "p");
	gm_buf_reset(path);
	must(gm_project_hooks(path, &kind, &project));
	return kind;
}

static void hooks_are_its_own_shared_or_tracked(void **state)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	assert_int_equal(hooks_of(*state, "", &path), GM_PROJECT_HOOKS_OWN);
	assert_at(*state, "p/.git/hooks", gm_buf_str(&path));
	assert_int_equal(hooks_of(*state, "[core]\n\thooksPath = .husky\n", &path),
		GM_PROJECT_HOOKS_TRACKED);
	assert_at(*state, "p/.husky", gm_buf_str(&path));
	assert_int_equal(hooks_of(*state, "[core]\n\thooksPath = ~/h\n", &path),
		GM_PROJECT_HOOKS_OWN);
	assert_at(*state, "h", gm_buf_str(&path));
	put(*state, ".gitconfig", "[core]\n\thooksPath = ~/all\n");
	assert_int_equal(hooks_of(*state, "", &path), GM_PROJECT_HOOKS_SHARED);
	assert_at(*state, "all", gm_buf_str(&path));
}

static void a_public_host_is_known_by_its_name(void **state)
{
	(void)state;
	assert_true(gm_host_is_public("github.com"));
	assert_true(gm_host_is_public("ssh.GitHub.com"));
	assert_true(gm_host_is_public("git.sr.ht"));
	assert_false(gm_host_is_public("notgithub.com"));
	assert_false(gm_host_is_public("github.com.example.org"));
	assert_false(gm_host_is_public("com"));
	assert_false(gm_host_is_public(""));
	assert_false(gm_host_is_public(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_nearest_one_upward_is_found),
		TEST(without_one_nothing_is_found),
		TEST(a_worktree_has_the_settings_of_all_and_its_own),
		TEST(a_relative_link_is_seen_from_where_it_lies),
		TEST(a_link_that_is_none_is_an_error),
		TEST(a_remote_has_its_url),
		TEST(the_longest_instead_of_counts),
		TEST(settings_of_the_user_count_too),
		TEST(a_relative_path_is_seen_from_the_top_of_the_project),
		TEST(hooks_are_its_own_shared_or_tracked),
		TEST(a_public_host_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
