#include <stdint.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/expect_run.h"
#include "cmd/query_filters.h"
#include "cmd/text.h"
#include "cmd/write.h"

struct expect_options {
	struct gm_strv must;
	size_t top;
	bool commit;
	bool no_verify;
	const char *message;
	const char *at;
};

static void options_dispose(struct expect_options *options)
{
	gm_strv_dispose(&options->must);
}

/* A question that could never be asked is refused now, not whenever it is run. */
static int check_question(struct gm_call *call, const char *question)
{
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autoqueryfilters filters = GM_QUERY_FILTERS_INIT;
	gm_autohits hits = GM_HITS_INIT;
	struct gm_filter filter = GM_FILTER_INIT;
	const struct gm_recall_options options = {.filter = &filter, .k = 1};
	struct gm_index *index;
	int rc = gm_query_filters_apply(&filters, &filter, question);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = gm_view_index(&index, &view);
	return rc < 0 ? rc : gm_index_recall(&hits, index, question, &options);
}

static int set_question(
	struct gm_expectation *expectation, const struct gm_options_result *args)
{
	gm_autobuf question = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++)
		rc = gm_buf_printf(&question, "%s%s", i ? " " : "", args->rest[i]);
	if (rc == 0)
		rc = gm_expectation_set_question(expectation, gm_buf_str(&question));
	return rc == GM_EINVALID ? gm_error(GM_EUSAGE, "%s", gm_error_last()->message)
				 : rc;
}

static int set_must(struct gm_expectation *expectation, struct gm_view *view,
	const struct gm_strv *names)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->n; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		rc = gm_memory_find(&memory, view, names->items[i]);
		if (rc == 0)
			rc = gm_strv_add(&expectation->must, memory.record.id);
	}
	return rc;
}

/* Stage or commit; the subject holds nothing of the question. */
static int write_changes(struct gm_transaction_result *out, struct gm_writer *writer,
	struct gm_changes *changes, const struct expect_options *options,
	const char *verb)
{
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	size_t n = changes->n;

	if (!options->commit)
		return gm_writer_stage(writer, changes);
	writer->no_verify = options->no_verify;
	int rc = gm_buf_printf(
		&subject, "%s %zu %s", verb, n, n == 1 ? "expectation" : "expectations");
	return rc < 0
		? rc
		: gm_writer_commit_at_once(out, writer, changes, NULL,
			  options->message ? options->message : gm_buf_str(&subject));
}

/* One of the same question is assigned anew; anything else must not be in the way. */
static int put(struct gm_changes *changes, bool *known_out, struct gm_writer *writer,
	const char *path, struct gm_expectation *expectation)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autoexpectations list = GM_EXPECTATIONS_INIT;
	size_t at;
	int rc = gm_expectations_read(&list, gm_repo_store(writer->call->repo),
		&writer->head.tree, writer->stage);

	if (rc < 0)
		return rc;
	*known_out = gm_expectations_find(&at, &list, path) == 0 &&
		!strcmp(list.items[at].path, path);
	if (!*known_out)
		rc = gm_changes_check_free(changes, writer, path, NULL);
	if (rc == 0)
		rc = gm_expectation_encode(&bytes, expectation);
	return rc < 0 ? rc : gm_changes_put_file(changes, writer, path, &bytes);
}

static int print_added(struct gm_call *call, const struct gm_expectation_file *file)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autojson *object = NULL;
	int rc;

	if (call->json) {
		rc = gm_expectation_json(&object, file);
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	rc = gm_expectation_name(&name, file->path);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&name));
}

static int run_add(struct gm_call *call, const struct gm_options_result *args,
	const struct expect_options *options)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_autoexpectation expectation = GM_EXPECTATION_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	bool known = false;
	int rc = set_question(&expectation, args);

	expectation.top = options->top;
	if (rc == 0)
		rc = check_question(call, expectation.question);
	if (rc == 0)
		rc = gm_writer_begin(&writer, call, false);
	if (rc == 0)
		rc = set_must(&expectation, &writer.view, &options->must);
	if (rc == 0)
		rc = gm_expectation_path(&path, &expectation);
	if (rc == 0)
		rc = put(&changes, &known, &writer, gm_buf_str(&path), &expectation);
	if (rc == 0)
		rc = write_changes(
			&result, &writer, &changes, options, known ? "change" : "add");
	if (rc < 0)
		return rc;
	/* The file lends what is disposed of here. */
	const struct gm_expectation_file file = {
		.path = path.ptr, .expectation = expectation};
	return print_added(call, &file);
}

static int run_rm(struct gm_call *call, const struct gm_options_result *args,
	const struct expect_options *options)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_autoexpectations list = GM_EXPECTATIONS_INIT;
	int rc = gm_writer_begin(&writer, call, false);

	if (rc == 0)
		rc = gm_expectations_read(&list, gm_repo_store(call->repo),
			&writer.head.tree, writer.stage);
	for (size_t i = 0; rc == 0 && i < args->n_rest; i++) {
		size_t at = 0;
		rc = gm_expectations_find(&at, &list, args->rest[i]);
		if (rc < 0)
			return rc;
		gm_changes_forget(&changes, list.items[at].path);
		rc = gm_changes_remove(&changes, &writer, list.items[at].path);
	}
	return rc < 0 ? rc : write_changes(&result, &writer, &changes, options, "remove");
}

static int print_listed(struct gm_call *call, const struct gm_expectation_file *file)
{
	const struct gm_expectation *expectation = &file->expectation;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autojson *object = NULL;
	int rc = file->fault && !call->json ? 0 : gm_expectation_json(&object, file);

	if (rc == 0 && file->fault) {
		gm_warn("'%s' is no expectation: %s", file->path, file->fault);
		rc = gm_json_set_string(object, "error", file->fault);
		return !call->json ? 0 : rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	if (rc < 0 || call->json)
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	rc = gm_expectation_name(&name, file->path);
	if (rc == 0)
		rc = gm_puts_safe(&line, gm_buf_str(&name));
	if (rc == 0)
		rc = gm_print("%s%s%s\n    %s\n",
			gm_color(call->colored, GM_COLOR_COMMIT), gm_buf_str(&line),
			gm_color(call->colored, GM_COLOR_RESET), expectation->question);
	for (size_t i = 0; rc == 0 && i < expectation->must.n; i++)
		rc = gm_print("    first %zu: %s\n", expectation->top,
			expectation->must.items[i]);
	return rc;
}

/* Those of the branch with what is staged, whatever revision is asked. */
static int run_reader(
	struct gm_call *call, const struct expect_options *options, bool is_run)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autoexpectations list = GM_EXPECTATIONS_INIT;
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = gm_call_head_and_stage(&head, &stage, call);
	if (rc == 0)
		rc = gm_expectations_read(
			&list, gm_repo_store(call->repo), &head.tree, stage);
	if (rc == 0 && is_run)
		return gm_expect_run(call, &list, options->at);
	if (rc == 0)
		rc = gm_call_page(call);
	for (size_t i = 0; rc == 0 && i < list.n; i++)
		rc = print_listed(call, &list.items[i]);
	return rc;
}

static int check_add(
	const struct gm_options_result *args, const struct expect_options *options)
{
	if (!args->n_rest)
		return gm_error(GM_EUSAGE, "the question is missing");
	if (!options->must.n)
		return gm_error(GM_EUSAGE, "--must is missing");
	if (options->must.n > GM_EXPECT_MUST_MAX)
		return gm_error(
			GM_EUSAGE, "--must: more than %zu memories", GM_EXPECT_MUST_MAX);
	if (!options->top || options->top > GM_EXPECT_TOP_MAX)
		return gm_error(GM_EUSAGE, "--top: %zu is not between 1 and %d",
			options->top, GM_EXPECT_TOP_MAX);
	return 0;
}

/* An option that is another verb's is none of this one. */
static int check_options(const char *verb, const struct expect_options *options)
{
	bool add = !strcmp(verb, "add"), writes = add || !strcmp(verb, "rm");
	const char *bad = !add && options->must.n               ? "--must"
		: !add && options->top != GM_EXPECT_TOP_DEFAULT ? "--top"
		: !writes && options->commit                    ? "--commit"
		: !writes && options->message                   ? "--message"
		: !writes && options->no_verify                 ? "--no-verify"
		: strcmp(verb, "run") != 0 && options->at       ? "--at"
								: NULL;

	return bad ? gm_error(GM_EUSAGE, "'expect %s' knows no %s", verb, bad)
		   : gm_check_message(options->message, options->commit);
}

static int run_verb(struct gm_call *call, const char *verb,
	const struct gm_options_result *args, const struct expect_options *options)
{
	int rc = check_options(verb, options);

	if (rc < 0)
		return rc;
	if (!strcmp(verb, "add")) {
		rc = check_add(args, options);
		return rc < 0 ? rc : run_add(call, args, options);
	}
	if (!strcmp(verb, "rm")) {
		rc = gm_command_expect_args(args, 1, SIZE_MAX);
		return rc < 0 ? rc : run_rm(call, args, options);
	}
	rc = gm_command_expect_args(args, 0, 0);
	return rc < 0 ? rc : run_reader(call, options, !strcmp(verb, "run"));
}

int gm_cmd_expect(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"expect add [--top N] [-c [-m <msg>] [--no-verify]] "
		"--must <memory>... <question>...",
		"expect list", "expect rm [-c [-m <msg>] [--no-verify]] <expectation>...",
		"expect run [--at <revision>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(options_dispose) struct expect_options options = {
		.must = GM_STRV_INIT, .top = GM_EXPECT_TOP_DEFAULT};
	const struct gm_option table[] = {
		{GM_OPTION_STRV, 0, "must", &options.must, "MEMORY",
			"must be found (may be given several times)", NULL,
			GM_COMPLETE_MEMORY},
		{GM_OPTION_SIZE, 0, "top", &options.top, "N",
			"among the first N (default 3, at most 1000)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'c', "commit", &options.commit, NULL,
			"commit it, and only it, at once", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the commit's message (with -c)", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg (with -c)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "at", &options.at, "REV",
			"ask this revision instead of the head", NULL,
			GM_COMPLETE_REVISION},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "expect",
		.synopsis = synopsis,
		.summary = "Keep questions with the memories that must answer them.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
		.verbs = "add|list|rm|run",
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	if (rc < 0)
		return rc;
	const char *verb = args.rest[0];
	if (strcmp(verb, "add") != 0 && strcmp(verb, "list") != 0 &&
		strcmp(verb, "rm") != 0 && strcmp(verb, "run") != 0)
		return gm_error(GM_EUSAGE, "'%s' is none of add, list, rm and run", verb);
	const struct gm_options_result rest = {
		.rest = args.rest + 1, .n_rest = args.n_rest - 1};
	return run_verb(call, verb, &rest, &options);
}
