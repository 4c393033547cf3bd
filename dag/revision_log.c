#include "dag/revision_log.h"

#include <string.h>

#include "base/time.h"

/* Digits from here on are seconds since 1970, as git has it. */
#define FIRST_SECOND 100000000

struct search {
	bool by_time;
	uint64_t moves;  /* still to go back */
	int64_t seconds; /* the time wanted */
	size_t n;        /* entries seen */
	bool found;
	struct gm_oid oid; /* what was found; until then where the log begins */
};

static bool parse_digits(uint64_t *out, const char *text)
{
	uint64_t number = 0;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 12)
		return false;
	for (; *text; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	*out = number;
	return true;
}

static int parse_selector(struct search *out, const char *selector)
{
	uint64_t number;
	gm_time time;

	if (parse_digits(&number, selector)) {
		out->by_time = number >= FIRST_SECOND;
		out->moves = number;
		out->seconds = (int64_t)number;
		return 0;
	}
	int rc = gm_time_parse_approxidate(&time, selector, gm_time_now());
	if (rc < 0)
		return rc;
	out->by_time = true;
	out->seconds = time / GM_TIME_SECOND;
	return 0;
}

static bool find_by_time(struct search *search, const struct gm_reflog_entry *entry)
{
	if (entry->who.time / GM_TIME_SECOND > search->seconds)
		return false;
	search->oid = entry->new_oid;
	return true;
}

/* A move that made the ref has nothing before it. */
static bool find_by_number(struct search *search, const struct gm_reflog_entry *entry)
{
	if (!search->moves && search->n == 1) {
		search->oid = entry->new_oid;
		return true;
	}
	if (search->moves)
		search->moves--;
	if (search->moves || gm_oid_is_zero(&entry->old_oid))
		return false;
	search->oid = entry->old_oid;
	return true;
}

static int search_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct search *search = payload;

	search->n++;
	search->found = search->by_time ? find_by_time(search, entry)
					: find_by_number(search, entry);
	if (!search->found)
		search->oid =
			gm_oid_is_zero(&entry->old_oid) ? entry->new_oid : entry->old_oid;
	return search->found;
}

int gm_revision_log_find(
	struct gm_oid *out, struct gm_refs *refs, const char *ref, const char *selector)
{
	struct search search = {.n = 0};
	int rc = parse_selector(&search, selector);

	if (rc == 0)
		rc = gm_ref_log_each(refs, ref, search_entry, &search);
	if (rc < 0)
		return rc;
	if (!search.n)
		return 0;
	if (!search.found && !search.by_time)
		return gm_error(GM_ENOTFOUND, "the log of '%s' has only %zu entries", ref,
			search.n);
	*out = search.oid;
	return 1;
}

struct switches {
	struct gm_buf *out;
	size_t n; /* still to go back */
	bool found;
};

static int search_switch(const struct gm_reflog_entry *entry, void *payload)
{
	static const char moving[] = "checkout: moving from ";
	struct switches *switches = payload;

	if (strncmp(entry->message, moving, sizeof(moving) - 1) != 0)
		return 0;
	const char *from = entry->message + sizeof(moving) - 1;
	const char *to = strstr(from, " to ");
	if (!to || --switches->n)
		return 0;
	int rc = gm_buf_put(switches->out, from, (size_t)(to - from));
	if (rc < 0)
		return rc;
	switches->found = true;
	return 1;
}

int gm_revision_log_previous(struct gm_buf *out, struct gm_refs *refs, size_t n)
{
	struct switches switches = {.out = out, .n = n};
	int rc = gm_ref_log_each(refs, "HEAD", search_switch, &switches);

	if (rc < 0)
		return rc;
	if (!switches.found)
		return gm_error(GM_ENOTFOUND,
			"there were fewer than %zu switches of branches", n);
	return 0;
}
