#include "dag/repository.h"

#include <unistd.h>

#define MEMORY_REPO_FOR_GIT
#include "tests/unit/dag/memory_repo.h"

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, memory_repo_setup, memory_repo_teardown)

static int init(bool *created_out, struct memory_repo *world, const char *name,
	const char *branch)
{
	gm_autofree char *path = gm_path_join(world->dir, name);

	return gm_repo_init(created_out, path, branch, GM_LAYOUT_GIT);
}

static int open_repo(struct gm_repo **out, struct memory_repo *world)
{
	gm_autofree char *path = gm_path_join(world->dir, "r/.gitmem");

	return gm_repo_open(out, path);
}

static int open_code(struct memory_repo *world)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	int rc = open_repo(&repo, world);

	assert_true(!rc == !!repo);
	return rc;
}

static void a_new_repository_is_one_to_git(void **state)
{
	struct memory_repo *world = *state;

	assert_repo_prints(world, "cat .gitignore", "*\n");
	assert_repo_prints(world,
		"git --git-dir=. rev-parse --is-bare-repository; git symbolic-ref HEAD",
		"true\nrefs/heads/main\n");
	assert_repo_prints(world, "git --git-dir=. status 2>&1 | head -n 1",
		"fatal: this operation must be run in a work tree\n");
	assert_repo_sound(world);
	assert_int_equal(shell(NULL, world->dir,
				 "cd r && git init -q . && git add -A . &&"
				 " test -z \"$(git ls-files)\""),
		0);
}

static void making_it_again_changes_nothing(void **state)
{
	struct memory_repo *world = *state;
	bool created = true;

	assert_repo_prints(
		world, "echo '[user]' >>config; echo >.gitignore; rm -r stage", "");
	assert_repo_prints(world, "find . -type f -exec cat {} + | cksum >../sum", "");
	must(init(&created, world, "r/.gitmem", "other"));
	assert_false(created);
	assert_repo_prints(
		world, "find . -type f -exec cat {} + | cksum | cmp - ../sum", "");
	assert_repo_prints(world, "git --git-dir=. symbolic-ref HEAD; ls -d stage",
		"refs/heads/main\nstage\n");
}

/* A process that was killed on the way leaves some of it; HEAD comes last. */
static void what_was_begun_is_finished(void **state)
{
	static const char *const missing[] = {"HEAD", "HEAD config", "HEAD refs",
		"HEAD objects", "HEAD logs stage recall",
		"HEAD config .gitignore refs objects"};
	struct memory_repo *world = *state;

	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		gm_autofree char *command = gm_format("rm -r %s", missing[i]);
		bool created = false;
		assert_repo_prints(world, command, "");
		assert_int_equal(open_code(world), GM_ENOTFOUND);
		must(init(&created, world, "r/.gitmem", "trunk"));
		assert_true(created);
		must(open_code(world));
		assert_repo_prints(
			world, "git --git-dir=. symbolic-ref HEAD", "refs/heads/trunk\n");
		assert_repo_prints(
			world, "cat .gitignore; git config core.bare", "*\ntrue\n");
	}
}

static void branch_names_are_those_of_git(void **state)
{
	static const char *const names[] = {"main", "a/b", "a//b", "/a", "a/", "", ".",
		"..", "a..b", "a.", "a.lock", "a/.b", "-a", "a-", "@", "a@{b", "HEAD",
		"head", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\tb",
		"a\177b", "caf\u00e9", "a.lock/b", "%", "@a", "refs/heads/x", "heads",
		"a/HEAD"};
	struct memory_repo *world = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		gm_autofree char *command =
			gm_format("git check-ref-format --branch '%s' 2>&1", names[i]);
		bool git = shell(NULL, world->dir, command) == 0;
		int rc = gm_branch_check_name(names[i]);
		bool created;
		if ((rc == 0) != git)
			fail_msg("'%s' is a branch name to %s", names[i],
				git ? "git" : "us");
		assert_true(rc == 0 || rc == GM_EINVALID);
		assert_int_equal(init(&created, world, "other/.gitmem", names[i]), rc);
		assert_int_equal(
			shell(NULL, world->dir, "test -e other && rm -r other"), rc != 0);
	}
}

static void a_file_in_the_way_is_told(void **state)
{
	struct memory_repo *world = *state;
	bool created;

	scratch_write(world->dir, "file", "x", 1);
	assert_int_equal(init(&created, world, "file", "main"), GM_EEXISTS);
	assert_true(init(&created, world, "file/.gitmem", "main") < 0);
	scratch_write(world->dir, "new/objects", "x", 1);
	assert_true(init(&created, world, "new", "main") < 0);
	assert_non_null(strstr(gm_error_last()->message, "new/objects"));
	assert_int_equal(shell(NULL, world->dir, "test -e new/HEAD"), 1);
}

static void it_is_found_from_below(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *deep = gm_path_join(world->dir, "r/a/b");
	gm_autofree char *nested = gm_path_join(world->dir, "r/a/.gitmem");
	gm_autofree char *link = gm_path_join(world->dir, "link/b");

	must(gm_mkdirs(deep));
	must(gm_repo_discover(&found, deep));
	assert_string_equal(found.ptr, gm_repo_dir(world->repo));
	/* A file of this name is none, a folder is the nearest. */
	scratch_write(world->dir, "r/a/b/.gitmem", "x", 1);
	gm_buf_reset(&found);
	must(gm_repo_discover(&found, deep));
	assert_string_equal(found.ptr, gm_repo_dir(world->repo));
	must(gm_mkdirs(nested));
	assert_int_equal(shell(NULL, world->dir, "ln -s r/a link"), 0);
	gm_buf_reset(&found);
	must(gm_repo_discover(&found, link));
	assert_non_null(strstr(found.ptr, "/r/a/.gitmem"));
}

static void a_folder_that_is_a_repository_is_found(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *bare = gm_path_join(world->dir, "bare");
	gm_autofree char *inside = gm_path_join(world->dir, "bare/objects");
	bool created;

	must(gm_repo_init(&created, bare, "main", GM_LAYOUT_SEGMENTS));
	must(gm_repo_discover(&found, bare));
	assert_non_null(strstr(found.ptr, "/bare"));
	gm_buf_reset(&found);
	must(gm_repo_discover(&found, inside));
	assert_non_null(strstr(found.ptr, "/bare"));
	assert_null(strstr(found.ptr, "/bare/objects"));
}

/* Whoever is in the folder of a project's Git repository does not mean that. */
static void a_repository_of_git_is_none(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *git = gm_path_join(world->dir, "git");
	gm_autofree char *dot_git = gm_path_join(world->dir, "r/.git");

	assert_int_equal(
		shell(NULL, world->dir, "git init -q --bare git && git init -q r"), 0);
	assert_false(gm_repo_is_dir(git));
	assert_int_equal(gm_repo_discover(&found, git), GM_ENOTFOUND);
	must(gm_repo_discover(&found, dot_git));
	assert_string_equal(found.ptr, gm_repo_dir(world->repo));
}

static void it_is_not_found_where_there_is_none(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *missing = gm_path_join(world->dir, "missing");

	assert_int_equal(gm_repo_discover(&found, world->dir), GM_ENOTFOUND);
	assert_non_null(strstr(gm_error_last()->message, world->dir));
	assert_int_equal(gm_repo_discover(&found, "/"), GM_ENOTFOUND);
	assert_int_equal(gm_repo_discover(&found, missing), GM_ENOTFOUND);
	assert_int_equal(found.size, 0);
	struct gm_repo *repo = NULL;
	assert_int_equal(gm_repo_open(&repo, missing), GM_ENOTFOUND);
	assert_int_equal(gm_repo_open(&repo, world->dir), GM_ENOTFOUND);
	assert_null(repo);
}

static void formats_we_do_not_know_are_refused(void **state)
{
	static const struct {
		const char *config;
		int code;
	} rows[] = {
		{"[core]\nrepositoryformatversion = 0", 0},
		{"[core]\nrepositoryformatversion = 1", 0},
		{"", 0},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\nnoop = true", 0},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\nNoOp", 0},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha1",
			0},
		{"[core]\nrepositoryformatversion = 0\n[extensions]\nfuture = 1", 0},
		{"[core]\nrepositoryformatversion = 2", GM_EINVALID},
		{"[core]\nrepositoryformatversion = -1", GM_EINVALID},
		{"[core]\nrepositoryformatversion = x", GM_EINVALID},
		{"[core]\nrepositoryformatversion", GM_EINVALID},
		{"[core]\nrepositoryformatversion =", GM_EINVALID},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\nfuture = 1",
			GM_EINVALID},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\ngitmem = 1",
			GM_EMISMATCH},
		{"[core]\nrepositoryformatversion = 1\n[extensions]\ngitmem = 2",
			GM_EINVALID},
		{"[Core]\nRepositoryFormatVersion = 1\n[Extensions]\nobjectformat = "
		 "sha256",
			GM_EINVALID},
		{"[core]\nrepositoryformatversion = 1\n[extensions \"a\"]\nb = 1",
			GM_EINVALID},
		{"[core\n", GM_EINVALID},
		{"[core]\nbare = \"true\n", GM_EINVALID},
	};
	struct memory_repo *world = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scratch_write(world->dir, "r/.gitmem/config", rows[i].config,
			strlen(rows[i].config));
		int rc = open_code(world);
		if (rc != rows[i].code)
			fail_msg("%d for: %s", rc, rows[i].config);
	}
}

/* The user's own settings have no say in what a repository's format is. */
static void only_the_repository_says_its_format(void **state)
{
	static const char text[] =
		"[core]\nrepositoryformatversion = 7\n[extensions]\nx = 1\n";
	struct memory_repo *world = *state;

	scratch_write(world->dir, ".config/gitmem/config", text, strlen(text));
	scratch_write(world->dir, ".gitconfig", text, strlen(text));
	must(open_code(world));
}

static void assert_setting(
	struct memory_repo *world, const char *name, const char *wanted)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;

	must(open_repo(&repo, world));
	const char *value = gm_config_get(gm_repo_config(repo), name);
	assert_string_equal(value ? value : "(none)", wanted);
}

static void set(
	struct memory_repo *world, const char *file, const char *name, const char *value)
{
	gm_autofree char *path = gm_path_join(world->dir, file);

	must(gm_mkdirs_for(path));
	must(gm_config_set_file(path, name, value));
}

static void the_nearer_setting_is_the_stronger(void **state)
{
	struct memory_repo *world = *state;
	gm_autofree char *xdg = gm_path_join(world->dir, "xdg");

	assert_setting(world, "user.name", "(none)");
	set(world, ".config/git/config", "user.name", "git in ~/.config");
	set(world, ".config/git/config", "core.editor", "not ours");
	assert_setting(world, "user.name", "git in ~/.config");
	set(world, ".gitconfig", "user.name", "git in ~");
	assert_setting(world, "user.name", "git in ~");
	set(world, ".config/gitmem/config", "user.name", "gitmem in ~");
	set(world, ".config/gitmem/config", "core.editor", "ours");
	assert_setting(world, "user.name", "gitmem in ~");
	assert_setting(world, "core.editor", "ours");
	set(world, "xdg/gitmem/config", "user.name", "gitmem in XDG");
	(void)setenv("XDG_CONFIG_HOME", xdg, 1);
	assert_setting(world, "user.name", "gitmem in XDG");
	assert_setting(world, "core.editor", "(none)");
	set(world, "r/.gitmem/config", "user.name", "the repository");
	assert_setting(world, "user.name", "the repository");
}

static void git_is_asked_in_its_own_places(void **state)
{
	struct memory_repo *world = *state;
	gm_autofree char *xdg = gm_path_join(world->dir, "xdg");

	set(world, ".config/git/config", "user.name", "~/.config");
	set(world, "xdg/git/config", "user.name", "XDG");
	(void)setenv("XDG_CONFIG_HOME", xdg, 1);
	assert_setting(world, "user.name", "XDG");
	(void)setenv("XDG_CONFIG_HOME", "", 1);
	assert_setting(world, "user.name", "~/.config");
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("HOME");
	assert_setting(world, "user.name", "(none)");
}

static void a_broken_file_of_gits_is_passed_over(void **state)
{
	struct memory_repo *world = *state;

	scratch_write(world->dir, ".gitconfig", "[user\n", 6);
	set(world, ".config/gitmem/config", "user.name", "me");
	assert_setting(world, "user.name", "me");
	assert_repo_prints(world, "rm ../../.gitconfig && mkdir ../../.gitconfig", "");
	assert_setting(world, "user.name", "me");
}

static void a_broken_file_of_ours_is_an_error(void **state)
{
	struct memory_repo *world = *state;

	scratch_write(world->dir, ".config/gitmem/config", "[user\n", 6);
	assert_int_equal(open_code(world), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, ".config/gitmem/config"));
}

static void settings_that_cannot_be_read_are_an_error(void **state)
{
	struct memory_repo *world = *state;

	assert_repo_prints(world, "rm config && mkdir config", "");
	assert_true(open_code(world) < 0);
	assert_non_null(strstr(gm_error_last()->message, "config"));
	assert_repo_prints(world, "rmdir config && printf '[core]\\n\\000' >config", "");
	assert_int_equal(open_code(world), GM_EINVALID);
	if (getuid() == 0)
		return; /* nothing is unreadable to root */
	assert_repo_prints(world, "chmod 0 config", "");
	assert_int_equal(open_code(world), GM_EACCESS);
}

static void the_users_settings_have_one_place(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	(void)world;
	(void)setenv("XDG_CONFIG_HOME", "/x", 1);
	(void)setenv("HOME", "/h", 1);
	must(gm_global_config_path(&path));
	(void)unsetenv("XDG_CONFIG_HOME");
	must(gm_global_config_path(&path));
	assert_string_equal(path.ptr, "/x/gitmem/config/h/.config/gitmem/config");
	(void)setenv("HOME", "", 1);
	assert_int_equal(gm_global_config_path(&path), GM_ENOTFOUND);
}

static void the_limit_for_contents_is_a_setting(void **state)
{
	struct memory_repo *world = *state;
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	size_t max = 0;

	must(gm_repo_max_content(&max, world->repo));
	assert_int_equal(max, 1 << 20);
	set(world, "r/.gitmem/config", "memory.maxSize", "2k");
	must(open_repo(&repo, world));
	must(gm_repo_max_content(&max, repo));
	assert_int_equal(max, 2048);
	gm_repo_free(gm_steal(&repo));
	set(world, "r/.gitmem/config", "memory.maxSize", "much");
	must(open_repo(&repo, world));
	assert_int_equal(gm_repo_max_content(&max, repo), GM_EINVALID);
	assert_int_equal(max, 2048);
}

static void a_path_of_the_repository_is_absolute(void **state)
{
	struct memory_repo *world = *state;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	char before[4096];

	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(world->dir), 0);
	must(gm_repo_open(&repo, "r/../r/.gitmem"));
	assert_int_equal(chdir(before), 0);
	must(gm_repo_path(&path, repo, "stage"));
	assert_int_equal(path.ptr[0], '/');
	assert_null(strstr(path.ptr, ".."));
	assert_true(gm_is_dir(path.ptr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_repository_is_one_to_git),
		TEST(making_it_again_changes_nothing),
		TEST(what_was_begun_is_finished),
		TEST(branch_names_are_those_of_git),
		TEST(a_file_in_the_way_is_told),
		TEST(it_is_found_from_below),
		TEST(a_folder_that_is_a_repository_is_found),
		TEST(a_repository_of_git_is_none),
		TEST(it_is_not_found_where_there_is_none),
		TEST(formats_we_do_not_know_are_refused),
		TEST(only_the_repository_says_its_format),
		TEST(the_nearer_setting_is_the_stronger),
		TEST(git_is_asked_in_its_own_places),
		TEST(a_broken_file_of_gits_is_passed_over),
		TEST(a_broken_file_of_ours_is_an_error),
		TEST(settings_that_cannot_be_read_are_an_error),
		TEST(the_users_settings_have_one_place),
		TEST(the_limit_for_contents_is_a_setting),
		TEST(a_path_of_the_repository_is_absolute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
