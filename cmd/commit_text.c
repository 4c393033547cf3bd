#include "cmd/commit_text.h"

#include <string.h>

#include "cmd/memory.h"
#include "cmd/sha256.h"
#include "cmd/text.h"

int gm_put_person(struct gm_buf *out, const char *word, const struct gm_signature *who)
{
	char date[48];
	int rc = gm_buf_printf(out, "%s: ", word);

	if (rc == 0)
		rc = gm_puts_safe(out, who->name);
	if (rc == 0)
		rc = gm_buf_puts(out, " <");
	if (rc == 0)
		rc = gm_puts_safe(out, who->mail);
	gm_time_format_git(date, who->time, who->zone_minutes);
	return rc < 0 ? rc : gm_buf_printf(out, ">\nDate:   %s\n", date);
}

int gm_put_message(struct gm_buf *out, const char *message)
{
	message += strspn(message, "\n");
	size_t size = strlen(message);
	while (size && strchr(" \t\r\n", message[size - 1]))
		size--;
	return gm_put_lines_safe(out, "    ", message, size);
}

static int put_merge(
	struct gm_buf *out, struct gm_repo *repo, const struct gm_commit *commit)
{
	int rc = gm_buf_puts(out, "Merge:");

	for (size_t i = 0; rc == 0 && i < commit->n_parents; i++) {
		rc = gm_buf_putc(out, ' ');
		if (rc == 0)
			rc = gm_abbreviate(out, gm_repo_store(repo), &commit->parents[i]);
	}
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_put_commit(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_commit *commit, bool colored, bool named)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, &commit->oid);
	int rc = gm_buf_printf(out, "%scommit %s%s\n", gm_color(colored, GM_COLOR_COMMIT),
		hex, gm_color(colored, GM_COLOR_RESET));
	if (rc == 0 && named)
		rc = gm_put_sha256(out, repo, &commit->oid);
	if (rc == 0 && commit->n_parents > 1)
		rc = put_merge(out, repo, commit);
	if (rc == 0)
		rc = gm_put_person(out, "Author", &commit->author);
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 ? rc : gm_put_message(out, commit->message);
}

int gm_put_commit_oneline(struct gm_buf *out, struct gm_repo *repo,
	const struct gm_commit *commit, bool colored)
{
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_commit_subject(&subject, commit->message);

	if (rc == 0)
		rc = gm_buf_puts(out, gm_color(colored, GM_COLOR_COMMIT));
	if (rc == 0)
		rc = gm_abbreviate(out, gm_repo_store(repo), &commit->oid);
	if (rc == 0)
		rc = gm_buf_printf(out, "%s ", gm_color(colored, GM_COLOR_RESET));
	if (rc == 0)
		rc = gm_put_safe(out, gm_buf_str(&subject), subject.size);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int put_stat_line(
	struct gm_buf *out, const struct gm_record_delta *delta, bool colored)
{
	const char *color = delta->status == 'A' ? GM_COLOR_NEW
		: delta->status == 'D'           ? GM_COLOR_OLD
						 : GM_COLOR_HUNK;
	int rc = gm_buf_printf(out, " %s%c%s %-8s ", gm_color(colored, color),
		delta->status, gm_color(colored, GM_COLOR_RESET), gm_short_id(delta->id));

	if (rc == 0 && delta->old_path)
		rc = gm_puts_safe(out, delta->old_path);
	if (rc == 0 && delta->old_path)
		rc = gm_buf_puts(out, " -> ");
	if (rc == 0)
		rc = gm_puts_safe(out, delta->path);
	if (rc == 0 && delta->reworded)
		rc = gm_buf_printf(out,
			delta->status == 'D' ? " (reworded as %s)" : " (was %s)",
			gm_short_id(delta->reworded->id));
	for (size_t i = 0; rc == 0 && i < delta->supersedes.n; i++)
		rc = gm_buf_printf(out, "%s%s%s", i ? ", " : " (supersedes ",
			gm_short_id(delta->supersedes.items[i]),
			i + 1 < delta->supersedes.n ? "" : ")");
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_put_stat(struct gm_buf *out, const struct gm_record_deltas *deltas, bool colored)
{
	size_t n_added = 0, n_removed = 0;
	int rc = 0;

	if (!deltas->n)
		return 0;
	for (size_t i = 0; rc == 0 && i < deltas->n; i++) {
		n_added += deltas->items[i].status == 'A';
		n_removed += deltas->items[i].status == 'D';
		rc = put_stat_line(out, &deltas->items[i], colored);
	}
	if (rc < 0)
		return rc;
	return gm_buf_printf(out, " %zu added, %zu changed, %zu removed\n", n_added,
		deltas->n - n_added - n_removed, n_removed);
}
