#include "index/token_unigram.h"

#include "base/mem.h"
#include "base/utf8.h"

#define MAX_TEXT ((size_t)1 << 20)
#define NO_ID UINT32_MAX

/* The best way to a place in the text: the piece that ends here, and where it begins. */
struct way {
	double score;
	uint32_t start;
	uint32_t next; /* of the best way through all of the text: where it goes on */
	uint32_t id;
	bool reached;
};

static void reach(struct way *way, double score, size_t start, uint32_t id)
{
	if (way->reached && score <= way->score)
		return;
	*way = (struct way){
		.score = score, .start = (uint32_t)start, .id = id, .reached = true};
}

/* The length in bytes of the character at `text`. */
static size_t character_size(const char *text, size_t size)
{
	size_t n;

	(void)gm_utf8_decode(&n, text);
	return n < size ? n : size;
}

static void walk_from(struct way *ways, const struct gm_vocabulary *vocabulary,
	double unknown_score, const char *text, size_t size, size_t at)
{
	struct gm_vocabulary_walk walk = {0};
	size_t single = character_size(text + at, size - at);
	bool has_single = false;
	const struct gm_piece *piece;

	for (size_t i = at; i < size; i++) {
		if (!gm_vocabulary_step(&piece, &walk, vocabulary, text[i]))
			break;
		if (!piece)
			continue;
		reach(&ways[i + 1], ways[at].score + piece->score, at, piece->id);
		has_single = has_single || piece->size == single;
	}
	if (!has_single)
		reach(&ways[at + single], ways[at].score + unknown_score, at, NO_ID);
}

int gm_unigram_encode(const struct gm_vocabulary *vocabulary, double unknown_score,
	const char *text, size_t size, gm_unigram_fn each, void *payload)
{
	gm_autofree struct way *ways = NULL;
	size_t end = size < MAX_TEXT ? size : 0;
	int rc = 0;

	while (size >= MAX_TEXT && end + 4 <= MAX_TEXT)
		end += character_size(text + end, size - end);
	ways = gm_calloc(end + 1, sizeof(*ways));
	if (!ways)
		return GM_ENOMEM;
	for (size_t i = 0; i < end; i += character_size(text + i, end - i))
		walk_from(ways, vocabulary, unknown_score, text, end, i);
	for (size_t i = end; i > 0; i = ways[i].start)
		ways[ways[i].start].next = (uint32_t)i;
	for (size_t i = 0; i < end && rc == 0;) {
		i = ways[i].next;
		if (ways[i].id != NO_ID)
			rc = each(ways[i].id, payload);
	}
	return rc;
}
