#include "sync/refdb_backend.h"

#include <fnmatch.h>
#include <git2/sys/refs.h>
#include <string.h>

#include "dag/commit.h"
#include "sync/libgit2.h"

struct backend {
	git_refdb_backend parent;
	struct gm_repo *repo;
};

struct ref {
	char *name;
	struct gm_oid oid;
};

struct iterator {
	git_reference_iterator parent;
	struct backend *backend;
	const char *glob; /* while refs are collected; NULL: all of them */
	struct ref *refs;
	size_t n;
	size_t cap;
	size_t at;
};

static int new_reference(git_reference **out, const char *name, const struct gm_oid *oid)
{
	git_oid id;

	memcpy(id.id, oid->bytes, GM_OID_SIZE);
	*out = git_reference__alloc(name, &id, NULL);
	if (*out)
		return 0;
	(void)gm_error(GM_ENOMEM, "out of memory");
	return gm_libgit2_callback_failed();
}

static int lookup(git_reference **out, git_refdb_backend *parent, const char *name)
{
	struct backend *backend = (struct backend *)parent;
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, NULL, gm_repo_refs(backend->repo), name);

	if (rc == GM_ENOTFOUND)
		return GIT_ENOTFOUND;
	return rc < 0 ? gm_libgit2_callback_failed() : new_reference(out, name, &oid);
}

static int exists(int *out, git_refdb_backend *parent, const char *name)
{
	struct backend *backend = (struct backend *)parent;
	struct gm_oid oid;
	int rc = gm_ref_read(&oid, NULL, gm_repo_refs(backend->repo), name);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return gm_libgit2_callback_failed();
	*out = rc == 0;
	return 0;
}

/* Anything else, a stage's tree say, is nothing that a history could be told by. */
static int leads_to_commit(const struct gm_oid *oid, struct gm_store *store)
{
	struct gm_oid peeled;
	enum gm_object_type type;
	int rc = gm_object_peel(&peeled, &type, store, oid);

	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH)
		return 0;
	return rc < 0 ? rc : type == GM_OBJECT_COMMIT;
}

static int collect(const char *name, const struct gm_oid *oid, void *payload)
{
	struct iterator *iterator = payload;

	if (iterator->glob && fnmatch(iterator->glob, name, 0) != 0)
		return 0;
	int rc = leads_to_commit(oid, gm_repo_store(iterator->backend->repo));
	if (rc <= 0)
		return rc;
	rc = gm_grow(&iterator->refs, &iterator->cap, iterator->n + 1,
		sizeof(*iterator->refs));
	if (rc < 0)
		return rc;
	char *copy = gm_strdup(name);
	if (!copy)
		return GM_ENOMEM;
	iterator->refs[iterator->n++] = (struct ref){copy, *oid};
	return 0;
}

static int next(git_reference **out, git_reference_iterator *parent)
{
	struct iterator *iterator = (struct iterator *)parent;

	if (iterator->at == iterator->n)
		return GIT_ITEROVER;
	const struct ref *ref = &iterator->refs[iterator->at++];
	return new_reference(out, ref->name, &ref->oid);
}

static int next_name(const char **out, git_reference_iterator *parent)
{
	struct iterator *iterator = (struct iterator *)parent;

	if (iterator->at == iterator->n)
		return GIT_ITEROVER;
	*out = iterator->refs[iterator->at++].name;
	return 0;
}

static void free_iterator(git_reference_iterator *parent)
{
	struct iterator *iterator = (struct iterator *)parent;

	for (size_t i = 0; i < iterator->n; i++)
		gm_free(iterator->refs[i].name);
	gm_free(iterator->refs);
	gm_free(iterator);
}

static int iterate(
	git_reference_iterator **out, git_refdb_backend *parent, const char *glob)
{
	struct iterator *iterator = gm_calloc(1, sizeof(*iterator));

	if (!iterator)
		return gm_libgit2_callback_failed();
	iterator->backend = (struct backend *)parent;
	iterator->glob = glob;
	int rc = gm_refs_each(
		gm_repo_refs(iterator->backend->repo), "refs/", collect, iterator);
	iterator->glob = NULL;
	if (rc < 0) {
		free_iterator(&iterator->parent);
		return gm_libgit2_callback_failed();
	}
	iterator->parent.next = next;
	iterator->parent.next_name = next_name;
	iterator->parent.free = free_iterator;
	*out = &iterator->parent;
	return 0;
}

static int refuse(void)
{
	(void)gm_error(GM_ERROR, "libgit2 is not to change refs");
	return gm_libgit2_callback_failed();
}

static int write_ref(git_refdb_backend *parent, const git_reference *ref, int force,
	const git_signature *who, const char *message, const git_oid *old,
	const char *old_target)
{
	(void)parent;
	(void)ref;
	(void)force;
	(void)who;
	(void)message;
	(void)old;
	(void)old_target;
	return refuse();
}

static int rename_ref(git_reference **out, git_refdb_backend *parent, const char *from,
	const char *to, int force, const git_signature *who, const char *message)
{
	(void)out;
	(void)parent;
	(void)from;
	(void)to;
	(void)force;
	(void)who;
	(void)message;
	return refuse();
}

static int remove_ref(git_refdb_backend *parent, const char *name, const git_oid *old_id,
	const char *old_target)
{
	(void)parent;
	(void)name;
	(void)old_id;
	(void)old_target;
	return refuse();
}

static int has_log(git_refdb_backend *parent, const char *name)
{
	(void)parent;
	(void)name;
	return 0;
}

static int refuse_log(git_refdb_backend *parent, const char *name)
{
	(void)parent;
	(void)name;
	return refuse();
}

static int read_log(git_reflog **out, git_refdb_backend *parent, const char *name)
{
	(void)out;
	return refuse_log(parent, name);
}

static int write_log(git_refdb_backend *parent, git_reflog *log)
{
	(void)log;
	return refuse_log(parent, NULL);
}

static int rename_log(git_refdb_backend *parent, const char *from, const char *to)
{
	(void)from;
	return refuse_log(parent, to);
}

static void free_backend(git_refdb_backend *parent)
{
	gm_free(parent);
}

int gm_refdb_backend_new(git_refdb_backend **out, struct gm_repo *repo)
{
	struct backend *backend = gm_calloc(1, sizeof(*backend));

	if (!backend)
		return GM_ENOMEM;
	backend->repo = repo;
	backend->parent = (git_refdb_backend){.version = GIT_REFDB_BACKEND_VERSION,
		.exists = exists,
		.lookup = lookup,
		.iterator = iterate,
		.write = write_ref,
		.rename = rename_ref,
		.del = remove_ref,
		.has_log = has_log,
		.ensure_log = refuse_log,
		.free = free_backend,
		.reflog_read = read_log,
		.reflog_write = write_log,
		.reflog_rename = rename_log,
		.reflog_delete = refuse_log};
	*out = &backend->parent;
	return 0;
}
