#include "index/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "index/posting_segment.h"

void gm_sessions_dispose(struct gm_sessions *sessions)
{
	for (size_t i = 0; i < sessions->n; i++)
		gm_free(sessions->items[i].members);
	gm_free(sessions->items);
	gm_free(sessions->by_label);
	*sessions = (struct gm_sessions)GM_SESSIONS_INIT;
}

int gm_sessions_init(struct gm_sessions *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *view, const struct gm_bm25 *scores, uint32_t n_labels)
{
	uint32_t *by_label = gm_calloc(n_labels ? n_labels : 1, sizeof(*by_label));

	if (!by_label)
		return GM_ENOMEM;
	*out = (struct gm_sessions){.ordinals = ordinals,
		.view = view,
		.scores = scores,
		.by_label = by_label,
		.n_labels = n_labels};
	return 0;
}

/* What members are sorted by. */
struct member {
	int64_t created;
	int32_t seq;
	uint32_t ordinal;
};

struct members {
	struct member *items;
	size_t n;
	size_t cap;
	uint64_t length;
};

static void members_dispose(struct members *members)
{
	gm_free(members->items);
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Those of one segment, which stand in their order there. */
static int add_members(struct members *out, const struct gm_sessions *sessions,
	size_t segment, uint32_t label)
{
	const struct gm_posting_segment *postings =
		sessions->ordinals->segments->postings[segment];
	const struct gm_document *documents = gm_posting_segment_documents(postings);
	const uint32_t *order = gm_posting_segment_order(postings);
	int64_t first = gm_posting_segment_first(postings);
	size_t rows = gm_posting_segment_rows(postings);
	size_t n;
	size_t from = gm_posting_segment_session(&n, postings, label);
	int rc = gm_grow(&out->items, &out->cap, out->n + n, sizeof(*out->items));

	for (size_t i = from; i < from + n && rc == 0; i++) {
		if (order[i] >= rows || !gm_bitmap_test(sessions->view, first + order[i]))
			continue;
		const struct gm_document *document = &documents[order[i]];
		out->items[out->n++] = (struct member){document->created, document->seq,
			sessions->ordinals->starts[segment] + order[i]};
		out->length += document->length + document->names_length;
	}
	return rc;
}

static bool is_sorted(const struct members *members)
{
	for (size_t i = 1; i < members->n; i++)
		if (compare_members(&members->items[i - 1], &members->items[i]) > 0)
			return false;
	return true;
}

/* Of the session of one label. */
static int find_members(
	struct members *out, const struct gm_sessions *sessions, uint32_t label)
{
	int rc = 0;

	for (size_t i = 0; i < sessions->ordinals->segments->n && rc == 0; i++)
		rc = add_members(out, sessions, i, label);
	if (rc == 0 && !is_sorted(out))
		qsort(out->items, out->n, sizeof(*out->items), compare_members);
	return rc;
}

static int make_session(struct gm_sessions *sessions, uint32_t label)
{
	gm_cleanup(members_dispose) struct members members = {NULL, 0, 0, 0};
	struct gm_session session = {.n = 0};
	int rc = gm_grow(&sessions->items, &sessions->cap, sessions->n + 1,
		sizeof(*sessions->items));

	if (rc == 0)
		rc = find_members(&members, sessions, label);
	if (rc < 0)
		return rc;
	session.members = gm_malloc(members.n * sizeof(*session.members));
	if (!session.members)
		return GM_ENOMEM;
	for (size_t i = 0; i < members.n; i++) {
		float score = sessions->scores->scores[members.items[i].ordinal];
		session.members[i] = members.items[i].ordinal;
		if (score > session.best)
			session.best = score;
	}
	session.n = (uint32_t)members.n;
	session.whole = gm_bm25_session(sessions->scores, label, members.length);
	sessions->items[sessions->n++] = session;
	sessions->by_label[label] = (uint32_t)sessions->n;
	return 0;
}

/* Where a memory stands; `n` when the file is damaged and does not have it. */
static uint32_t find_place(const struct gm_sessions *sessions,
	const struct gm_session *session, uint32_t ordinal)
{
	const struct gm_document *document =
		gm_ordinal_document(sessions->ordinals, ordinal);
	const struct member wanted = {document->created, document->seq, ordinal};
	uint32_t from = 0;
	uint32_t to = session->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		uint32_t other = session->members[middle];
		document = gm_ordinal_document(sessions->ordinals, other);
		const struct member found = {document->created, document->seq, other};
		int order = compare_members(&wanted, &found);
		if (order == 0)
			return middle;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return session->n;
}

int gm_sessions_of(const struct gm_session **out, uint32_t *place_out,
	struct gm_sessions *sessions, uint32_t ordinal)
{
	uint32_t label = gm_ordinal_document(sessions->ordinals, ordinal)->session;
	int rc = 0;

	if (!label || label >= sessions->n_labels)
		return 0;
	if (!sessions->by_label[label])
		rc = make_session(sessions, label);
	if (rc < 0)
		return rc;
	const struct gm_session *session =
		&sessions->items[sessions->by_label[label] - 1];
	uint32_t place = find_place(sessions, session, ordinal);
	if (place == session->n)
		return 0;
	*place_out = place;
	*out = session;
	return 1;
}

uint32_t gm_session_beside(const struct gm_session *session, uint32_t place, int places)
{
	int64_t at = (int64_t)place + places;

	return at < 0 || at >= session->n ? GM_ORDINAL_NONE : session->members[at];
}
