#include "sync/push_report.h"

#include <stdlib.h>
#include <string.h>

#include "sync/push_plan.h"

/* What remotes say when a ref has moved since they told us of it. */
static const char *const moved_reasons[] = {
	"cannot lock ref",
	"failed to lock",
	"failed to update ref",
	"fetch first",
	"incorrect old value",
	"non-fast-forward",
	"reference already exists",
	"stale info",
};

/* A report in the making. */
struct report {
	struct gm_pushed_ref **refs; /* those that were sent, by their names */
	bool *is_told;               /* of each of these */
	size_t n;
	char *unpack; /* why nothing could be unpacked; NULL: it was */
};

static void report_dispose(struct report *report)
{
	gm_free(report->refs);
	gm_free(report->is_told);
	gm_free(report->unpack);
}

static int compare_refs(const void *a, const void *b)
{
	const struct gm_pushed_ref *const *left = a, *const *right = b;

	return strcmp((*left)->remote_ref, (*right)->remote_ref);
}

static int report_begin(struct report *out, struct gm_push_result *plan)
{
	out->refs = gm_calloc(plan->n + 1, sizeof(*out->refs));
	out->is_told = gm_calloc(plan->n + 1, sizeof(*out->is_told));
	if (!out->refs || !out->is_told)
		return GM_ENOMEM;
	for (size_t i = 0; i < plan->n; i++)
		if (gm_push_is_sent(&plan->refs[i]))
			out->refs[out->n++] = &plan->refs[i];
	qsort(out->refs, out->n, sizeof(*out->refs), compare_refs);
	return 0;
}

/* Which of them has this name; `n` when none does. */
static size_t find(const struct report *report, const char *name)
{
	struct gm_pushed_ref wanted = {.remote_ref = (char *)(uintptr_t)name};
	const struct gm_pushed_ref *key = &wanted;
	struct gm_pushed_ref **found = bsearch(
		&key, report->refs, report->n, sizeof(*report->refs), compare_refs);

	return found ? (size_t)(found - report->refs) : report->n;
}

static bool says_moved(const char *reason)
{
	for (size_t i = 0; i < sizeof(moved_reasons) / sizeof(*moved_reasons); i++)
		if (strstr(reason, moved_reasons[i]))
			return true;
	return false;
}

int gm_push_refused_there(struct gm_pushed_ref *ref, const char *reason)
{
	bool has_moved = ref->kind != GM_PUSHED_DELETED && says_moved(reason);

	ref->is_remote_reason = true;
	return gm_push_refuse(
		ref, has_moved ? GM_PUSHED_BEHIND : GM_PUSHED_REJECTED, reason);
}

static int refuse(struct report *report, size_t at, const char *reason)
{
	struct gm_pushed_ref *ref = report->refs[at];

	report->is_told[at] = true;
	if (!report->unpack)
		return gm_push_refused_there(ref, reason);
	gm_autofree char *whole = gm_format("%s: %s", reason, report->unpack);
	ref->is_remote_reason = true;
	return whole ? gm_push_refuse(ref, GM_PUSHED_REJECTED, whole) : GM_ENOMEM;
}

/* "ok REF" or "ng REF REASON"; of refs that nobody asked about git only warns. */
static int take_line(struct report *report, const char *line)
{
	bool is_ok = !strncmp(line, "ok ", 3);

	if (!is_ok && strncmp(line, "ng ", 3) != 0)
		return gm_error(
			GM_EINVALID, "the remote reports what is no report: '%s'", line);
	const char *reason = is_ok ? NULL : strchr(line + 3, ' ');
	size_t size = reason ? (size_t)(reason - line) - 3 : strlen(line + 3);
	gm_autofree char *name = gm_strndup(line + 3, size);
	if (!name)
		return GM_ENOMEM;
	size_t at = find(report, name);
	if (at == report->n || report->is_told[at])
		return 0;
	report->is_told[at] = true;
	return is_ok ? 0 : refuse(report, at, reason ? reason + 1 : "failed");
}

/* The first line: "unpack ok", or "unpack REASON". */
static int take_unpack(struct report *report, const struct gm_pkt *pkt)
{
	if (pkt->kind != GM_PKT_DATA || strncmp(pkt->data, "unpack ", 7) != 0)
		return gm_error(GM_EINVALID,
			"the remote does not report what became of the push");
	if (!strcmp(pkt->data + 7, "ok"))
		return 0;
	report->unpack = gm_strdup(pkt->data + 7);
	return report->unpack ? 0 : GM_ENOMEM;
}

/* What it kept silent about, and what it calls done though it could not be unpacked. */
static int take_rest(struct report *report)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < report->n; i++)
		if (!report->is_told[i])
			rc = refuse(report, i, "remote failed to report status");
		else if (report->unpack && gm_push_is_sent(report->refs[i]))
			rc = refuse(report, i, "unpacker error");
	return rc;
}

int gm_push_report_read(struct gm_push_result *plan, struct gm_pkt_reader *reader)
{
	gm_cleanup(report_dispose) struct report report = {.n = 0};
	struct gm_pkt pkt;
	int rc = report_begin(&report, plan);

	if (rc == 0)
		rc = gm_pkt_read(&pkt, reader);
	if (rc == 0)
		rc = take_unpack(&report, &pkt);
	if (rc == 0)
		rc = gm_pkt_read(&pkt, reader);
	while (rc == 0 && pkt.kind == GM_PKT_DATA) {
		rc = take_line(&report, pkt.data);
		if (rc == 0)
			rc = gm_pkt_read(&pkt, reader);
	}
	if (rc == 0 && pkt.kind == GM_PKT_END)
		rc = gm_error(GM_EINVALID, "the remote ended before its report did");
	return rc < 0 ? rc : take_rest(&report);
}
