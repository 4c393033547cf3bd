#include <stdint.h>
#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/text.h"
#include "dag/revision_name.h"

struct listing {
	struct gm_call *call;
	const char *name; /* as the entries are to be called: NAME@{0} */
	size_t limit;     /* SIZE_MAX: none */
	size_t n;
};

static int give(json_t *object, const struct listing *listing,
	const struct gm_reflog_entry *entry)
{
	gm_autofree char *selector = gm_format("%s@{%zu}", listing->name, listing->n);
	char hex[GM_OID_HEX], time[GM_TIME_TEXT];
	int rc = selector ? gm_json_set_string(object, "selector", selector) : GM_ENOMEM;

	gm_oid_format(hex, &entry->new_oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "commit", hex);
	gm_oid_format(hex, &entry->old_oid);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "previous", gm_oid_is_zero(&entry->old_oid) ? NULL : hex);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", entry->who.name);
	if (rc == 0)
		rc = gm_json_set_string(object, "email", entry->who.mail);
	gm_time_format(time, entry->who.time);
	if (rc == 0)
		rc = gm_json_set_string(object, "time", time);
	return rc < 0 ? rc : gm_json_set_string(object, "message", entry->message);
}

static int print_json(const struct listing *listing, const struct gm_reflog_entry *entry)
{
	gm_autojson *object = gm_json_object();
	int rc = object ? give(object, listing, entry) : GM_ENOMEM;

	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* "1a2b3c4 HEAD@{0}: commit: subject" */
static int print_text(const struct listing *listing, const struct gm_reflog_entry *entry)
{
	struct gm_call *call = listing->call;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&line, gm_color(call->colored, GM_COLOR_COMMIT));

	if (rc == 0)
		rc = gm_abbreviate(&line, gm_repo_store(call->repo), &entry->new_oid);
	if (rc == 0)
		rc = gm_buf_printf(&line,
			"%s %s@{%zu}: ", gm_color(call->colored, GM_COLOR_RESET),
			listing->name, listing->n);
	if (rc == 0)
		rc = gm_puts_safe(&line, entry->message);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int print_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct listing *listing = payload;
	int rc = gm_interrupted();

	if (rc == 0 && listing->n == listing->limit)
		return 1;
	if (rc == 0)
		rc = listing->call->json ? print_json(listing, entry)
					 : print_text(listing, entry);
	listing->n++;
	return rc;
}

static bool is_head(const char *name)
{
	return !strcmp(name, "HEAD") || !strcmp(name, "@");
}

/* The full name of the ref whose log is meant. HEAD has one also where its branch is unborn. */
static int find_log(struct gm_buf *out, struct gm_call *call, const char *name)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid oid;

	if (!is_head(name))
		return gm_revision_find_ref(
			&oid, out, &target, call->repo, name, call->branch);
	if (!call->branch)
		return gm_buf_puts(out, "HEAD");
	int rc = gm_call_head(&head, call);
	return rc < 0 ? rc : gm_buf_puts(out, head.ref);
}

static int show(struct gm_call *call, const char *name, size_t limit)
{
	struct listing listing = {.call = call, .name = name, .limit = limit};
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = find_log(&ref, call, name);
	if (rc == 0 && is_head(name))
		listing.name = call->branch ? call->branch : "HEAD";
	if (rc == 0)
		rc = gm_call_page(call);
	if (rc == 0)
		rc = gm_ref_log_each(gm_repo_refs(call->repo), gm_buf_str(&ref),
			print_entry, &listing);
	return rc < 0 ? rc : 0;
}

int gm_cmd_reflog(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"reflog [show] [-n <n>] [<ref>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	size_t limit = SIZE_MAX;
	const struct gm_option table[] = {
		{GM_OPTION_SIZE, 'n', "max-count", &limit, "N", "show so many at most",
			NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "reflog",
		.synopsis = synopsis,
		.summary = "Show where a branch, or HEAD, has been.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	size_t skipped = args.n_rest && !strcmp(args.rest[0], "show");
	rc = gm_command_expect_args(&args, 0, 1 + skipped);
	if (rc < 0)
		return rc;
	return show(call, args.n_rest > skipped ? args.rest[skipped] : "HEAD", limit);
}
