#include "cmd/hook_script.h"

#include <string.h>

#include "base/shell_quote.h"

#define FIRST "#!/bin/sh\n"
#define BEGIN "# >>> gitmem >>>"
#define END "# <<< gitmem <<<"

int gm_hook_block(struct gm_buf *out, const char *gitdir)
{
	int rc = gm_buf_puts(out,
		BEGIN "\n"
		      "# Memory travels along, see gitmem-sync(7). Taken out again by:\n"
		      "# gitmem hook install --uninstall\n"
		      "if command -v gitmem >/dev/null 2>&1; then\n"
		      "\tGITMEM_DIR=");

	if (rc == 0)
		rc = gm_shell_quote(out, gitdir);
	return rc < 0 ? rc
		      : gm_buf_puts(out,
				" gitmem -q sync </dev/null >&2 ||\n"
				"\t\techo 'gitmem: memory was not synchronised' >&2\n"
				"fi\n" END "\n");
}

/* The line of the script that is this mark; NULL when none is. */
static const char *find_line(const char *script, const char *mark)
{
	size_t size = strlen(mark);
	const char *at = script;

	while ((at = strstr(at, mark))) {
		bool begins = at == script || at[-1] == '\n';
		if (begins && (at[size] == '\n' || !at[size]))
			return at;
		at += size;
	}
	return NULL;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

bool gm_hook_has_block(const char *script)
{
	return find_line(script, BEGIN) || find_line(script, END);
}

/* Where the block begins and what follows it; both the same place when there is none. */
static enum gm_hook_obstacle find_block(
	const char **begin_out, const char **after_out, const char *script)
{
	const char *begin = find_line(script, BEGIN);
	const char *end = begin ? find_line(begin, END) : NULL;

	if (!begin != !find_line(script, END) || !begin != !end)
		return GM_HOOK_TORN;
	*begin_out = begin;
	*after_out = end ? next_line(end) : NULL;
	return GM_HOOK_FREE;
}

/* Whether the script begins with "#!" and a shell, maybe by way of env(1). */
static bool is_shell(const char *script)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh"};
	const char *end = script + strcspn(script, "\r\n");
	const char *word = script + 2;

	if (strncmp(script, "#!", 2) != 0)
		return false;
	while (word < end) {
		size_t size = strcspn(word, " \t\r\n");
		const char *name = word + size;
		while (name > word && name[-1] != '/')
			name--;
		size_t name_size = (size_t)(word + size - name);
		for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
			if (name_size == strlen(shells[i]) &&
				!memcmp(name, shells[i], name_size))
				return true;
		if (name_size && (name_size != 3 || memcmp(name, "env", 3) != 0))
			return false;
		word += size + 1;
	}
	return false;
}

static int put_parts(struct gm_buf *out, const char *script, const char *begin,
	const char *block, const char *after)
{
	int rc = gm_buf_put(out, script, (size_t)(begin - script));

	if (rc == 0 && out->size && out->ptr[out->size - 1] != '\n')
		rc = gm_buf_putc(out, '\n');
	if (rc == 0)
		rc = gm_buf_puts(out, block);
	return rc < 0 ? rc : gm_buf_puts(out, after);
}

int gm_hook_put_block(struct gm_buf *out, enum gm_hook_obstacle *obstacle_out,
	const char *script, const char *block)
{
	const char *begin, *after;

	if (!*script)
		script = FIRST;
	*obstacle_out = find_block(&begin, &after, script);
	if (*obstacle_out == GM_HOOK_FREE && !is_shell(script))
		*obstacle_out = GM_HOOK_NO_SHELL;
	if (*obstacle_out != GM_HOOK_FREE)
		return 0;
	if (!begin)
		begin = after = next_line(script);
	return put_parts(out, script, begin, block, after);
}

int gm_hook_take_block(
	struct gm_buf *out, enum gm_hook_obstacle *obstacle_out, const char *script)
{
	const char *begin, *after;
	int rc;

	*obstacle_out = find_block(&begin, &after, script);
	if (*obstacle_out != GM_HOOK_FREE)
		return 0;
	rc = begin ? put_parts(out, script, begin, "", after) : gm_buf_puts(out, script);
	if (rc == 0 && !strcmp(gm_buf_str(out), FIRST))
		gm_buf_reset(out);
	return rc;
}
