/*
 * Any bytes as a stage's journal, and as the lines of a group whose checksum is right: what is
 * read must be the same when it is written anew.
 */
#include "dag/stage_journal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read, as a new group. */
struct copy {
	struct gm_buf journal;
	size_t n;
	bool write;
};

static void check(bool fine)
{
	if (!fine)
		abort();
}

static int take(const struct gm_change *change, void *payload)
{
	struct copy *copy = payload;

	copy->n++;
	check(*change->path && (!change->data == gm_oid_is_zero(&change->blob)));
	if (!copy->write)
		return 0;
	check(gm_journal_put_group(&copy->journal, copy->journal.size, change, 1) == 0);
	return 0;
}

static void read_journal(const char *data, size_t size)
{
	struct copy first = {.journal = GM_BUF_INIT(GM_BUF_LARGE), .write = true};
	struct copy second = {.journal = GM_BUF_INIT(GM_BUF_LARGE)};
	size_t whole, again;

	check(gm_journal_put_header(&first.journal, "HEAD") == 0);
	int rc = gm_journal_each(&whole, data, size, NULL, take, &first);
	check(whole <= size && (rc == 0 || rc == GM_EMISMATCH || rc == GM_EINVALID));
	check(whole || !first.n);
	check(gm_journal_each(&again, first.journal.ptr, first.journal.size, "HEAD", take,
		      &second) == 0);
	check(again == first.journal.size && second.n == first.n);
	gm_buf_dispose(&first.journal);
}

static void put_group(struct gm_buf *out, const uint8_t *data, size_t size)
{
	struct gm_sha1 sha1;
	struct gm_oid sum;
	char hex[GM_OID_HEX];

	check(gm_journal_put_header(out, "HEAD") == 0);
	size_t start = out->size;
	check(gm_buf_printf(out, "group %zu\n", start) == 0);
	check(gm_buf_put(out, data, size) == 0);
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, out->ptr + start, out->size - start);
	gm_sha1_final(sum.bytes, &sha1);
	gm_oid_format(hex, &sum);
	check(gm_buf_printf(out, "end %s\n", hex) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autobuf group = GM_BUF_INIT(GM_BUF_LARGE);

	read_journal(size ? (const char *)data : "", size);
	put_group(&group, data, size);
	read_journal(group.ptr, group.size);
	return 0;
}
