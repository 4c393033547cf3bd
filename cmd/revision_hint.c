#include "cmd/revision_hint.h"

#include <string.h>

#include "base/time.h"
#include "cmd/memory.h"

/* Names of more bytes than this are not compared. */
#define NAME_MAX_SIZE 100

/* The name that is most like `text` so far. */
struct likeness {
	const char *text;
	size_t distance;
	struct gm_buf name;
};

static void dispose_likeness(struct likeness *likeness)
{
	gm_buf_dispose(&likeness->name);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many bytes must be put in, taken out, replaced or swapped (Damerau and Levenshtein). */
static size_t distance_between(const char *a, size_t a_size, const char *b, size_t b_size)
{
	size_t rows[3][NAME_MAX_SIZE + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_size; j++)
		last[j] = j;
	for (size_t i = 0; i < a_size; i++) {
		row[0] = i + 1;
		for (size_t j = 0; j < b_size; j++) {
			size_t best = last[j] + (a[i] != b[j]);
			if (i && j && a[i - 1] == b[j] && a[i] == b[j - 1])
				best = smaller(best, before[j - 1] + 1);
			row[j + 1] = smaller(best, smaller(last[j + 1], row[j]) + 1);
		}
		size_t *next = before;
		before = last;
		last = row;
		row = next;
	}
	return last[b_size];
}

static int compare_name(const char *ref, const struct gm_oid *oid, void *payload)
{
	struct likeness *likeness = payload;
	const char *name = strchr(ref + strlen("refs/"), '/');
	size_t size = strlen(likeness->text);

	(void)oid;
	if (!name || strlen(++name) > NAME_MAX_SIZE || size > NAME_MAX_SIZE)
		return 0;
	size_t distance = distance_between(likeness->text, size, name, strlen(name));
	if (distance >= likeness->distance)
		return 0;
	likeness->distance = distance;
	gm_buf_reset(&likeness->name);
	return gm_buf_puts(&likeness->name, name);
}

/* A third of a name may be wrong, but not all of a short one. */
static int find_like(struct likeness *likeness, struct gm_refs *refs)
{
	static const char *const prefixes[] = {
		"refs/heads/", "refs/tags/", "refs/remotes/"};
	int rc = 0;

	likeness->distance = 1 + strlen(likeness->text) / 3;
	for (size_t i = 0; rc == 0 && i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		rc = gm_refs_each(refs, prefixes[i], compare_name, likeness);
	return rc;
}

/* 1 when the head has a memory of this name. */
static int is_memory(struct gm_call *call, const char *text)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head(&head, call);

	if (rc < 0)
		return 0;
	view.tree = head.tree;
	return gm_memory_find(&memory, &view, text) == 0;
}

/* What may be an object's name is no date without a year. */
static bool is_time(const char *text)
{
	gm_time time;

	return text[strspn(text, "0123456789abcdef")] &&
		gm_time_parse_approxidate(&time, text, gm_time_now()) == 0;
}

void gm_hint_unknown(struct gm_call *call, const char *name)
{
	const struct gm_error kept = *gm_error_last();
	gm_autofree char *text = gm_strdup(name); /* may be that of the error */
	gm_cleanup(dispose_likeness) struct likeness likeness = {
		.text = text ? text : "", .name = GM_BUF_INIT(GM_BUF_PATH)};
	bool memory = text && is_memory(call, text);

	bool time = text && !memory && is_time(text);

	/* Advice that cannot be had is none. */
	if (text && !memory)
		(void)find_like(&likeness, gm_repo_refs(call->repo));
	(void)gm_error(kept.code, "%s", kept.message);
	if (memory)
		gm_error_hint(
			"'%s' is a memory; as of a revision it is 'REV:%s'", text, text);
	else if (likeness.name.size && !likeness.distance)
		gm_error_hint("'%s' is a revision: these come before memories", text);
	else if (likeness.name.size)
		gm_error_hint("did you mean '%s'?", gm_buf_str(&likeness.name));
	else if (time)
		gm_error_hint("'@{%s}' is the branch as it was then", text);
}

bool gm_is_only_revision(const char *text)
{
	return strstr(text, "@{") || strstr(text, "..") || strpbrk(text, "^~") ||
		!strncmp(text, ":/", 2) || !strcmp(text, "HEAD") || !strcmp(text, "@");
}
