#include "cmd/memory_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"

void gm_memory_options_fill(
	struct gm_option out[GM_MEMORY_OPTIONS], struct gm_memory_options *o)
{
	const struct gm_option options[GM_MEMORY_OPTIONS] = {
		{GM_OPTION_CHOICE, 't', "type", &o->type, "TYPE",
			"episodic, semantic, procedural or state",
			"episodic|semantic|procedural|state", GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'k', "key", &o->key, "KEY",
			"a stable name such as user/editor", NULL, GM_COMPLETE_KEY},
		{GM_OPTION_STRV, 0, "tag", &o->tags, "TAG", "a tag; may be repeated",
			NULL, GM_COMPLETE_TAG},
		{GM_OPTION_STRING, 0, "importance", &o->importance, "X",
			"from 0 to 1; 0.5 when not given", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "scope", &o->scope, "SCOPE",
			"private, shared or global", "private|shared|global",
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "session", &o->session, "NAME",
			"the conversation it belongs to", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "role", &o->role, "ROLE",
			"who spoke: user, assistant, ...", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRV, 0, "supersedes", &o->supersedes, "MEMORY",
			"a memory that this one replaces; may be repeated", NULL,
			GM_COMPLETE_MEMORY},
		{GM_OPTION_STRING, 0, "created", &o->created, "TIME", "when it happened",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "valid-from", &o->valid_from, "TIME",
			"not true before", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "valid-until", &o->valid_until, "TIME",
			"not true after", NULL, GM_COMPLETE_NONE},
	};

	memcpy(out, options, sizeof(options));
}

void gm_memory_options_dispose(struct gm_memory_options *options)
{
	gm_strv_dispose(&options->tags);
	gm_strv_dispose(&options->supersedes);
}

bool gm_memory_options_empty(const struct gm_memory_options *o)
{
	return !o->type && !o->key && !o->tags.n && !o->importance && !o->scope &&
		!o->session && !o->role && !o->supersedes.n && !o->created &&
		!o->valid_from && !o->valid_until;
}

/* "" takes the field away. */
static int apply_text(char **field, const char *text)
{
	return text ? gm_record_set_text(field, *text ? text : NULL) : 0;
}

/* "2 weeks" is in the past for git; who gives a validity may mean the other direction. */
static bool has_no_direction(const char *text)
{
	static const char *const units[] = {
		"second", "minute", "hour", "day", "week", "month", "year"};
	gm_time time;

	text += strspn(text, " \t");
	if (*text < '0' || *text > '9' || gm_time_parse(&time, text) == 0 ||
		strcasestr(text, "ago"))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcasestr(text, units[i]))
			return true;
	return false;
}

static int apply_time(gm_time *field, const char *option, const char *text)
{
	if (!text)
		return 0;
	if (has_no_direction(text)) {
		int rc = gm_error(GM_EUSAGE, "%s: '%s' has no direction", option, text);
		gm_error_hint("say 'in %s' or '%s ago'", text, text);
		return rc;
	}
	if (*text)
		return gm_parse_time_option(field, option, text);
	*field = GM_TIME_NONE;
	return 0;
}

static int apply_importance(double *field, const char *text)
{
	char *end;

	if (!text)
		return 0;
	double value = strtod(text, &end);
	/* strtod() also takes blanks, hexadecimal numbers and words. */
	if (end == text || *end || text[strspn(text, "0123456789.eE+-")] ||
		!(value >= 0 && value <= 1))
		return gm_error(GM_EUSAGE,
			"--importance: '%s' is not a number from 0 to 1", text);
	*field = value;
	return 0;
}

static int apply_scope(enum gm_scope *field, const char *text)
{
	if (!text)
		return 0;
	if (!strcmp(text, "private")) {
		int rc = gm_error(GM_ERROR, "private memories cannot be stored yet");
		gm_error_hint("they are refused until they can be encrypted; nothing was "
			      "written");
		return rc;
	}
	return gm_scope_parse(field, text)
		? 0
		: gm_error(GM_EUSAGE, "unknown scope '%s'", text);
}

static int apply_key(struct gm_record *record, const char *key)
{
	gm_autobuf nfc = GM_BUF_INIT(GM_BUF_PATH);

	if (!key)
		return 0;
	if (!*key)
		return gm_record_set_text(&record->key, NULL);
	if (gm_utf8_nfc(&nfc, key, strlen(key)) < 0)
		return gm_error(GM_EINVALID, "the key is not valid UTF-8");
	return gm_record_set_text(&record->key, gm_buf_str(&nfc));
}

/* For edit: "+x" and "-x" change the set, anything else begins a new one, "" an empty one. */
static int apply_tags(struct gm_strv *field, const struct gm_strv *tags, bool signed_tags)
{
	bool fresh = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tags->n; i++) {
		const char *tag = tags->items[i];
		if (signed_tags && *tag == '-') {
			(void)gm_strv_remove(field, tag + 1); /* absent is as good */
			continue;
		}
		if (signed_tags && *tag != '+' && !fresh) {
			gm_strv_dispose(field);
			fresh = true;
		}
		if (signed_tags && !*tag)
			continue;
		rc = gm_strv_add(field, signed_tags && *tag == '+' ? tag + 1 : tag);
	}
	return rc;
}

/* The id that a name means: a full id need not exist. */
static int find_superseded(char out[GM_UUID_TEXT], const char *name, struct gm_view *view)
{
	gm_automemory memory = GM_MEMORY_INIT;
	uint8_t uuid[GM_UUID_SIZE];

	if (gm_uuid_parse(uuid, name, strlen(name))) {
		gm_uuid_format(out, uuid);
		return 0;
	}
	int rc = gm_memory_find(&memory, view, name);
	if (rc == 0)
		memcpy(out, memory.record.id, GM_UUID_TEXT);
	return rc;
}

/* For edit: "-ID" takes one away, "" all. */
static int apply_supersedes(struct gm_strv *field, const struct gm_strv *names,
	struct gm_view *view, bool signed_names)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < names->n; i++) {
		const char *name = names->items[i];
		bool away = signed_names && *name == '-';
		char id[GM_UUID_TEXT];
		if (signed_names && !*name) {
			gm_strv_dispose(field);
			continue;
		}
		rc = find_superseded(
			id, name + (signed_names && (away || *name == '+')), view);
		if (rc == 0 && away)
			(void)gm_strv_remove(field, id); /* absent is as good */
		else if (rc == 0)
			rc = gm_strv_add(field, id);
	}
	return rc;
}

/* What makes no sense beside what the record is or has. */
static int check_sense(const struct gm_record *record, const struct gm_memory_options *o)
{
	if (o->supersedes.n && gm_strv_contains(&record->supersedes, record->id))
		return gm_error(GM_EINVALID, "a memory cannot supersede itself");
	if ((o->valid_from || o->valid_until) && record->valid_from != GM_TIME_NONE &&
		record->valid_until != GM_TIME_NONE &&
		record->valid_until < record->valid_from)
		return gm_error(GM_EUSAGE, "--valid-until is before --valid-from");
	return 0;
}

int gm_memory_options_apply(struct gm_record *record, const struct gm_memory_options *o,
	struct gm_view *view, bool signed_lists)
{
	int rc = apply_scope(&record->scope, o->scope);

	if (rc == 0 && o->type && !gm_record_type_parse(&record->type, o->type))
		rc = gm_error(GM_EUSAGE, "unknown type '%s'", o->type);
	if (rc == 0)
		rc = apply_key(record, o->key);
	if (rc == 0)
		rc = apply_text(&record->session, o->session);
	if (rc == 0)
		rc = apply_text(&record->role, o->role);
	if (rc == 0)
		rc = apply_importance(&record->importance, o->importance);
	if (rc == 0)
		rc = apply_tags(&record->tags, &o->tags, signed_lists);
	if (rc == 0)
		rc = apply_supersedes(
			&record->supersedes, &o->supersedes, view, signed_lists);
	if (rc == 0)
		rc = apply_time(&record->valid_from, "--valid-from", o->valid_from);
	if (rc == 0)
		rc = apply_time(&record->valid_until, "--valid-until", o->valid_until);
	return rc < 0 ? rc : check_sense(record, o);
}
