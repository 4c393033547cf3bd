#include "cmd/init_readme.h"

#include <string.h>

#include "cmd/write.h"
#include "dag/tree.h"

static const char readme[] = "# Memory\n"
			     "\n"
			     "These are the memories of one or several AI agents, kept "
			     "by gitmem: each a Markdown\n"
			     "file with a few fields in front. Those with a name of "
			     "their own lie in `keys/`, the\n"
			     "others in `memories/`, by the day they were made.\n"
			     "\n"
			     "The repository is an ordinary one. Any git can read, clone "
			     "and log it; a file that was\n"
			     "changed by hand and committed is a changed memory. `gitmem "
			     "recall QUESTION` finds what\n"
			     "answers a question, `gitmem help` tells the rest.\n";

static const char attributes[] =
	"# Equal memories are equal bytes: no line ends are to be converted.\n"
	"keys/** -text\n"
	"memories/** -text\n";

struct file {
	const char *path;
	const char *text;
};

/* Make a change of a file, unless there is one at its path. */
static int add_file(struct gm_change *changes, size_t *n, struct gm_writer *writer,
	const struct file *file)
{
	struct gm_change *change = &changes[*n];
	struct gm_oid oid;
	unsigned mode;
	int rc = gm_tree_lookup(&oid, &mode, gm_repo_store(writer->call->repo),
		&writer->head.tree, file->path);

	if (rc != GM_ENOTFOUND)
		return rc;
	*change = (struct gm_change){.path = file->path,
		.tip = writer->head.commit,
		.data = file->text,
		.size = strlen(file->text)};
	gm_object_hash(&change->blob, GM_OBJECT_BLOB, change->data, change->size);
	++*n;
	return 0;
}

int gm_commit_readme(struct gm_call *call)
{
	static const struct file files[] = {
		{".gitattributes", attributes}, {"README.md", readme}};
	const struct gm_commit_request request = {
		.message = "say what this repository is\n", .reflog_action = "commit"};
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	struct gm_change changes[sizeof(files) / sizeof(*files)];
	size_t n = 0;
	int rc = gm_writer_begin(&writer, call, true);

	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(*files); i++)
		rc = add_file(changes, &n, &writer, &files[i]);
	if (rc < 0 || !n)
		return rc;
	return gm_writer_commit(&result, &writer, changes, n, &request);
}
