#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "cmd/global_options.h"

const struct gm_command *gm_command_find(const char *name)
{
	for (const struct gm_command *command = gm_commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

static size_t table_size(const struct gm_option *options)
{
	size_t n = 0;

	while (options[n].type != GM_OPTION_END)
		n++;
	return n;
}

bool gm_asks_for_json(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

static int answer_help(const struct gm_usage *usage)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_options_help(&text, usage);

	if (rc == 0)
		rc = gm_print("%s", gm_buf_str(&text));
	return rc < 0 ? rc : GM_COMMAND_DONE;
}

static int parse(struct gm_options_result *out, struct gm_call *call,
	const struct gm_usage *usage, int argc, char **argv, bool stop_at_argument)
{
	size_t own = table_size(usage->options);
	gm_autofree struct gm_option *options =
		gm_calloc(own + GM_GLOBAL_OPTIONS + 1, sizeof(*options));

	if (call->mode == GM_COMMAND_DESCRIBE) {
		int rc = call->describe(usage, call->payload);
		return rc < 0 ? rc : GM_COMMAND_DONE;
	}
	if (!options)
		return GM_ENOMEM;
	memcpy(options, usage->options, own * sizeof(*options));
	gm_global_options_fill(options + own, call);
	options[own + GM_GLOBAL_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_options_parse(out, options, argc, argv, stop_at_argument);
	if (rc < 0) {
		call->json = call->json || gm_asks_for_json(argc, argv);
		gm_error_hint("'gitmem %s -h' shows the usage", usage->command);
		return rc;
	}
	return out->help ? answer_help(usage) : 0;
}

int gm_command_parse(struct gm_options_result *out, struct gm_call *call,
	const struct gm_usage *usage, int argc, char **argv)
{
	return parse(out, call, usage, argc, argv, false);
}

int gm_command_parse_verb(struct gm_options_result *out, struct gm_call *call,
	const struct gm_usage *usage, int argc, char **argv)
{
	return parse(out, call, usage, argc, argv, true);
}

int gm_command_expect_args(const struct gm_options_result *args, size_t min, size_t max)
{
	if (args->n_rest > max)
		return gm_error(GM_EUSAGE, "unexpected argument '%s'", args->rest[max]);
	if (args->n_rest < min)
		return gm_error(GM_EUSAGE, "an argument is missing");
	return 0;
}

static void warn_broken_ref(const char *name, void *payload)
{
	(void)payload;
	gm_warn("the ref '%s' is broken and is left out", name);
}

int gm_find_repository(struct gm_buf *out)
{
	const char *given = getenv("GITMEM_DIR");

	if (given && *given)
		return gm_buf_puts(out, given);
	int rc = gm_repo_discover(out, ".");
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem init' makes one here");
	if (rc == GM_EACCESS)
		gm_error_hint("set GITMEM_DIR to its folder to use it all the same");
	return rc;
}

static void tell_store_holder(const char *holder, void *payload)
{
	gm_talk(payload, "waiting for the lock of the store, held by %s", holder);
}

int gm_call_open(struct gm_call *call)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	int rc = call->repo ? 0 : gm_find_repository(&dir);

	if (rc < 0 || call->repo)
		return rc;
	rc = gm_repo_open(&call->repo, gm_buf_str(&dir));
	if (rc < 0)
		return rc;
	gm_refs_on_broken(gm_repo_refs(call->repo), warn_broken_ref, NULL);
	gm_store_set_waiting(
		gm_repo_store(call->repo), call->command->name, tell_store_holder, call);
	return 0;
}

/* A branch without a commit of its own begins where HEAD is. */
static int read_start(
	struct gm_head *head, struct gm_oid *start_out, struct gm_call *call)
{
	gm_autohead current = GM_HEAD_INIT;
	int rc = gm_head_read(&current, call->repo, NULL);

	if (rc < 0)
		return rc;
	*start_out = current.commit;
	if (!head->exists)
		head->tree = current.tree;
	return 0;
}

static void give_head(struct gm_head *out, struct gm_head *head)
{
	*out = *head;
	*head = (struct gm_head)GM_HEAD_INIT;
}

/* GM_ENOTFOUND unless the branch is HEAD's own, or something is staged on it. */
static int check_beginning(
	struct gm_call *call, const struct gm_head *head, const struct gm_stage *stage)
{
	gm_autohead current = GM_HEAD_INIT;
	int rc = gm_head_read(&current, call->repo, NULL);

	if (rc < 0 || !strcmp(current.ref, head->ref) || gm_stage_size(stage))
		return rc;
	return gm_error(GM_ENOTFOUND, "branch '%s' does not exist", call->branch);
}

/* The stage of a branch to look at; a hook is shown that of the commit on its way. */
static int load_stage(struct gm_stage **out, struct gm_call *call, const char *ref)
{
	const char *shown = getenv(GM_STAGE_VARIABLE);

	return shown && *shown ? gm_stage_load_file(out, shown, ref)
			       : gm_stage_load(out, call->repo, ref);
}

/* The stage before the branch; once more when HEAD was moved to another branch in between. */
static int read_head_and_stage(
	struct gm_head *out, struct gm_stage **stage_out, struct gm_call *call)
{
	for (;;) {
		gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
		gm_autohead before = GM_HEAD_INIT;
		gm_autohead head = GM_HEAD_INIT;
		int rc = gm_head_read(&before, call->repo, call->branch);
		if (rc == 0)
			rc = load_stage(&stage, call, before.ref);
		if (rc == 0)
			rc = gm_head_read(&head, call->repo, call->branch);
		if (rc == 0)
			rc = gm_interrupted();
		if (rc < 0)
			return rc;
		if (strcmp(before.ref, head.ref) != 0)
			continue;
		give_head(out, &head);
		*stage_out = gm_steal(&stage);
		return 0;
	}
}

int gm_call_head_and_stage(
	struct gm_head *out, struct gm_stage **stage_out, struct gm_call *call)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid start;
	int rc = read_head_and_stage(&head, &stage, call);

	if (rc == 0 && call->branch && !head.exists) {
		rc = check_beginning(call, &head, stage);
		if (rc == 0)
			rc = read_start(&head, &start, call);
	}
	if (rc < 0)
		return rc;
	give_head(out, &head);
	*stage_out = gm_steal(&stage);
	return 0;
}

int gm_call_head(struct gm_head *out, struct gm_call *call)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_head_read(&head, call->repo, call->branch);

	/* Whether a branch without a commit is there, its stage tells. */
	if (rc == 0 && call->branch && !head.exists)
		return gm_call_head_and_stage(out, &stage, call);
	if (rc == 0)
		give_head(out, &head);
	return rc;
}

static int fail_taken(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)oid;
	return gm_error(GM_EEXISTS, "'%s' cannot be made: '%s' exists",
		(const char *)payload, name);
}

/* A branch can neither be a folder of another one nor have one as its folder. */
static int check_possible(struct gm_call *call, const struct gm_head *head)
{
	struct gm_refs *refs = gm_repo_refs(call->repo);
	gm_autofree char *below = gm_format("%s/", head->ref);
	gm_autofree char *above = gm_strdup(head->ref);
	struct gm_oid oid;

	if (!below || !above)
		return GM_ENOMEM;
	int rc = gm_refs_each(refs, below, fail_taken, head->ref);
	for (char *slash; rc == 0 && (slash = strrchr(above, '/')) > above + 10;) {
		*slash = '\0';
		rc = gm_ref_read(&oid, NULL, refs, above);
		rc = rc == 0                 ? fail_taken(above, &oid, head->ref)
			: rc == GM_ENOTFOUND ? 0
					     : rc;
	}
	return rc;
}

int gm_call_head_to_write(
	struct gm_head *out, struct gm_oid *start_out, struct gm_call *call)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_head_read(&head, call->repo, call->branch);

	if (rc == 0 && !head.exists && call->branch)
		rc = check_possible(call, &head);
	if (rc == 0)
		rc = read_start(&head, start_out, call);
	if (rc == 0)
		give_head(out, &head);
	return rc;
}

/* When there is a commit: which, and when it was made, to the end of that second. */
static int find_commit(struct gm_moment *out, struct gm_call *call, const char *at)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_revision_commit(&out->commit, call->repo, at, call->branch);

	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(call->repo), &out->commit);
	if (rc == 0)
		out->time = commit.committer.time + GM_TIME_SECOND - 1;
	/* What is no commit may be a tree. */
	return rc == GM_EMISMATCH || rc == GM_ERROR ? 0 : rc;
}

int gm_call_moment(struct gm_moment *out, struct gm_call *call, const char *at)
{
	gm_autohead head = GM_HEAD_INIT;

	if (!at)
		at = getenv("GITMEM_AT");
	*out = (struct gm_moment){.commit = gm_oid_zero, .time = gm_time_now()};
	if (at && *at) {
		int rc = gm_revision_tree(&out->tree, call->repo, at, call->branch);
		return rc < 0 ? rc : find_commit(out, call, at);
	}
	int rc = gm_call_head(&head, call);
	if (rc == 0) {
		out->tree = head.tree;
		out->commit = head.commit;
	}
	return rc;
}

static void tell_holder(const char *holder, void *payload)
{
	const struct gm_call *call = payload;

	gm_talk(call, "waiting for the repository lock, held by %s",
		*holder ? holder : "another process");
}

int gm_call_lock(struct gm_lock **out, struct gm_call *call)
{
	return gm_repo_lock(out, call->repo, call->command->name, tell_holder, call);
}
