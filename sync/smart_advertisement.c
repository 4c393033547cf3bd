#include "sync/pkt_line.h"
#include "sync/smart_internal.h"

/* What libgit2 1.5 makes use of. */
static const char *const known[] = {"multi_ack", "multi_ack_detailed", "side-band",
	"side-band-64k", "thin-pack", "ofs-delta", "include-tag",
	"allow-tip-sha1-in-want", "allow-reachable-sha1-in-want", "report-status",
	"delete-refs"};

static int put_capabilities(struct gm_buf *out, const struct gm_advertisement *ad)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(known) / sizeof(*known); i++)
		if (gm_advertisement_capability(ad, known[i]))
			rc = gm_buf_printf(out, " %s", known[i]);
	return rc;
}

static int put_line(struct gm_buf *out, const struct gm_oid *oid, const char *name,
	const char *suffix, const struct gm_buf *capabilities)
{
	gm_autobuf line = GM_BUF_INIT(GM_PKT_MAX);
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	int rc = gm_buf_printf(&line, "%s %s%s", hex, name, suffix);
	if (rc == 0 && capabilities) {
		rc = gm_buf_putc(&line, '\0');
		if (rc == 0)
			rc = gm_buf_put(
				&line, gm_buf_str(capabilities), capabilities->size);
	}
	if (rc == 0)
		rc = gm_buf_putc(&line, '\n');
	return rc < 0 ? rc : gm_pkt_put(out, line.ptr, line.size);
}

static int put_ref(struct gm_buf *out, const struct gm_advertised_ref *ref,
	const struct gm_buf *capabilities)
{
	int rc = put_line(out, &ref->oid, ref->name, "", capabilities);

	if (rc == 0 && !gm_oid_is_zero(&ref->peeled))
		rc = put_line(out, &ref->peeled, ref->name, "^{}", NULL);
	return rc;
}

/* HEAD comes first, as libgit2 expects it. */
static int put_refs(struct gm_buf *out, const struct gm_advertisement *ad,
	const struct gm_buf *capabilities)
{
	const struct gm_advertised_ref *head = gm_advertisement_find(ad, "HEAD");
	int rc = 0;

	if (!ad->n)
		return put_line(out, &gm_oid_zero, "capabilities^{}", "", capabilities);
	if (head)
		rc = put_ref(out, head, capabilities);
	for (size_t i = 0; rc == 0 && i < ad->n; i++)
		if (&ad->refs[i] != head)
			rc = put_ref(out, &ad->refs[i], i || head ? NULL : capabilities);
	return rc;
}

int gm_smart_put_advertisement(struct gm_buf *out, const struct gm_connection *connection)
{
	gm_autobuf capabilities = GM_BUF_INIT(GM_BUF_TEXT);
	bool is_push = connection->options.service == GM_RECEIVE_PACK;
	int rc = put_capabilities(&capabilities, &connection->advertisement);

	if (rc == 0 && connection->is_rpc) {
		rc = gm_pkt_printf(out, "# service=git-%s\n",
			is_push ? "receive-pack" : "upload-pack");
		if (rc == 0)
			rc = gm_pkt_put_flush(out);
	}
	if (rc == 0)
		rc = put_refs(out, &connection->advertisement, &capabilities);
	return rc < 0 ? rc : gm_pkt_put_flush(out);
}
