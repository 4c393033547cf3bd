#include "dag/short_id.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dag/revision.h"

#define MIN_DIGITS 4
#define MIN_ABBREV 7

/* How many objects of an ambiguous id the message names. */
#define MAX_NAMED 8

struct candidate {
	struct gm_oid oid;
	enum gm_object_type type; /* GM_OBJECT_NONE when it cannot be read */
};

struct candidates {
	struct candidate *items;
	size_t n;
	size_t cap;
};

static void dispose_candidates(struct candidates *candidates)
{
	gm_free(candidates->items);
}

static int add_candidate(const struct gm_oid *oid, void *payload)
{
	struct candidates *candidates = payload;
	int rc = gm_grow(&candidates->items, &candidates->cap, candidates->n + 1,
		sizeof(*candidates->items));

	if (rc == 0)
		candidates->items[candidates->n++] = (struct candidate){.oid = *oid};
	return rc;
}

/* What is damaged is passed over; what made us stop is not. */
static int stops(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
}

/* 1 when the place asks for an object like this one, else 0. */
static int fits(const struct candidate *candidate, struct gm_store *store,
	enum gm_revision_hint hint)
{
	enum gm_object_type type = candidate->type;
	struct gm_oid peeled;

	if (hint == GM_HINT_ANY)
		return 1;
	if (type == GM_OBJECT_TAG) {
		int rc = gm_object_peel(&peeled, &type, store, &candidate->oid);
		if (rc < 0)
			return stops(rc);
	}
	return type == GM_OBJECT_COMMIT ||
		(type == GM_OBJECT_TREE && hint == GM_HINT_TREEISH);
}

/* Damaged objects stay, without a type: they have the id, too. */
static int find_types(struct candidates *candidates, struct gm_store *store)
{
	size_t size;

	for (size_t i = 0; i < candidates->n; i++) {
		struct candidate *candidate = &candidates->items[i];
		int rc = gm_store_read_header(
			&candidate->type, &size, store, &candidate->oid);
		if (rc < 0)
			candidate->type = GM_OBJECT_NONE;
		if (stops(rc))
			return rc;
	}
	return 0;
}

/* Tags, commits, trees, blobs. */
static int type_rank(enum gm_object_type type)
{
	return type == GM_OBJECT_TAG ? GM_OBJECT_NONE : (int)type;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a;
	const struct candidate *right = b;
	int order = type_rank(left->type) - type_rank(right->type);

	return order ? order : gm_oid_compare(&left->oid, &right->oid);
}

static int report_ambiguous(
	struct candidates *candidates, struct gm_store *store, const char *text)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_PATH);

	qsort(candidates->items, candidates->n, sizeof(*candidates->items),
		compare_candidates);
	for (size_t i = 0; i < candidates->n && i < MAX_NAMED; i++) {
		const struct candidate *candidate = &candidates->items[i];
		int rc = gm_buf_puts(&list, i ? ", " : "");
		if (rc == 0)
			rc = gm_abbreviate(&list, store, &candidate->oid);
		if (rc == 0)
			rc = gm_buf_printf(&list, " %s",
				candidate->type ? gm_object_type_name(candidate->type)
						: "unreadable");
		if (rc < 0)
			return rc;
	}
	return gm_error(GM_EAMBIGUOUS, "short id '%s' is ambiguous: %s%s", text,
		gm_buf_str(&list), candidates->n > MAX_NAMED ? ", ..." : "");
}

/* Name only those that fit. */
static int report_fitting(struct candidates *candidates, struct gm_store *store,
	const char *text, enum gm_revision_hint hint)
{
	size_t n = 0;

	for (size_t i = 0; i < candidates->n; i++) {
		int rc = fits(&candidates->items[i], store, hint);
		if (rc < 0)
			return rc;
		if (rc)
			candidates->items[n++] = candidates->items[i];
	}
	candidates->n = n;
	return report_ambiguous(candidates, store, text);
}

/* Of several objects, the one that the hint singles out. */
static int choose(struct gm_oid *out, struct candidates *candidates,
	struct gm_store *store, const char *text, enum gm_revision_hint hint)
{
	size_t chosen = 0;
	size_t n_fit = 0;
	int rc = find_types(candidates, store);

	for (size_t i = 0; rc >= 0 && i < candidates->n; i++) {
		rc = fits(&candidates->items[i], store, hint);
		chosen = rc > 0 ? i : chosen;
		n_fit += rc > 0;
	}
	if (rc < 0)
		return rc;
	if (n_fit > 1)
		return report_fitting(candidates, store, text, hint);
	if (!n_fit)
		return report_ambiguous(candidates, store, text);
	*out = candidates->items[chosen].oid;
	return 0;
}

/* The digits in lower case; false when `text` is no short id. */
static bool parse_short_id(char out[GM_OID_HEX], const char *text)
{
	size_t size = strlen(text);

	if (size < MIN_DIGITS || size >= GM_OID_HEX)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[size] = '\0';
	return true;
}

const char *gm_short_id_described(const char *text)
{
	const char *at = text + strlen(text);

	while (at > text && isxdigit((unsigned char)at[-1]))
		at--;
	return at - text > 2 && at[-1] == 'g' && at[-2] == '-' ? at : NULL;
}

static bool is_sha256(const char *text)
{
	return !strncmp(text, GM_SHA256_PREFIX, strlen(GM_SHA256_PREFIX));
}

static int find_by_sha256(
	struct candidates *candidates, struct gm_store *store, const char *text)
{
	const char *hex = text + strlen(GM_SHA256_PREFIX);
	size_t size = strlen(hex);

	if (size < MIN_DIGITS)
		return gm_error(GM_ENOTFOUND, "'%s' is no short id", text);
	return gm_store_find_sha256(store, hex, size, add_candidate, candidates);
}

static int find_by_id(
	struct candidates *candidates, struct gm_store *store, const char *text)
{
	char hex[GM_OID_HEX];

	if (!parse_short_id(hex, text))
		return gm_error(GM_ENOTFOUND, "'%s' is no short id", text);
	return gm_store_each_prefix(store, hex, strlen(hex), add_candidate, candidates);
}

int gm_short_id_resolve(struct gm_oid *out, struct gm_store *store, const char *text,
	enum gm_revision_hint hint)
{
	gm_cleanup(dispose_candidates) struct candidates candidates = {.items = NULL};
	int rc = is_sha256(text) ? find_by_sha256(&candidates, store, text)
				 : find_by_id(&candidates, store, text);

	if (rc < 0)
		return rc;
	if (!candidates.n)
		return gm_error(GM_ENOTFOUND, "no object has the id '%s'", text);
	if (candidates.n > 1)
		return choose(out, &candidates, store, text, hint);
	*out = candidates.items[0].oid;
	return 0;
}

int gm_abbreviate(struct gm_buf *out, struct gm_store *store, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];
	size_t size = 0;
	int rc = gm_store_abbreviate(&size, store, oid, MIN_ABBREV);

	gm_oid_format(hex, oid);
	return rc < 0 ? rc : gm_buf_put(out, hex, size);
}
