#include "cmd/fsck_names.h"

#include "dag/commit_names.h"

int gm_fsck_names(
	struct gm_faults *faults, struct gm_store *store, const struct gm_commit *commit)
{
	enum gm_commit_names names;
	char hex[GM_OID_HEX];
	int rc = gm_commit_names_check(&names, commit, store);

	/* What is not there to compare is a fault of its own. */
	if (rc < 0 || names != GM_COMMIT_NAMES_WRONG)
		return rc;
	gm_oid_format(hex, &commit->oid);
	return gm_commit_is_signed(commit)
		? gm_faults_add(faults, GM_SEVERITY_ERROR, "object", hex,
			  "it is signed, and 'gitmem-names' does not name its tree and "
			  "parents")
		: gm_faults_add(faults, GM_SEVERITY_WARNING, "object", hex,
			  "'gitmem-names' is stale: it does not name its tree and "
			  "parents");
}
