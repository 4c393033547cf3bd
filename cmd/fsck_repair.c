#include "cmd/fsck_repair.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/text.h"

/* An object that is lost, and where it was when that is known. */
struct gm_fsck_loss {
	struct gm_oid oid;
	char *type;
	char *message;
	char *path;
	char *commit;
};

void gm_fsck_repair_dispose(struct gm_fsck_repair *repair)
{
	for (size_t i = 0; i < repair->n_lost; i++) {
		gm_free(repair->lost[i].type);
		gm_free(repair->lost[i].message);
		gm_free(repair->lost[i].path);
		gm_free(repair->lost[i].commit);
	}
	gm_free(repair->lost);
	gm_map_dispose(&repair->lost_by_id);
	json_decref(repair->actions);
	repair->lost = NULL;
	repair->actions = NULL;
}

static int copy_text(char **out, const char *text)
{
	gm_free(*out);
	*out = text ? gm_strdup(text) : NULL;
	return text && !*out ? GM_ENOMEM : 0;
}

/* Of the same object the note that knows a path says more. */
static int keep_loss(struct gm_fsck_repair *repair, const struct gm_repair_note *note)
{
	struct gm_fsck_loss *loss = NULL;
	struct gm_oid oid;

	if (!gm_oid_parse(&oid, note->subject, strlen(note->subject)))
		return 0;
	uint64_t at;
	int rc = 0;

	if (gm_map_get(&at, &repair->lost_by_id, &oid))
		loss = &repair->lost[at];
	if (!loss) {
		rc = gm_grow(&repair->lost, &repair->cap_lost, repair->n_lost + 1,
			sizeof(*repair->lost));
		if (rc < 0)
			return rc;
		rc = gm_map_put(&repair->lost_by_id, &oid, repair->n_lost);
		if (rc < 0)
			return rc;
		loss = &repair->lost[repair->n_lost++];
		*loss = (struct gm_fsck_loss){.oid = oid};
		rc = copy_text(&loss->message, note->message);
	}
	if (rc == 0 && (!loss->type || strcmp(note->type, "object") != 0))
		rc = copy_text(&loss->type, note->type);
	if (rc == 0 && note->path)
		rc = copy_text(&loss->path, note->path);
	if (rc == 0 && note->commit)
		rc = copy_text(&loss->commit, note->commit);
	return rc;
}

static int keep_action(struct gm_fsck_repair *repair, const struct gm_repair_note *note)
{
	json_t *action = gm_json_object();
	int rc = action ? 0 : GM_ENOMEM;

	if (!repair->actions)
		repair->actions = gm_json_array();
	if (rc == 0)
		rc = gm_json_set_string(
			action, "kind", note->kind == GM_REPAIR_REF ? "ref" : "file");
	if (rc == 0)
		rc = gm_json_set_string(action, "subject", note->subject);
	if (rc == 0)
		rc = gm_json_set_string(action, "message", note->message);
	if (rc == 0 && note->kept)
		rc = gm_json_set_string(action, "kept", note->kept);
	if (rc < 0) {
		json_decref(action);
		return rc;
	}
	return gm_json_append(repair->actions, action);
}

static int print_action(const struct gm_repair_note *note)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_printf(
		&line, "repaired: %s '", note->kind == GM_REPAIR_REF ? "ref" : "file");

	if (rc == 0)
		rc = gm_puts_safe(&line, note->subject);
	if (rc == 0)
		rc = gm_buf_puts(&line, "': ");
	if (rc == 0)
		rc = gm_puts_safe(&line, note->message);
	if (rc == 0 && note->kept)
		rc = gm_buf_puts(&line, "; kept: ");
	if (rc == 0 && note->kept)
		rc = gm_puts_safe(&line, note->kept);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int take_note(const struct gm_repair_note *note, void *payload)
{
	struct gm_fsck_repair *repair = payload;

	if (note->kind == GM_REPAIR_LOST)
		return keep_loss(repair, note);
	repair->n_done++;
	repair->has_losses = repair->has_losses || note->is_loss;
	return repair->call->json ? keep_action(repair, note) : print_action(note);
}

static int print_loss(const struct gm_fsck_loss *loss)
{
	char hex[GM_OID_HEX];
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);

	gm_oid_format(hex, &loss->oid);
	int rc = gm_buf_printf(&line, "lost: %s '%s'", loss->type, hex);
	if (rc == 0 && loss->path) {
		rc = gm_buf_puts(&line, ", '");
		if (rc == 0)
			rc = gm_puts_safe(&line, loss->path);
		if (rc == 0)
			rc = gm_buf_putc(&line, '\'');
	}
	if (rc == 0 && loss->commit)
		rc = gm_buf_printf(&line, " of commit %s", loss->commit);
	if (rc == 0)
		rc = gm_buf_puts(&line, ": ");
	if (rc == 0)
		rc = gm_puts_safe(&line, loss->message);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int loss_to_json(json_t **out, const struct gm_fsck_loss *loss)
{
	char hex[GM_OID_HEX];
	json_t *object = gm_json_object();
	int rc = object ? 0 : GM_ENOMEM;

	gm_oid_format(hex, &loss->oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "id", hex);
	if (rc == 0)
		rc = gm_json_set_string(object, "type", loss->type);
	if (rc == 0 && loss->path)
		rc = gm_json_set_string(object, "path", loss->path);
	if (rc == 0 && loss->commit)
		rc = gm_json_set_string(object, "commit", loss->commit);
	if (rc == 0)
		rc = gm_json_set_string(object, "message", loss->message);
	if (rc < 0)
		json_decref(object);
	else
		*out = object;
	return rc;
}

int gm_fsck_repair_give(json_t *object, struct gm_fsck_repair *repair)
{
	json_t *lost = gm_json_array();
	int rc = lost ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < repair->n_lost; i++) {
		json_t *loss = NULL;
		rc = loss_to_json(&loss, &repair->lost[i]);
		if (rc == 0)
			rc = gm_json_append(lost, loss);
	}
	if (rc < 0) {
		json_decref(lost);
		return rc;
	}
	rc = gm_json_set(object, "lost", lost);
	return rc < 0
		? rc
		: gm_json_set(object, "repaired",
			  repair->actions ? gm_steal(&repair->actions) : gm_json_array());
}

static void tell_holder(const char *holder, void *payload)
{
	const struct gm_call *call = payload;

	gm_talk(call, "waiting for the repository lock, held by %s",
		*holder ? holder : "another process");
}

static int count_fault(const char *subject, const char *fault, void *payload)
{
	(void)subject;
	(void)fault;
	++*(size_t *)payload;
	return 0;
}

/* When the repository could not be opened it need not have been for its store. */
static bool store_is_sound(const char *gitdir)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = NULL;
	size_t n = 0;

	return gm_store_open(&store, gitdir) == 0 && gm_store_has_segments(store) &&
		gm_store_check(store, count_fault, &n) == 0 && n == 0;
}

static int reopen(struct gm_call *call, const char *gitdir)
{
	gm_repo_free(gm_steal(&call->repo));
	return gm_repo_open(&call->repo, gitdir);
}

/* Files first, then what stands on them. */
static int repair_files(const struct gm_repair *repair, const struct gm_fsck_needs *needs)
{
	enum gm_layout layout;
	int rc = gm_repair_layout(&layout, repair->gitdir);

	if (rc == 0)
		rc = gm_repair_settings(repair, layout);
	if (rc >= 0 && layout == GM_LAYOUT_SEGMENTS &&
		(needs->store || (needs->settings && !store_is_sound(repair->gitdir))))
		rc = gm_repair_segments(repair);
	if (rc >= 0)
		rc = gm_repair_skeleton(repair, layout);
	if (rc >= 0 && needs->store)
		rc = gm_repair_objects(repair);
	if (rc >= 0 && layout == GM_LAYOUT_GIT)
		rc = gm_repair_ref_files(repair);
	return rc < 0 ? rc : 0;
}

static int repair_all(struct gm_fsck_repair *state, const struct gm_repair *repair,
	const struct gm_fsck_needs *needs)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	gm_autofree char *path = gm_format("%s/lock", repair->gitdir);
	struct gm_call *call = state->call;
	int rc = path ? gm_lock_acquire(&lock, path, "fsck --repair", tell_holder, call)
		      : GM_ENOMEM;

	gm_repo_free(gm_steal(&call->repo));
	if (rc == 0)
		rc = repair_files(repair, needs);
	if (rc == 0)
		rc = reopen(call, repair->gitdir);
	if (rc == 0)
		rc = gm_call_signatures(&author, &committer, call);
	if (rc == 0)
		rc = gm_repair_refs(repair, call->repo, lock, &committer);
	if (rc == 0)
		rc = gm_repair_stages(repair, call->repo);
	if (rc == 0)
		rc = gm_repair_merges(repair, call->repo);
	return rc < 0 ? rc : gm_repair_tell_lost(repair, call->repo);
}

int gm_fsck_repair(struct gm_fsck_repair *state, const char *gitdir,
	const struct gm_fsck_needs *needs)
{
	char stamp[24];
	struct tm when;
	time_t now = time(NULL);
	const struct gm_repair repair = {
		.gitdir = gitdir, .stamp = stamp, .tell = take_note, .payload = state};

	if (!gmtime_r(&now, &when) ||
		!strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &when))
		return gm_error(GM_ERROR, "the clock cannot be read");
	return repair_all(state, &repair, needs);
}

int gm_fsck_repair_print(const struct gm_fsck_repair *repair)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && !repair->call->json && i < repair->n_lost; i++)
		rc = print_loss(&repair->lost[i]);
	return rc;
}
