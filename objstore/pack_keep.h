/*
 * A pack that no ref leads to yet. `git repack -a -d` would take it for rubbish between its
 * coming and the moving of the ref, but leaves one alone that has a file `pack-NAME.keep`
 * beside it, as its own fetch makes them.
 */
#ifndef GM_OBJSTORE_PACK_KEEP_H
#define GM_OBJSTORE_PACK_KEEP_H

/* What such a file holds, so that one that a killed process left is known as ours. */
#define GM_PACK_KEEP_TEXT "gitmem: a ref is about to lead here\n"

struct gm_pack_keep {
	char *path; /* NULL: somebody else keeps the pack */
	int fd;     /* held by an flock(2) */
};

#define GM_PACK_KEEP_INIT              \
	{                              \
		.path = NULL, .fd = -1 \
	}
#define gm_autopackkeep gm_cleanup(gm_pack_keep_release) struct gm_pack_keep

/* Before the pack `pack-NAME` is there. One that somebody keeps already is fine. */
int gm_pack_keep_take(struct gm_pack_keep *out, const char *pack_dir, const char *name);

void gm_pack_keep_release(struct gm_pack_keep *keep);

#endif
