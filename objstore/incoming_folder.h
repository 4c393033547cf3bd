/*
 * A folder inside that of the objects, for what is on its way in and nobody is to see yet. It is
 * held by an flock(2), so that nobody takes it for litter; its name is one by which stock git
 * knows such a folder, too.
 */
#ifndef GM_OBJSTORE_INCOMING_FOLDER_H
#define GM_OBJSTORE_INCOMING_FOLDER_H

/* What the names begin with. */
#define GM_INCOMING_FOLDER "tmp_objdir-incoming-gm-"

struct gm_incoming_folder {
	char *path; /* NULL: none */
	int fd;
};

#define GM_INCOMING_FOLDER_INIT        \
	{                              \
		.path = NULL, .fd = -1 \
	}

/* Make one in `objects_dir`, which is made if need be. */
int gm_incoming_folder_make(struct gm_incoming_folder *out, const char *objects_dir);

/* Remove it with all that is in it. Best effort: what is left is litter. */
void gm_incoming_folder_remove(struct gm_incoming_folder *folder);

/*
 * Remove those in `objects_dir` that nobody holds any more. Only GM_ENOMEM is an error.
 */
int gm_incoming_folders_sweep(const char *objects_dir);

#endif
