/*
 * Whatever is typed as a revision: what it means has an id that means the same, and if that
 * is a commit, `^0` behind it changes nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/reflog.h"
#include "dag/revision.h"
#include "dag/tree.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define check(condition) ((condition) ? (void)0 : abort())

static char dir[4096];
static struct gm_repo *repo;

static void remove_dir(void)
{
	gm_autofree char *command = gm_format("rm -rf '%s'", dir);

	gm_repo_free(repo);
	check(command && system(command) == 0);
}

static void write_commit(struct gm_oid *out, struct gm_batch *batch,
	const struct gm_oid *parents, size_t n)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_tree_change change = {.path = "keys/a.md", .mode = GM_MODE_FILE};
	struct gm_oid tree;
	char hex[GM_OID_HEX];

	check(gm_batch_write(&change.oid, batch, GM_OBJECT_BLOB, "a", 1) == 0);
	check(gm_tree_update(&tree, batch, NULL, &change, 1) == 0);
	gm_oid_format(hex, &tree);
	check(gm_buf_printf(&data, "tree %s\n", hex) == 0);
	for (size_t i = 0; i < n; i++) {
		gm_oid_format(hex, &parents[i]);
		check(gm_buf_printf(&data, "parent %s\n", hex) == 0);
	}
	check(gm_buf_printf(&data,
		      "author A <a> 1767323045 +0000\n"
		      "committer A <a> 1767323045 +0000\n\n%zu\n",
		      n) == 0);
	check(gm_batch_write(
		      out, batch, GM_OBJECT_COMMIT, gm_buf_str(&data), data.size) == 0);
}

static void set_ref(const char *name, const struct gm_oid *oid)
{
	gm_autofree char *path = gm_format("%s/%s", dir, name);
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	check(path && gm_mkdirs_for(path) == 0);
	check(gm_file_write(path, hex, GM_OID_HEX - 1) == 0);
}

static void log_move(const char *name, const struct gm_oid *from, const struct gm_oid *to)
{
	struct gm_signature who = {.name = NULL};

	check(gm_signature_set(&who, "A", "a", INT64_C(1767323045) * GM_TIME_SECOND, 0) ==
		0);
	check(gm_reflog_append(dir, name, from, to, &who,
		      "checkout: moving from topic to main") == 0);
	gm_signature_dispose(&who);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	const char *base = getenv("TMPDIR");
	struct gm_oid commits[3];
	bool created;

	(void)argc;
	(void)argv;
	(void)snprintf(dir, sizeof(dir), "%s/gitmem-fuzz-XXXXXX", base ? base : P_tmpdir);
	check(mkdtemp(dir) && gm_repo_init(&created, dir, "main", GM_LAYOUT_GIT) == 0);
	check(gm_repo_open(&repo, dir) == 0 && atexit(remove_dir) == 0);
	check(gm_batch_begin(&batch, gm_repo_store(repo)) == 0);
	write_commit(&commits[0], batch, NULL, 0);
	write_commit(&commits[1], batch, commits, 1);
	write_commit(&commits[2], batch, commits, 2);
	check(gm_batch_commit(batch) == 0);
	set_ref("refs/heads/main", &commits[2]);
	set_ref("refs/heads/topic", &commits[1]);
	set_ref("refs/tags/v1", &commits[0]);
	log_move("HEAD", &commits[1], &commits[2]);
	log_move("refs/heads/main", &gm_oid_zero, &commits[1]);
	log_move("refs/heads/main", &commits[1], &commits[2]);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autofree char *text = gm_strndup((const char *)data, size);
	gm_autofree char *longer = text ? gm_format("%s^0", text) : NULL;
	char hex[GM_OID_HEX];
	struct gm_oid oid, again, commit;

	check(longer);
	if (gm_revision_parse(&oid, repo, text, NULL) < 0)
		return 0;
	gm_oid_format(hex, &oid);
	check(gm_revision_parse(&again, repo, hex, "topic") == 0);
	check(gm_oid_equal(&oid, &again));
	if (strchr(text, ':') || strlen(longer) > 4096 ||
		gm_revision_commit(&commit, repo, text, NULL) < 0)
		return 0;
	check(gm_revision_parse(&again, repo, longer, NULL) == 0);
	check(gm_oid_equal(&commit, &again));
	return 0;
}
