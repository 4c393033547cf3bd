#include "base/shell_quote.h"
#include "cmd/bisect.h"
#include "cmd/names.h"

/* The names behind `--`, looked up in what is bad, where they were likely seen. */
static int find_paths(struct gm_names *names, struct gm_call *call,
	const struct gm_options_result *args)
{
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autohead head = GM_HEAD_INIT;
	int rc = 0;

	if (args->n_before_dashes == args->n_rest)
		return 0;
	if (args->n_before_dashes) {
		rc = gm_revision_tree(
			&view.tree, call->repo, args->rest[0], call->branch);
	} else {
		rc = gm_call_head(&head, call);
		view.tree = head.tree;
	}
	for (size_t i = args->n_before_dashes; rc == 0 && i < args->n_rest; i++)
		rc = gm_names_add(names, &view, args->rest[i]);
	return rc;
}

/* With ids for revisions: branches move on before the log is replayed. */
static int put_start_line(struct gm_buf *out, const struct gm_bisect_marking *marking,
	const struct gm_options_result *args, const struct gm_bisect_options *options)
{
	size_t n = args->n_before_dashes;
	char hex[GM_OID_HEX];
	int rc = gm_buf_puts(out, "gitmem bisect start");

	if (rc == 0 && options->first_parent)
		rc = gm_buf_puts(out, " '--first-parent'");
	if (rc == 0 && options->bad)
		rc = gm_buf_printf(out, " '--term-bad=%s'", options->bad);
	if (rc == 0 && options->good)
		rc = gm_buf_printf(out, " '--term-good=%s'", options->good);
	for (size_t i = 0; rc == 0 && i < marking->commits.n; i++) {
		gm_oid_format(hex, &marking->commits.items[i]);
		rc = gm_buf_printf(out, " '%s'", hex);
	}
	if (rc == 0 && n < args->n_rest)
		rc = gm_buf_puts(out, " '--' ");
	if (rc == 0)
		rc = gm_shell_quote_all(out, args->rest + n, args->n_rest - n);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* The first revision is bad, the others are good; then the call itself goes to the log. */
static int note_start(struct gm_bisect_marking *marking,
	const struct gm_options_result *args, const struct gm_bisect_options *options)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	const struct gm_bisection *known = &marking->known;
	struct gm_repo *repo = marking->call->repo;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < marking->commits.n; i++) {
		const char *word = i ? known->term_good : known->term_bad;
		rc = gm_bisection_mark(
			repo, marking->lock, known, word, &marking->commits.items[i]);
		if (rc == 0)
			rc = gm_bisect_log_commit(repo, word, &marking->commits.items[i]);
	}
	if (rc == 0)
		rc = put_start_line(&line, marking, args, options);
	return rc < 0 ? rc : gm_bisection_add_log(repo, gm_buf_str(&line));
}

static int begin(struct gm_bisect_marking *marking, const struct gm_options_result *args,
	const struct gm_bisect_options *options, const struct gm_strv *paths)
{
	struct gm_call *call = marking->call;
	struct gm_bisection *known = &marking->known;
	bool settled = options->bad || options->good || marking->commits.n;
	gm_autohead head = GM_HEAD_INIT;
	char hex[GM_OID_HEX];
	int rc = gm_head_read(&head, call->repo, NULL);

	gm_oid_format(hex, &head.commit);
	known->term_bad = gm_strdup(options->bad ? options->bad : "bad");
	known->term_good = gm_strdup(options->good ? options->good : "good");
	if (!known->term_bad || !known->term_good)
		return GM_ENOMEM;
	if (rc == 0 && gm_bisect_check_terms(known->term_bad, known->term_good) < 0)
		rc = gm_error(GM_EUSAGE, "%s", gm_error_last()->message);
	if (rc == 0)
		rc = gm_call_lock(&marking->lock, call);
	if (rc == 0)
		rc = gm_bisection_begin(call->repo, marking->lock,
			settled ? known->term_bad : NULL, known->term_good, paths,
			options->first_parent);
	if (rc == 0)
		rc = note_start(marking, args, options);
	if (rc == 0)
		rc = gm_bisection_open(call->repo, head.branch ? head.branch : hex);
	gm_lock_release(gm_steal(&marking->lock));
	return rc;
}

int gm_bisect_start(struct gm_call *call, const struct gm_options_result *args,
	const struct gm_bisect_options *options)
{
	gm_automarking marking = GM_BISECT_MARKING_INIT(call, "start");
	gm_autonames names = GM_NAMES_INIT;
	enum gm_bisect_status status;
	int rc = find_paths(&names, call, args);

	for (size_t i = 0; rc == 0 && i < args->n_before_dashes; i++)
		rc = gm_bisect_add_revision(&marking, args->rest[i]);
	if (rc == 0)
		rc = begin(&marking, args, options, &names.paths);
	return rc < 0 ? rc : gm_bisect_go_on(&status, call);
}
