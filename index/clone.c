#include "index/clone.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file_link.h"
#include "base/remove_tree.h"
#include "base/seam.h"
#include "index/file.h"
#include "index/schema.h"
#include "index/segment_file.h"

/* What another user made may lead us astray. */
static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

static int link_file(const char *name, const char *dir, const char *from_dir)
{
	gm_autofree char *to = gm_path_join(dir, name);
	gm_autofree char *from = gm_path_join(from_dir, name);
	struct gm_link_result result;

	if (!to || !from)
		return GM_ENOMEM;
	if (!gm_segment_file_is_one(name))
		return gm_error(GM_EMISMATCH, "'%s' is no file of an index", name);
	return gm_file_link(&result, to, from);
}

/* Names are never used again: what is gone was replaced after the copy was made. */
static int link_files(struct gm_database *database, const char *dir, const char *from_dir)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, "SELECT name FROM file");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		const char *name = gm_column_text(statement, 0);
		rc = name ? link_file(name, dir, from_dir) : GM_EMISMATCH;
		if (rc < 0)
			break;
	}
	return rc;
}

static int clone(const char *dir, const char *from_dir, const char *path)
{
	gm_cleanup(gm_database_free_p) struct gm_database *from = NULL;
	gm_cleanup(gm_database_free_p) struct gm_database *to = NULL;
	bool rebuilt;
	int rc = gm_database_open(&from, path, GM_DATABASE_READ);

	if (rc == 0)
		rc = gm_schema_verify(from);
	if (rc == 0)
		rc = gm_index_file_open(&to, &rebuilt, dir);
	if (rc == 0 && to->in_memory)
		return GM_ERROR;
	if (rc == 0)
		rc = gm_database_copy(to, from);
	return rc < 0 ? rc : link_files(to, dir, from_dir);
}

int gm_index_clone(const char *dir, const char *from_dir)
{
	gm_autofree char *path = gm_path_join(from_dir, "index.db");

	if (!path)
		return GM_ENOMEM;
	if (!is_ours(path))
		return 0;
	int rc = clone(dir, from_dir, path);
	if (rc == 0)
		return 1;
	gm_remove_tree(dir);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	return gm_sys_mkdir(dir, 0777) < 0 ? gm_error_errno("cannot make '%s'", dir) : 0;
}
