#include "base/options.h"

#include <string.h>

struct parse {
	const struct gm_option *options;
	int argc;
	char *const *argv;
	int at; /* the argument being looked at */
	struct gm_options_result result;
};

static int set_size(const struct gm_option *option, const char *shown, const char *text)
{
	size_t number = 0;
	bool good = *text;

	for (const char *at = text; good && *at; at++)
		good = *at >= '0' && *at <= '9' &&
			!__builtin_mul_overflow(number, 10, &number) &&
			!__builtin_add_overflow(number, *at - '0', &number);
	if (!good)
		return gm_error(
			GM_EUSAGE, "option '%s' needs a number, not '%s'", shown, text);
	*(size_t *)option->value = number;
	return 0;
}

static int set_choice(const struct gm_option *option, const char *shown, const char *text)
{
	size_t size = strlen(text);

	for (const char *at = option->choices;; at++) {
		size_t length = strcspn(at, "|");
		if (length == size && !memcmp(at, text, size)) {
			*(const char **)option->value = text;
			return 0;
		}
		at += length;
		if (!*at)
			return gm_error(GM_EUSAGE,
				"option '%s' needs one of %s, not '%s'", shown,
				option->choices, text);
	}
}

/* `shown` is the option as the user knows it: "-k" or "--limit". */
static int set_value(const struct gm_option *option, const char *shown, const char *text)
{
	switch (option->type) {
	case GM_OPTION_STRING:
		*(const char **)option->value = text;
		return 0;
	case GM_OPTION_STRV:
		return gm_strv_add(option->value, text);
	case GM_OPTION_SIZE:
	case GM_OPTION_OPTIONAL_SIZE:
		return set_size(option, shown, text);
	case GM_OPTION_CHOICE:
		return set_choice(option, shown, text);
	case GM_OPTION_BOOL:
	case GM_OPTION_COUNT:
	case GM_OPTION_END:
		break;
	}
	return gm_error(GM_EUSAGE, "option '%s' takes no value", shown);
}

bool gm_option_is_flag(const struct gm_option *option)
{
	return option->type == GM_OPTION_BOOL || option->type == GM_OPTION_COUNT;
}

/* The value in the next argument. */
static int set_next(
	struct parse *parse, const struct gm_option *option, const char *shown)
{
	if (parse->at + 1 >= parse->argc)
		return gm_error(GM_EUSAGE, "option '%s' needs a value", shown);
	return set_value(option, shown, parse->argv[++parse->at]);
}

/* For an option without a value. */
static int set_flag(
	struct parse *parse, const struct gm_option *option, const char *shown, bool flag)
{
	if (option->type == GM_OPTION_BOOL)
		*(bool *)option->value = flag;
	else if (option->type == GM_OPTION_COUNT)
		*(size_t *)option->value = flag ? *(size_t *)option->value + 1 : 0;
	else if (option->type == GM_OPTION_OPTIONAL_SIZE)
		*(size_t *)option->value = 1;
	else
		return set_next(parse, option, shown);
	return 0;
}

/* What a long option was found to be. */
struct match {
	const struct gm_option *option;
	bool negated;
};

/* Compare `name` of `size` bytes with a full name: 2 equal, 1 a beginning of it, 0 neither. */
static int compare_name(const char *name, size_t size, const char *full)
{
	if (strncmp(name, full, size) != 0)
		return 0;
	return full[size] ? 1 : 2;
}

static int ambiguous(const char *name, size_t size, struct match a, struct match b)
{
	return gm_error(GM_EUSAGE,
		"ambiguous option '--%.*s' (could be --%s%s or --%s%s)", (int)size, name,
		a.negated ? "no-" : "", a.option->name, b.negated ? "no-" : "",
		b.option->name);
}

static bool can_negate(const struct gm_option *option)
{
	return gm_option_is_flag(option) && strncmp(option->name, "no-", 3) != 0;
}

/* Find a long option by its name or a beginning that fits no other. */
static int find_long(
	struct match *out, const struct gm_option *options, const char *name, size_t size)
{
	struct match best = {NULL, false};
	struct match other = {NULL, false};
	struct match opposite = {NULL, false};

	for (const struct gm_option *option = options; option->type != GM_OPTION_END;
		option++) {
		if (!option->name)
			continue;
		struct match match = {option, false};
		int fit = compare_name(name, size, option->name);
		if (!fit && size >= 3 && !memcmp(name, "no-", 3) && can_negate(option)) {
			match.negated = true;
			fit = compare_name(name + 3, size - 3, option->name);
		}
		if (fit == 2 && !match.negated) {
			*out = match;
			return 0;
		}
		/* An option that is itself called so goes before it. */
		if (fit == 2)
			opposite = match;
		if (fit && best.option)
			other = match;
		else if (fit)
			best = match;
	}
	if (opposite.option) {
		*out = opposite;
		return 0;
	}
	if (!best.option)
		return gm_error(GM_EUSAGE, "unknown option '--%.*s'", (int)size, name);
	if (other.option)
		return ambiguous(name, size, best, other);
	*out = best;
	return 0;
}

static int parse_long(struct parse *parse, const char *name)
{
	size_t size = strcspn(name, "=");
	const char *value = name[size] ? name + size + 1 : NULL;
	struct match match = {NULL, false};
	int rc;

	if (!strcmp(name, "help")) {
		parse->result.help = true;
		return 0;
	}
	rc = find_long(&match, parse->options, name, size);
	if (rc < 0)
		return rc;
	gm_autofree char *shown =
		gm_format("--%s%s", match.negated ? "no-" : "", match.option->name);
	if (!shown)
		return GM_ENOMEM;
	if (value)
		return set_value(match.option, shown, value);
	return set_flag(parse, match.option, shown, !match.negated);
}

static const struct gm_option *find_short(const struct gm_option *options, char letter)
{
	for (; options->type != GM_OPTION_END; options++)
		if (options->letter == letter)
			return options;
	return NULL;
}

/* "-20" is "-n 20". */
static int parse_number(const struct parse *parse, const char *text)
{
	const struct gm_option *option = find_short(parse->options, 'n');

	if (!option ||
		(option->type != GM_OPTION_SIZE &&
			option->type != GM_OPTION_OPTIONAL_SIZE))
		return gm_error(GM_EUSAGE, "unknown option '-%s'", text);
	return set_value(option, "-n", text);
}

/* Whether the rest of a bundle, which begins with this letter, is the option's value. */
static bool takes_rest(const struct gm_option *option, char next)
{
	if (option->type == GM_OPTION_OPTIONAL_SIZE)
		return next >= '0' && next <= '9';
	return !gm_option_is_flag(option);
}

/* "-q", "-qv", "-n5", "-qn5" or "-n 5", without the dash. */
static int parse_short(struct parse *parse, const char *letters)
{
	if (*letters >= '0' && *letters <= '9' && !find_short(parse->options, *letters))
		return parse_number(parse, letters);
	for (; *letters; letters++) {
		const char shown[] = {'-', *letters, '\0'};
		const struct gm_option *option = find_short(parse->options, *letters);
		if (!option && *letters == 'h') {
			parse->result.help = true;
			return 0;
		}
		if (!option)
			return gm_error(GM_EUSAGE, "unknown option '%s'", shown);
		if (letters[1] && takes_rest(option, letters[1]))
			return set_value(option, shown, letters + 1);
		int rc = set_flag(parse, option, shown, true);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void take_rest(struct parse *parse)
{
	for (; parse->at < parse->argc; parse->at++)
		parse->result.rest[parse->result.n_rest++] = parse->argv[parse->at];
}

static int parse_all(struct parse *parse, bool stop_at_argument)
{
	struct gm_options_result *result = &parse->result;

	for (; parse->at < parse->argc; parse->at++) {
		const char *arg = parse->argv[parse->at];
		int rc = 0;
		if (!strcmp(arg, "--")) {
			parse->at++;
			result->n_before_dashes = result->n_rest;
			result->has_dashes = true;
			take_rest(parse);
			return 0;
		}
		if (arg[0] != '-' || !arg[1]) {
			if (stop_at_argument)
				break;
			result->rest[result->n_rest++] = arg;
		} else {
			rc = arg[1] == '-' ? parse_long(parse, arg + 2)
					   : parse_short(parse, arg + 1);
		}
		if (rc < 0)
			return rc;
		if (result->help)
			break;
	}
	if (!result->help)
		take_rest(parse);
	result->n_before_dashes = result->n_rest;
	return 0;
}

int gm_options_parse(struct gm_options_result *out, const struct gm_option *options,
	int argc, char *const *argv, bool stop_at_argument)
{
	struct parse parse = {.options = options, .argc = argc, .argv = argv};

	parse.result.rest = gm_malloc(((size_t)argc + 1) * sizeof(*parse.result.rest));
	if (!parse.result.rest)
		return GM_ENOMEM;
	int rc = parse_all(&parse, stop_at_argument);
	if (rc < 0) {
		gm_options_result_dispose(&parse.result);
		return rc;
	}
	parse.result.rest[parse.result.n_rest] = NULL;
	*out = parse.result;
	return 0;
}

void gm_options_result_dispose(struct gm_options_result *result)
{
	gm_free(result->rest);
	*result = (struct gm_options_result){.rest = NULL};
}

/* Columns of the first part, and the gap behind it; git's own. */
#define OPTION_COLUMNS 24
#define GAP_COLUMNS 2

static int put_argument(struct gm_buf *out, const struct gm_option *option)
{
	if (gm_option_is_flag(option))
		return 0;
	if (option->type == GM_OPTION_OPTIONAL_SIZE)
		return gm_buf_printf(out, "[<%s>]", option->argument);
	if (!option->argument && option->choices)
		return gm_buf_printf(out, " (%s)", option->choices);
	return gm_buf_printf(out, " <%s>", option->argument ? option->argument : "VALUE");
}

static int put_option(struct gm_buf *out, const struct gm_option *option)
{
	size_t start = out->size;
	int rc = gm_buf_puts(out, "    ");

	if (rc == 0 && option->letter)
		rc = gm_buf_printf(
			out, "-%c%s", option->letter, option->name ? ", " : "");
	if (rc == 0 && option->name)
		rc = gm_buf_printf(out, "--%s", option->name);
	if (rc == 0)
		rc = put_argument(out, option);
	if (rc < 0)
		return rc;
	size_t used = out->size - start;
	if (used > OPTION_COLUMNS) {
		rc = gm_buf_putc(out, '\n');
		used = 0;
	}
	if (rc < 0)
		return rc;
	return gm_buf_printf(out, "%*s%s\n", (int)(OPTION_COLUMNS + GAP_COLUMNS - used),
		"", option->help);
}

int gm_options_help(struct gm_buf *out, const struct gm_usage *usage)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && usage->synopsis[i]; i++)
		rc = gm_buf_printf(out, "%s gitmem %s\n",
			i ? "   or:" : "usage:", usage->synopsis[i]);
	if (rc == 0 && usage->summary)
		rc = gm_buf_printf(out, "\n%s\n", usage->summary);
	if (rc == 0 && usage->options && usage->options->type != GM_OPTION_END)
		rc = gm_buf_putc(out, '\n');
	for (const struct gm_option *option = usage->options;
		rc == 0 && option && option->type != GM_OPTION_END; option++)
		if (option->help)
			rc = put_option(out, option);
	return rc;
}
