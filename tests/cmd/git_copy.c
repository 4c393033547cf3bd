/*
 * git-copy to|from GITDIR COPY: let stock git work on a repository with a segment store, by a
 * copy in its own layout. `to` writes objects, refs and reflogs into the bare repository COPY,
 * which has no refs; `from` brings objects and refs back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dag/repository.h"

struct copying {
	struct gm_repo *repo;
	struct gm_refs *refs; /* of the copy */
	const char *target;
	struct gm_store *from;
	struct gm_store *to;
	struct gm_batch *batch;
};

static int copy_object(const struct gm_oid *oid, void *payload)
{
	const struct copying *copying = payload;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_oid written;
	int rc = gm_store_exists(copying->to, oid);

	if (rc)
		return rc < 0 ? rc : 0;
	rc = gm_store_read(&data, &type, copying->from, oid);
	return rc < 0 ? rc
		      : gm_batch_write(
				&written, copying->batch, type, data.ptr, data.size);
}

/* Newest first. */
struct entries {
	struct gm_reflog_entry *items;
	size_t n;
	size_t cap;
};

static int keep_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct entries *entries = payload;
	int rc = gm_grow(&entries->items, &entries->cap, entries->n + 1,
		sizeof(*entries->items));

	if (rc < 0)
		return rc;
	struct gm_reflog_entry *kept = &entries->items[entries->n++];
	*kept = *entry;
	kept->who.name = gm_strdup(entry->who.name);
	kept->who.mail = gm_strdup(entry->who.mail);
	kept->message = gm_strdup(entry->message);
	return kept->who.name && kept->who.mail && kept->message ? 0 : GM_ENOMEM;
}

static int copy_log(const struct copying *copying, const char *name)
{
	struct entries entries = {.n = 0};
	int rc = gm_ref_log_each(
		gm_repo_refs(copying->repo), name, keep_entry, &entries);

	for (size_t i = entries.n; rc == 0 && i-- > 0;)
		rc = gm_reflog_append(copying->target, name, &entries.items[i].old_oid,
			&entries.items[i].new_oid, &entries.items[i].who,
			entries.items[i].message);
	for (size_t i = 0; i < entries.n; i++) {
		gm_signature_dispose(&entries.items[i].who);
		gm_free((char *)(uintptr_t)entries.items[i].message);
	}
	gm_free(entries.items);
	return rc;
}

static int copy_ref(const char *name, const struct gm_ref_value *value, void *payload)
{
	const struct copying *copying = payload;
	gm_autofree char *path = gm_path_join(copying->target, name);
	gm_autofree char *folder = path ? gm_path_dir(path) : NULL;
	char hex[GM_OID_HEX];
	int rc = folder ? gm_mkdirs(folder) : GM_ENOMEM;

	gm_oid_format(hex, &value->oid);
	gm_autofree char *text = gm_format("%s%s\n", value->target ? "ref: " : "",
		value->target ? value->target : hex);
	if (rc == 0)
		rc = text ? gm_file_write(path, text, strlen(text)) : GM_ENOMEM;
	return rc < 0 ? rc : copy_log(copying, name);
}

static int copy_objects(struct copying *copying, struct gm_store *from, struct gm_store *to)
{
	copying->from = from;
	copying->to = to;
	int rc = gm_batch_begin(&copying->batch, to);
	return rc < 0 ? rc : gm_store_each(from, copy_object, copying);
}

static int copy_to(struct copying *copying, struct gm_store *git)
{
	struct gm_store *own = gm_repo_store(copying->repo);
	int rc = copy_objects(copying, own, git);

	if (rc == 0)
		rc = gm_batch_commit(copying->batch);
	return rc < 0 ? rc : gm_store_refs_each(own, "", copy_ref, copying);
}

static int bring_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	const struct copying *copying = payload;
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_ref_change change = {.name = name};
	struct gm_ref_value now = {.target = NULL};
	int rc = gm_ref_read_symbolic(&target, copying->refs, name);

	if (rc == 0)
		change.target = gm_buf_str(&target);
	else
		change.new_oid = *oid;
	rc = gm_store_ref_read(&now, gm_repo_store(copying->repo), name);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == 0 && !now.target != !change.target)
		return gm_batch_ref_update(copying->batch, &change);
	if (rc == 0 &&
		(now.target ? !strcmp(now.target, change.target)
			    : gm_oid_equal(&now.oid, &change.new_oid)))
		return 0;
	change.old_oid = now.target || rc == GM_ENOTFOUND ? gm_oid_zero : now.oid;
	return gm_batch_ref_update(copying->batch, &change);
}

static int drop_ref(const char *name, const struct gm_ref_value *value, void *payload)
{
	const struct copying *copying = payload;
	const struct gm_ref_change change = {.name = name, .old_oid = value->oid};
	gm_autobuf last = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, &last, copying->refs, name);

	/* A symbolic one that leads nowhere is there. */
	if (rc != GM_ENOTFOUND || strcmp(gm_buf_str(&last), name) != 0)
		return 0;
	return gm_batch_ref_update(copying->batch, &change);
}

static int bring_head(struct copying *copying)
{
	struct gm_oid oid = gm_oid_zero;
	int rc = gm_ref_read(&oid, NULL, copying->refs, "HEAD");

	return rc < 0 && rc != GM_ENOTFOUND ? rc : bring_ref("HEAD", &oid, copying);
}

static int copy_from(struct copying *copying, struct gm_store *git)
{
	struct gm_store *own = gm_repo_store(copying->repo);
	int rc = copy_objects(copying, git, own);

	if (rc == 0)
		rc = gm_store_refs_each(own, "refs/", drop_ref, copying);
	if (rc == 0)
		rc = bring_head(copying);
	if (rc == 0)
		rc = gm_refs_each(copying->refs, "refs/", bring_ref, copying);
	return rc < 0 ? rc : gm_batch_commit(copying->batch);
}

static int run(bool to, const char *gitdir, const char *target)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_cleanup(gm_store_free_p) struct gm_store *git = NULL;
	gm_cleanup(gm_refs_free_p) struct gm_refs *refs = NULL;
	gm_autofree char *objects = gm_path_join(target, "objects");
	int rc = objects ? gm_repo_open(&repo, gitdir) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_refs_open(&refs, target);
	if (rc == 0)
		rc = gm_store_open(&git, objects);
	if (rc < 0)
		return rc;
	struct copying copying = {.repo = repo, .refs = refs, .target = target};
	rc = to ? copy_to(&copying, git) : copy_from(&copying, git);
	gm_batch_free(copying.batch);
	return rc;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: git-copy to|from GITDIR COPY\n");
		return EXIT_FAILURE;
	}
	if (run(!strcmp(argv[1], "to"), argv[2], argv[3]) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "git-copy: %s\n", gm_error_last()->message);
	return EXIT_FAILURE;
}
