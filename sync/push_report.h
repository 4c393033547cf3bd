/*
 * What git-receive-pack reports of a push (gitprotocol-pack(5), "Report Status"). The remote is
 * not trusted: what it does not report is not taken for done.
 */
#ifndef GM_SYNC_PUSH_REPORT_H
#define GM_SYNC_PUSH_REPORT_H

#include "sync/pkt_line.h"
#include "sync/push_request.h"

/*
 * Read the report and change what became of the refs that gm_push_is_sent(): refused by the
 * remote, for good or because the ref has moved meanwhile. GM_EINVALID for what is no report.
 */
int gm_push_report_read(struct gm_push_result *plan, struct gm_pkt_reader *reader);

/*
 * The remote has refused a ref, in these words: because it has moved meanwhile, or for good.
 */
int gm_push_refused_there(struct gm_pushed_ref *ref, const char *reason);

#endif
