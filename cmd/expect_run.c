#include "cmd/expect_run.h"

#include <string.h>

#include "cmd/learning.h"
#include "cmd/query_filters.h"
#include "cmd/standing.h"
#include "cmd/text.h"

struct run {
	struct gm_call *call;
	struct gm_view view;
	gm_time now;
	struct gm_index *index;
	struct gm_standing standing; /* found when it is needed */
	size_t met;
	size_t failed;
	size_t broken; /* the first of them is in `fault` */
	struct gm_buf fault;
};

static void run_dispose(struct run *run)
{
	gm_standing_dispose(&run->standing);
	gm_view_dispose(&run->view);
	gm_buf_dispose(&run->fault);
}

/* What became of one memory that must be found. */
struct finding {
	const char *id;
	size_t rank; /* 0: it was not found */
	bool met;
	struct gm_buf why; /* when it was not found */
};

struct verdict {
	struct finding *items;
	size_t n;
	bool met;
};

static void verdict_dispose(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->n; i++)
		gm_buf_dispose(&verdict->items[i].why);
	gm_free(verdict->items);
}

/* Ask for the best `k`, and note the ranks of the memories. */
static int ask(
	struct verdict *verdict, const struct run *run, const char *question, size_t k)
{
	gm_autoqueryfilters filters = GM_QUERY_FILTERS_INIT;
	gm_autohits hits = GM_HITS_INIT;
	struct gm_filter filter = GM_FILTER_INIT;
	const struct gm_recall_options options = {.filter = &filter, .k = k};
	int rc = gm_query_filters_apply(&filters, &filter, question);

	filter.hide_stale = true;
	filter.now = run->now;
	if (rc == 0)
		rc = gm_index_recall(&hits, run->index, question, &options);
	for (size_t i = 0; rc == 0 && i < verdict->n; i++)
		for (size_t j = hits.n; j > 0; j--)
			if (!strcmp(hits.items[j - 1].id, verdict->items[i].id))
				verdict->items[i].rank = j;
	return rc;
}

/* Why a memory was not found: it is not there, is hidden, or other words are in it. */
static int explain(struct finding *finding, struct run *run)
{
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_memory_find_id(&memory, &run->view, finding->id);

	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0)
		return gm_buf_puts(&finding->why,
			rc == GM_ENOTFOUND ? "there is no such memory"
					   : "it cannot be read");
	if (!run->standing.superseding) {
		rc = gm_standing_open(&run->standing, &run->view, run->now);
		if (rc < 0)
			return rc;
	}
	rc = gm_put_standing(&finding->why, &run->standing, &memory.record);
	return rc < 0 || finding->why.size ? rc : gm_buf_puts(&finding->why, "not found");
}

static int judge(struct verdict *verdict, struct run *run,
	const struct gm_expectation *expectation)
{
	const struct gm_strv *must = &expectation->must;
	int rc;

	verdict->items = gm_calloc(must->n, sizeof(*verdict->items));
	if (!verdict->items)
		return GM_ENOMEM;
	for (; verdict->n < must->n; verdict->n++)
		verdict->items[verdict->n] = (struct finding){
			.id = must->items[verdict->n], .why = GM_BUF_INIT(GM_BUF_TEXT)};
	rc = ask(verdict, run, expectation->question, expectation->top);
	verdict->met = true;
	for (size_t i = 0; i < verdict->n; i++) {
		verdict->items[i].met = verdict->items[i].rank > 0;
		verdict->met = verdict->met && verdict->items[i].met;
	}
	if (rc == 0 && !verdict->met)
		rc = ask(verdict, run, expectation->question, GM_EXPECT_TOP_MAX);
	for (size_t i = 0; rc == 0 && i < verdict->n; i++)
		if (!verdict->items[i].rank)
			rc = explain(&verdict->items[i], run);
	return rc;
}

static int finding_json(json_t **out, const struct finding *finding)
{
	gm_autojson *object = gm_json_object();
	int rc = gm_json_set_string(object, "id", finding->id);

	if (rc == 0)
		rc = gm_json_set_bool(object, "met", finding->met);
	if (rc == 0)
		rc = finding->rank
			? gm_json_set_int(object, "rank", (long long)finding->rank)
			: gm_json_set(object, "rank", json_null());
	if (rc == 0 && finding->why.size)
		rc = gm_json_set_string(object, "why", gm_buf_str(&finding->why));
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}

static int print_json(
	const struct gm_expectation_file *file, const struct verdict *verdict)
{
	gm_autojson *object = NULL;
	json_t *must = gm_json_array();
	int rc = must ? gm_expectation_json(&object, file) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_bool(object, "met", verdict->met);
	for (size_t i = 0; rc == 0 && i < verdict->n; i++) {
		json_t *item = NULL;
		rc = finding_json(&item, &verdict->items[i]);
		if (rc == 0)
			rc = gm_json_append(must, item);
	}
	if (rc < 0) {
		json_decref(must);
		return rc;
	}
	rc = gm_json_set(object, "must", must);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int print_finding(const struct finding *finding, size_t top)
{
	gm_autobuf why = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = 0;

	if (finding->met)
		return 0;
	if (finding->rank)
		return gm_print("        %s: number %zu, not among the first %zu\n",
			finding->id, finding->rank, top);
	rc = gm_puts_safe(&why, gm_buf_str(&finding->why));
	return rc < 0 ? rc : gm_print("        %s: %s\n", finding->id, gm_buf_str(&why));
}

static int print_text(const struct run *run, const struct gm_expectation_file *file,
	const struct verdict *verdict)
{
	const bool colored = run->call->colored;
	int rc = gm_print("%s%s%s  %s\n",
		gm_color(colored, verdict->met ? GM_COLOR_NEW : GM_COLOR_OLD),
		verdict->met ? "ok    " : "failed", gm_color(colored, GM_COLOR_RESET),
		file->expectation.question);

	for (size_t i = 0; rc == 0 && i < verdict->n; i++)
		rc = print_finding(&verdict->items[i], file->expectation.top);
	return rc;
}

/* A file that nothing can be asked of. */
static int print_broken(
	struct run *run, const struct gm_expectation_file *file, const char *fault)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autojson *object = NULL;
	int rc = 0;

	if (!run->broken++)
		rc = gm_buf_printf(&run->fault, "'%s': %s", file->path, fault);
	if (rc == 0 && run->call->json) {
		rc = gm_expectation_json(&object, file);
		if (rc == 0)
			rc = gm_json_set_bool(object, "met", false);
		if (rc == 0)
			rc = gm_json_set_string(object, "error", fault);
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	if (rc == 0)
		rc = gm_puts_safe(&line, file->path);
	if (rc == 0)
		rc = gm_buf_puts(&line, ": ");
	if (rc == 0)
		rc = gm_puts_safe(&line, fault);
	return rc < 0 ? rc : gm_print("broken  %s\n", gm_buf_str(&line));
}

static int run_one(struct run *run, const struct gm_expectation_file *file)
{
	gm_cleanup(verdict_dispose) struct verdict verdict = {.items = NULL};

	if (file->fault)
		return print_broken(run, file, file->fault);
	int rc = judge(&verdict, run, &file->expectation);
	if (rc == GM_EUSAGE) {
		const struct gm_error error = *gm_error_last();
		return print_broken(run, file, error.message);
	}
	if (rc < 0)
		return rc;
	if (verdict.met)
		run->met++;
	else
		run->failed++;
	return run->call->json ? print_json(file, &verdict)
			       : print_text(run, file, &verdict);
}

static int finish(const struct run *run)
{
	size_t n = run->met + run->failed + run->broken;

	gm_talk(run->call, "%zu expectation%s: %zu met, %zu failed, %zu broken", n,
		n == 1 ? "" : "s", run->met, run->failed, run->broken);
	if (run->failed)
		return gm_error(GM_ENO, "%s", "");
	return run->broken ? gm_error(GM_EINVALID, "%s", gm_buf_str(&run->fault)) : 0;
}

int gm_expect_run(
	struct gm_call *call, const struct gm_expectations *list, const char *at)
{
	gm_cleanup(run_dispose) struct run run = {.call = call,
		.view = GM_VIEW_INIT(call),
		.standing = GM_STANDING_INIT,
		.fault = GM_BUF_INIT(GM_BUF_TEXT)};
	struct gm_moment moment;
	int rc = gm_call_moment(&moment, call, at);

	if (rc < 0)
		return rc;
	run.view.tree = moment.tree;
	run.now = moment.time;
	rc = gm_view_index(&run.index, &run.view);
	if (rc == 0)
		rc = gm_call_learn(call, run.index, GM_LEARN_QUICK);
	if (rc == 0)
		rc = gm_call_page(call);
	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = run_one(&run, &list->items[i]);
	return rc < 0 ? rc : finish(&run);
}
