#include "cmd/complete.h"

#include <string.h>
#include <unistd.h>

#include "cmd/complete_values.h"
#include "cmd/global_options.h"

/* The words of a command line and how far they were read; the last is being typed. */
struct line {
	struct gm_call *call;
	const char *const *words;
	size_t n;
	size_t at;
	const struct gm_option *pending; /* its value is the next word */
	bool dashes;                     /* `--` was read: no options any more */
	size_t n_arguments;              /* read so far */
};

static const char *current(const struct line *line)
{
	return line->words[line->n - 1];
}

/* Candidates must stay one line, and text on a terminal. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int print_candidate(
	const char *start, size_t size, const char *word, const char *about)
{
	if (!is_printable(word))
		return 0;
	return gm_print("%.*s%s\t%s\n", (int)size, start, word, about ? about : "");
}

static const struct gm_option *find_long(
	const struct gm_option *options, const char *name, size_t size)
{
	const struct gm_option *found = NULL;

	for (; options->type != GM_OPTION_END; options++) {
		if (!options->name || strncmp(options->name, name, size) != 0)
			continue;
		if (!options->name[size])
			return options;
		found = found ? found : options;
	}
	return found;
}

static const struct gm_option *find_short(const struct gm_option *options, char letter)
{
	for (; options->type != GM_OPTION_END; options++)
		if (options->letter == letter)
			return options;
	return NULL;
}

static bool takes_value(const struct gm_option *option)
{
	return option && !gm_option_is_flag(option) &&
		option->type != GM_OPTION_OPTIONAL_SIZE;
}

/* Where the value begins in a word such as `--file=x`, `-bx`; NULL when there is none. */
static const char *value_in(
	const struct gm_option **out, const struct gm_option *options, const char *word)
{
	*out = NULL;
	if (word[1] == '-') {
		size_t size = strcspn(word + 2, "=");
		*out = find_long(options, word + 2, size);
		return word[2 + size] ? word + 2 + size + 1 : NULL;
	}
	for (const char *letter = word + 1; *letter; letter++) {
		*out = find_short(options, *letter);
		if (takes_value(*out))
			return letter[1] ? letter + 1 : NULL;
	}
	return NULL;
}

/* So that `-C` and `--branch` count for the candidates too. */
static void set_value(const struct gm_option *option, const char *value)
{
	if (option->type == GM_OPTION_STRV)
		(void)gm_strv_add(
			option->value, value); /* completes less without memory */
	if (option->type == GM_OPTION_STRING)
		*(const char **)option->value = value;
}

/* Read the words before the last one, up to the first argument if `stop_at_argument`. */
static void read_words(
	struct line *line, const struct gm_option *options, bool stop_at_argument)
{
	for (; line->at + 1 < line->n; line->at++) {
		const char *word = line->words[line->at];
		const struct gm_option *option;

		if (line->pending) {
			set_value(line->pending, word);
			line->pending = NULL;
		} else if (!line->dashes && !strcmp(word, "--")) {
			line->dashes = true;
		} else if (line->dashes || word[0] != '-' || !word[1]) {
			if (stop_at_argument)
				return;
			line->n_arguments++;
		} else {
			const char *value = value_in(&option, options, word);
			if (value)
				set_value(option, value);
			else if (takes_value(option))
				line->pending = option;
		}
	}
}

static int print_choices(
	const char *start, size_t size, const char *choices, const char *text)
{
	int rc = 0;

	for (const char *at = choices; rc == 0; at++) {
		size_t length = strcspn(at, "|");
		gm_autofree char *choice = gm_strndup(at, length);
		if (!choice)
			return GM_ENOMEM;
		if (!strncmp(choice, text, strlen(text)))
			rc = print_candidate(start, size, choice, NULL);
		at += length;
		if (!*at)
			break;
	}
	return rc;
}

static const char *about(enum gm_complete kind, const char *value)
{
	return kind == GM_COMPLETE_COMMAND ? gm_command_find(value)->summary : NULL;
}

/* `start` is what stands before `text` in the same word. */
static int print_values(struct line *line, const char *start, size_t size,
	enum gm_complete kind, const char *text)
{
	gm_autostrv values = GM_STRV_INIT;

	if (kind == GM_COMPLETE_FILE || kind == GM_COMPLETE_DIR)
		return gm_print("\t%s\n", kind == GM_COMPLETE_FILE ? "file" : "dir");
	/* Without a repository, say, there is less to offer; nobody wants to read why. */
	int rc = gm_complete_values(&values, line->call, kind, text);
	rc = rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
	for (size_t i = 0; rc == 0 && i < values.n; i++)
		rc = print_candidate(
			start, size, values.items[i], about(kind, values.items[i]));
	return rc;
}

static int print_option_values(struct line *line, const struct gm_option *option,
	const char *word, const char *text)
{
	size_t size = (size_t)(text - word);

	return option->choices ? print_choices(word, size, option->choices, text)
			       : print_values(line, word, size, option->complete, text);
}

static int print_option_names(const struct gm_option *options, const char *word)
{
	int rc = 0;

	for (; rc == 0 && options->type != GM_OPTION_END; options++) {
		char letter[] = {'-', options->letter, '\0'};
		gm_autofree char *name = options->name ? gm_format("--%s", options->name)
						       : gm_strdup(letter);
		if (!name)
			return GM_ENOMEM;
		if (options->help && !strncmp(name, word, strlen(word)))
			rc = print_candidate("", 0, name, options->help);
	}
	return rc;
}

static int print_last_word(
	struct line *line, const struct gm_option *options, enum gm_complete arguments)
{
	const struct gm_option *option;
	const char *word = current(line);

	if (line->pending)
		return print_option_values(line, line->pending, word, word);
	if (line->dashes || word[0] != '-')
		return print_values(line, "", 0, arguments, word);
	const char *value = value_in(&option, options, word);
	if (value)
		return takes_value(option)
			? print_option_values(line, option, word, value)
			: 0;
	return print_option_names(options, word);
}

static int complete_in_command(const struct gm_usage *usage, void *payload)
{
	struct line *line = payload;
	size_t own = 0;

	while (usage->options[own].type != GM_OPTION_END)
		own++;
	gm_autofree struct gm_option *options =
		gm_calloc(own + GM_GLOBAL_OPTIONS + 1, sizeof(*options));
	if (!options)
		return GM_ENOMEM;
	memcpy(options, usage->options, own * sizeof(*options));
	gm_global_options_fill(options + own, line->call);
	options[own + GM_GLOBAL_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	read_words(line, options, false);
	bool is_verb = usage->verbs && !line->n_arguments && !line->pending &&
		current(line)[0] != '-';
	return is_verb ? print_choices("", 0, usage->verbs, current(line))
		       : print_last_word(line, options, usage->arguments);
}

static int complete_command(struct line *line, const struct gm_command *command)
{
	struct gm_call *call = line->call;
	char *no_arguments[] = {NULL};

	line->at++;
	line->dashes = false;
	call->mode = GM_COMMAND_DESCRIBE;
	call->describe = complete_in_command;
	call->payload = line;
	int rc = command->run(call, 0, no_arguments);
	call->mode = GM_COMMAND_RUN;
	return rc < 0 ? rc : 0;
}

int gm_complete(struct gm_call *call, const char *const *words, size_t n)
{
	struct line line = {.call = call, .words = words, .n = n};
	struct gm_option options[GM_PROGRAM_OPTIONS + 1];
	bool version;

	if (!n)
		return 0;
	gm_program_options_fill(options, call, &version);
	options[GM_PROGRAM_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	read_words(&line, options, true);
	if (gm_call_enter(call) < 0)
		return 0;
	if (line.at + 1 == n)
		return print_last_word(&line, options, GM_COMPLETE_COMMAND);
	const struct gm_command *command = gm_command_find(words[line.at]);
	return command ? complete_command(&line, command) : 0;
}
