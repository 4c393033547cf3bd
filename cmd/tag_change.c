#include "cmd/tag_change.h"

#include <string.h>

#include "base/interrupt.h"
#include "base/utf8.h"

static int ref_of(char **out, const char *name)
{
	gm_autofree char *ref = gm_format("refs/tags/%s", name);

	if (!ref)
		return GM_ENOMEM;
	if (*name == '-' || !strcmp(name, "HEAD") || gm_ref_check_name(ref) < 0)
		return gm_error(GM_EINVALID, "'%s' is not a valid tag name", name);
	*out = gm_steal(&ref);
	return 0;
}

/* What the tag is at now; zero when there is none. One that is broken gives way. */
static int read_tag(struct gm_oid *out, struct gm_call *call, const char *ref)
{
	int rc = gm_ref_read(out, NULL, gm_repo_refs(call->repo), ref);

	if (rc == 0 || (rc != GM_ENOTFOUND && rc != GM_EMISMATCH))
		return rc;
	*out = gm_oid_zero;
	return 0;
}

static int put_object(struct gm_buf *out, struct gm_call *call,
	const struct gm_tag_request *request, const struct gm_oid *target)
{
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature tagger = GM_SIGNATURE_INIT;
	enum gm_object_type type;
	size_t size;
	char hex[GM_OID_HEX];
	int rc = gm_store_read_header(&type, &size, gm_repo_store(call->repo), target);

	gm_oid_format(hex, target);
	if (rc == 0)
		rc = gm_call_signatures(&author, &tagger, call);
	if (rc == 0)
		rc = gm_buf_printf(out, "object %s\ntype %s\ntag %s\ntagger ", hex,
			gm_object_type_name(type), request->name);
	if (rc == 0)
		rc = gm_signature_format(out, &tagger);
	return rc < 0 ? rc : gm_buf_printf(out, "\n\n%s", request->message);
}

/* Write the tag object, if there is to be one, and give its id, else the target's. */
static int write_object(struct gm_oid *out, struct gm_batch *batch, struct gm_call *call,
	const struct gm_tag_request *request, const struct gm_oid *target)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	*out = *target;
	if (!request->message)
		return 0;
	if (!gm_utf8_valid(request->message, strlen(request->message)))
		return gm_error(GM_EINVALID, "the message is not valid UTF-8");
	int rc = put_object(&bytes, call, request, target);
	return rc < 0 ? rc
		      : gm_batch_write(out, batch, GM_OBJECT_TAG, bytes.ptr, bytes.size);
}

static int refuse(const char *name)
{
	int rc = gm_error(GM_EEXISTS, "a tag named '%s' exists already", name);

	gm_error_hint("'gitmem tag -f' moves it");
	return rc;
}

static int make(struct gm_call *call, struct gm_lock *lock, const char *ref,
	const struct gm_tag_request *request, struct gm_oid *old_out)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	struct gm_ref_update update = {.name = ref};
	struct gm_oid target;
	int rc = read_tag(&update.old_oid, call, ref);

	if (rc == 0 && !gm_oid_is_zero(&update.old_oid) && !request->force)
		rc = refuse(request->name);
	if (rc == 0)
		rc = gm_revision_parse(&target, call->repo,
			request->revision ? request->revision : "HEAD", call->branch);
	if (rc == 0)
		rc = gm_batch_begin(&batch, gm_repo_store(call->repo));
	if (rc == 0)
		rc = write_object(&update.new_oid, batch, call, request, &target);
	if (rc == 0)
		rc = gm_ref_update_with(gm_repo_refs(call->repo), lock, batch, &update);
	if (rc < 0)
		return rc;
	*old_out = gm_oid_equal(&update.old_oid, &update.new_oid) ? gm_oid_zero
								  : update.old_oid;
	return 0;
}

/* "Deleted tag 'v1' (was 1a2b3c4)", as git says it. */
static int tell(struct gm_call *call, const char *what, const char *name,
	const struct gm_oid *was)
{
	gm_autobuf id = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_abbreviate(&id, gm_repo_store(call->repo), was);

	if (rc == 0)
		gm_talk(call, "%s tag '%s' (was %s)", what, name, gm_buf_str(&id));
	return rc;
}

int gm_tag_create(struct gm_call *call, const struct gm_tag_request *request)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autofree char *ref = NULL;
	struct gm_oid was;
	int rc = ref_of(&ref, request->name);

	if (rc == 0)
		rc = gm_call_lock(&lock, call);
	if (rc == 0)
		rc = make(call, lock, ref, request, &was);
	if (rc < 0)
		return rc;
	gm_interrupt_ignore();
	return gm_oid_is_zero(&was) ? 0 : tell(call, "Updated", request->name, &was);
}

static int find_tag(
	char **ref_out, struct gm_oid *oid_out, struct gm_call *call, const char *name)
{
	gm_autofree char *ref = NULL;
	int rc = ref_of(&ref, name);

	if (rc == 0)
		rc = gm_ref_read(oid_out, NULL, gm_repo_refs(call->repo), ref);
	if (rc == GM_ENOTFOUND || rc == GM_EINVALID)
		return gm_error(GM_ENOTFOUND, "tag '%s' does not exist", name);
	if (rc == 0)
		*ref_out = gm_steal(&ref);
	return rc;
}

static int delete_one(struct gm_call *call, struct gm_lock *lock, const char *name)
{
	gm_autofree char *ref = NULL;
	struct gm_ref_update update = {.name = NULL};
	int rc = find_tag(&ref, &update.old_oid, call, name);

	if (rc < 0)
		return rc;
	update.name = ref;
	rc = gm_ref_update(gm_repo_refs(call->repo), lock, &update);
	return rc < 0 ? rc : tell(call, "Deleted", name, &update.old_oid);
}

int gm_tags_delete(struct gm_call *call, const char *const *names, size_t n)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	int rc = gm_call_lock(&lock, call);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		gm_autofree char *ref = NULL;
		struct gm_oid oid;
		rc = find_tag(&ref, &oid, call, names[i]);
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = delete_one(call, lock, names[i]);
	return rc;
}
