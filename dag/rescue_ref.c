#include "dag/rescue_ref.h"

#include <stdio.h>
#include <string.h>

#include "base/strv.h"

#define OURS GM_RESCUE_REFS "ours/"
#define THEIRS GM_RESCUE_REFS "theirs/"

/* "20260102T030405Z" */
#define TIME_SIZE ((size_t)16)

/* What stands for a remote that was only named by its URL. */
#define UNNAMED "@"

/* A branch by its short name, also one in a project's remote; anything else without "refs/". */
static const char *short_name(const char *ref)
{
	static const char *const prefixes[] = {
		"refs/heads/", "refs/gitmem/heads/", "refs/"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(ref, prefixes[i], strlen(prefixes[i])))
			return ref + strlen(prefixes[i]);
	return ref;
}

static int put_place(struct gm_buf *out, const struct gm_rescue *rescue)
{
	const char *name = short_name(rescue->ref);

	if (!rescue->remote)
		return gm_buf_printf(out, OURS "%s/", name);
	return gm_buf_printf(
		out, THEIRS "%s/%s/", *rescue->remote ? rescue->remote : UNNAMED, name);
}

static int put_name(struct gm_buf *out, const struct gm_rescue *rescue, size_t id_size)
{
	struct gm_date date;
	char hex[GM_OID_HEX];
	int rc = put_place(out, rescue);

	gm_time_date(&date, rescue->time);
	gm_oid_format(hex, &rescue->oid);
	return rc < 0 ? rc
		      : gm_buf_printf(out, "%04d%02d%02dT%02d%02d%02dZ-%.*s", date.year,
				date.month, date.day, date.hour, date.minute, date.second,
				(int)id_size, hex);
}

/* As above; GM_EEXISTS when something else has the name. */
static int try_name(struct gm_buf *out, struct gm_refs *refs,
	const struct gm_rescue *rescue, size_t id_size)
{
	struct gm_oid there;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = put_name(&name, rescue, id_size);

	if (rc == 0)
		rc = gm_ref_check_name(gm_buf_str(&name));
	if (rc < 0)
		return rc;
	rc = gm_ref_read(&there, NULL, refs, gm_buf_str(&name));
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	const bool is_there = rc == 0;
	if (is_there && !gm_oid_equal(&there, &rescue->oid))
		return gm_error(GM_EEXISTS, "'%s' keeps something else already",
			gm_buf_str(&name));
	rc = gm_buf_puts(out, gm_buf_str(&name));
	return rc < 0 ? rc : is_there;
}

int gm_rescue_ref_name(
	struct gm_buf *out, struct gm_refs *refs, const struct gm_rescue *rescue)
{
	/* Short ids are for people; two that begin alike can be made on purpose. */
	int rc = try_name(out, refs, rescue, 12);

	return rc == GM_EEXISTS ? try_name(out, refs, rescue, GM_OID_HEX - 1) : rc;
}

int gm_rescue_ref_keep(struct gm_buf *ref_out, struct gm_refs *refs, struct gm_lock *lock,
	const struct gm_rescue *rescue)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_rescue_ref_name(&name, refs, rescue);

	if (rc == 0) {
		const struct gm_ref_update update = {
			.name = gm_buf_str(&name), .new_oid = rescue->oid};
		rc = gm_ref_update(refs, lock, &update);
	}
	return rc < 0 ? rc : gm_buf_puts(ref_out, gm_buf_str(&name));
}

/* The update that makes the ref `name`: 0; 1 when it is there. */
static int plan_keeping(struct gm_ref_update *out, struct gm_buf *name,
	struct gm_refs *refs, const struct gm_rescue *rescue)
{
	int rc = gm_rescue_ref_name(name, refs, rescue);

	*out = (struct gm_ref_update){.name = gm_buf_str(name), .new_oid = rescue->oid};
	return rc;
}

int gm_rescue_refs_keep(struct gm_buf *ours_out, struct gm_buf *theirs_out,
	struct gm_refs *refs, struct gm_lock *lock, const struct gm_rescue *ours,
	const struct gm_rescue *theirs)
{
	gm_autobuf our_name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf their_name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_ref_update updates[2];
	size_t n = 0;
	int rc = plan_keeping(&updates[n], &our_name, refs, ours);

	n += rc == 0;
	if (rc >= 0)
		rc = plan_keeping(&updates[n], &their_name, refs, theirs);
	n += rc == 0;
	if (rc >= 0)
		rc = gm_ref_update_all(refs, lock, updates, n, NULL);
	if (rc == 0)
		rc = gm_buf_puts(ours_out, gm_buf_str(&our_name));
	return rc < 0 ? rc : gm_buf_puts(theirs_out, gm_buf_str(&their_name));
}

/* When a ref began to keep what it does; GM_TIME_NONE for those that do not age. */
static gm_time time_of(const char *name)
{
	const char *last = strrchr(name, '/') + 1;
	char text[GM_TIME_TEXT];
	gm_time time;

	if (strncmp(name, OURS, strlen(OURS)) != 0 &&
		strncmp(name, THEIRS, strlen(THEIRS)) != 0)
		return GM_TIME_NONE;
	if (strspn(last, "0123456789TZ") != TIME_SIZE || last[TIME_SIZE] != '-')
		return GM_TIME_NONE;
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2s%.1s%.2s:%.2s:%.2s%.1s", last,
		last + 4, last + 6, last + 8, last + 9, last + 11, last + 13, last + 15);
	return gm_time_parse(&time, text) == 0 ? time : GM_TIME_NONE;
}

struct search {
	gm_time before;
	struct gm_strv names;
	struct gm_ref_update *updates;
	size_t cap;
};

static void search_dispose(struct search *search)
{
	gm_strv_dispose(&search->names);
	gm_free(search->updates);
}

static int find_old(const char *name, const struct gm_oid *oid, void *payload)
{
	struct search *search = payload;
	const gm_time time = time_of(name);
	const size_t n = search->names.n;

	if (time == GM_TIME_NONE || time >= search->before)
		return 0;
	int rc = gm_grow(&search->updates, &search->cap, n + 1, sizeof(*search->updates));
	if (rc == 0)
		rc = gm_strv_add(&search->names, name);
	if (rc == 0)
		search->updates[n] = (struct gm_ref_update){
			.name = search->names.items[n], .old_oid = *oid};
	return rc;
}

int gm_rescue_refs_expire(
	size_t *n_out, struct gm_refs *refs, struct gm_lock *lock, gm_time before)
{
	gm_cleanup(search_dispose) struct search search = {.before = before};
	int rc = gm_refs_each(refs, GM_RESCUE_REFS, find_old, &search);

	if (rc == 0 && lock)
		rc = gm_ref_update_all(refs, lock, search.updates, search.names.n, NULL);
	if (rc == 0)
		*n_out = search.names.n;
	return rc;
}
