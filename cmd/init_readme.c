#include "cmd/init_readme.h"

#include <string.h>

#include "cmd/write.h"
#include "dag/tree.h"

static const char readme[] =
	"# Memory\n"
	"\n"
	"These are the memories of one or several AI agents, kept by gitmem:\n"
	"each a Markdown file with a few fields in front. Those with a name of\n"
	"their own lie in `keys/`, the others in `memories/`, by the day they\n"
	"were made.\n"
	"\n"
	"The repository is an ordinary one. Any git can read, clone and log it;\n"
	"a file that was changed by hand and committed is a changed memory.\n"
	"`gitmem recall QUESTION` finds what answers a question, `gitmem help`\n"
	"tells the rest.\n"
	"\n"
	"So that `git merge` merges memories field by field, as `gitmem merge`\n"
	"does, tell git how, once in each clone:\n"
	"\n"
	"    git config merge.gitmem.name 'merge memories field by field'\n"
	"    git config merge.gitmem.driver 'gitmem merge-driver %O %A %B %P'\n"
	"\n"
	"Where a second file is needed to lose nothing, git reports a conflict:\n"
	"leave that merge by `git merge --abort`, and `gitmem merge` does it.\n";

static const char attributes[] =
	"# Equal memories are equal bytes: no line ends are to be converted.\n"
	"# README.md tells of the driver that merges memories.\n"
	"keys/** -text merge=gitmem\n"
	"memories/** -text merge=gitmem\n";

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
