#include "cmd/fsck_refs.h"

#include <string.h>

#include "cmd/fsck_files.h"
#include "dag/packed_refs.h"

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Step through the lines of packed-refs, adding the names. */
static int list_packed(struct gm_strv *out, struct gm_faults *faults,
	const struct gm_packed_refs *packed)
{
	struct gm_packed_ref ref;
	size_t at = packed->start;
	int rc;

	while ((rc = gm_packed_refs_next(&ref, &at, packed)) > 0) {
		gm_autofree char *name = gm_strndup(ref.name, ref.name_size);
		rc = name ? gm_strv_add(out, name) : GM_ENOMEM;
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? gm_faults_add_error(
				faults, GM_SEVERITY_ERROR, "file", "packed-refs", rc)
		      : 0;
}

static int add_packed(struct gm_strv *out, struct gm_faults *faults, struct gm_repo *repo)
{
	struct gm_packed_refs packed;
	int rc = gm_packed_refs_open(&packed, gm_repo_dir(repo));

	if (rc < 0)
		return gm_faults_add_error(
			faults, GM_SEVERITY_ERROR, "file", "packed-refs", rc);
	rc = list_packed(out, faults, &packed);
	gm_packed_refs_dispose(&packed);
	return rc;
}

static int reach_ref(struct gm_fsck_objects *objects, const char *name,
	const struct gm_oid *oid, bool is_branch)
{
	gm_autofree char *from = gm_format("'%s'", name);
	/* What a repair moved a ref away from is known to lack something. */
	bool is_kept = has_prefix(name, "refs/gitmem/rescue/");

	return from ? gm_fsck_objects_reach(objects,
			      is_kept ? GM_SEVERITY_WARNING : GM_SEVERITY_ERROR,
			      is_branch ? GM_OBJECT_COMMIT : GM_OBJECT_NONE, oid, from)
		    : GM_ENOMEM;
}

/* A symbolic ref may lead nowhere; any other was deleted since it was listed. */
static int check_absent(
	struct gm_repo *repo, struct gm_fsck_objects *objects, const char *name)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_ref_read_symbolic(&target, gm_repo_refs(repo), name);

	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0
		? gm_faults_add_error(objects->faults, GM_SEVERITY_ERROR, "ref", name, rc)
		: gm_faults_add(objects->faults, GM_SEVERITY_WARNING, "ref", name,
			  "it points to '%s', which does not exist", gm_buf_str(&target));
}

static int check_ref(struct gm_strv *branches_out, struct gm_repo *repo,
	struct gm_fsck_objects *objects, const char *name)
{
	bool is_branch = has_prefix(name, "refs/heads/");
	struct gm_oid oid;
	int rc = gm_ref_check_name(name);

	if (rc < 0)
		return gm_faults_add(objects->faults, GM_SEVERITY_ERROR, "ref", name,
			"this is not a valid name");
	rc = gm_ref_read(&oid, NULL, gm_repo_refs(repo), name);
	if (rc == GM_ENOTFOUND)
		return check_absent(repo, objects, name);
	if (rc < 0)
		return gm_faults_add_error(
			objects->faults, GM_SEVERITY_ERROR, "ref", name, rc);
	if (is_branch || has_prefix(name, "refs/remotes/"))
		rc = gm_strv_add(branches_out, name);
	return rc < 0 ? rc : reach_ref(objects, name, &oid, is_branch);
}

/* HEAD names a branch, which may be still to come, or a commit. */
static int check_head(struct gm_strv *branches_out, struct gm_repo *repo,
	struct gm_fsck_objects *objects)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_ref_read_symbolic(&target, gm_repo_refs(repo), "HEAD");

	if (rc == GM_ENOTFOUND &&
		gm_ref_read(&oid, NULL, gm_repo_refs(repo), "HEAD") == GM_ENOTFOUND)
		return gm_faults_add(objects->faults, GM_SEVERITY_ERROR, "ref", "HEAD",
			"it does not exist");
	if (rc == 0 && !has_prefix(gm_buf_str(&target), "refs/heads/"))
		return gm_faults_add(objects->faults, GM_SEVERITY_ERROR, "ref", "HEAD",
			"it points to '%s', which is no branch", gm_buf_str(&target));
	if (rc == 0)
		return 0;
	if (rc == GM_ENOTFOUND)
		rc = gm_ref_read(&oid, NULL, gm_repo_refs(repo), "HEAD");
	if (rc < 0)
		return gm_faults_add_error(
			objects->faults, GM_SEVERITY_ERROR, "ref", "HEAD", rc);
	rc = gm_strv_add(branches_out, "HEAD");
	return rc < 0 ? rc : reach_ref(objects, "HEAD", &oid, true);
}

static int add_name(const char *name, const struct gm_ref_value *value, void *payload)
{
	(void)value;
	return gm_strv_add(payload, name);
}

/* The refs but for HEAD, in whatever layout, also those that are broken. */
static int list_refs(struct gm_strv *out, struct gm_repo *repo, struct gm_faults *faults)
{
	int rc;

	if (gm_store_has_segments(gm_repo_store(repo))) {
		rc = gm_store_refs_each(gm_repo_store(repo), "refs/", add_name, out);
		return rc < 0 ? gm_faults_add_error(
					faults, GM_SEVERITY_ERROR, "file", "store", rc)
			      : 0;
	}
	rc = gm_fsck_list_files(out, faults, gm_repo_dir(repo), "refs");
	return rc < 0 ? rc : add_packed(out, faults, repo);
}

int gm_fsck_refs(struct gm_strv *branches_out, struct gm_repo *repo,
	struct gm_fsck_objects *objects)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = check_head(branches_out, repo, objects);

	if (rc == 0)
		rc = list_refs(&names, repo, objects->faults);
	gm_strv_make_set(&names);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		rc = check_ref(branches_out, repo, objects, names.items[i]);
	return rc;
}

struct log {
	struct gm_fsck_objects *objects;
	const char *ref;
	char *from;
};

static int reach_logged(const struct log *log, const struct gm_oid *oid)
{
	bool is_branch = !strcmp(log->ref, "HEAD") || has_prefix(log->ref, "refs/heads/");

	if (gm_oid_is_zero(oid))
		return 0;
	return gm_fsck_objects_reach(log->objects, GM_SEVERITY_WARNING,
		is_branch ? GM_OBJECT_COMMIT : GM_OBJECT_NONE, oid, log->from);
}

static int check_entry(const struct gm_reflog_entry *entry, void *payload)
{
	const struct log *log = payload;
	int rc = reach_logged(log, &entry->old_oid);

	return rc < 0 ? rc : reach_logged(log, &entry->new_oid);
}

static int check_log(
	struct gm_repo *repo, struct gm_fsck_objects *objects, const char *ref)
{
	gm_autofree char *from = gm_format("the reflog of '%s'", ref);
	struct log log = {.objects = objects, .ref = ref, .from = from};

	if (!from)
		return GM_ENOMEM;
	/* No ref's log; perhaps somebody's copy of one. */
	if (gm_ref_check_name(ref) < 0)
		return 0;
	int rc = gm_ref_log_each(gm_repo_refs(repo), ref, check_entry, &log);
	return rc < 0 ? gm_faults_add_error(
				objects->faults, GM_SEVERITY_ERROR, "reflog", ref, rc)
		      : 0;
}

static int check_change(const struct gm_ref_change *change, void *payload)
{
	gm_autofree char *from = gm_format("the reflog of '%s'", change->name);
	const struct log log = {.objects = payload, .ref = change->name, .from = from};
	gm_autosignature who = GM_SIGNATURE_INIT;

	if (!from)
		return GM_ENOMEM;
	int rc = reach_logged(&log, &change->old_oid);
	if (rc == 0)
		rc = reach_logged(&log, &change->new_oid);
	if (rc < 0)
		return rc;
	rc = gm_signature_parse(&who, change->who, strlen(change->who));
	return rc < 0 ? gm_faults_add_error(log.objects->faults, GM_SEVERITY_ERROR,
				"reflog", change->name, rc)
		      : 0;
}

/* All of them in one pass. */
static int check_stored_logs(struct gm_repo *repo, struct gm_fsck_objects *objects)
{
	int rc = gm_store_reflogs_each(gm_repo_store(repo), check_change, objects);

	return rc < 0 ? gm_faults_add_error(
				objects->faults, GM_SEVERITY_ERROR, "reflog", "store", rc)
		      : 0;
}

int gm_fsck_reflogs(struct gm_repo *repo, struct gm_fsck_objects *objects)
{
	gm_autostrv files = GM_STRV_INIT;

	if (gm_store_has_segments(gm_repo_store(repo)))
		return check_stored_logs(repo, objects);
	int rc = gm_fsck_list_files(&files, objects->faults, gm_repo_dir(repo), "logs");
	for (size_t i = 0; rc == 0 && i < files.n; i++)
		rc = check_log(repo, objects, files.items[i] + strlen("logs/"));
	return rc;
}
