#include "sync/push_commands.h"

#include <string.h>

#include "sync/push_plan.h"

static bool can(const struct gm_advertisement *advertisement, const char *capability)
{
	return gm_advertisement_capability(advertisement, capability) != NULL;
}

bool gm_push_has_bands(const struct gm_advertisement *advertisement)
{
	return can(advertisement, "side-band-64k");
}

int gm_push_check_remote(struct gm_push_result *plan,
	const struct gm_advertisement *advertisement, bool is_atomic)
{
	const char *format = gm_advertisement_capability(advertisement, "object-format");
	int rc = 0;

	if (format && strcmp(format, "sha1"))
		return gm_error(GM_ERROR,
			"the remote names objects by '%s', not by SHA-1", format);
	if (!can(advertisement, "report-status"))
		return gm_error(
			GM_ERROR, "the remote does not report what becomes of a push");
	if (is_atomic && !can(advertisement, "atomic"))
		return gm_error(GM_ERROR, "the remote does not support --atomic push");
	if (can(advertisement, "delete-refs"))
		return 0;
	for (size_t i = 0; rc == 0 && i < plan->n; i++)
		if (plan->refs[i].kind == GM_PUSHED_DELETED)
			rc = gm_push_refuse(&plan->refs[i], GM_PUSHED_REJECTED,
				"remote does not support deleting refs");
	return rc;
}

/* What we ask for, on the first command only. */
static int put_capabilities(struct gm_buf *out,
	const struct gm_advertisement *advertisement, bool is_atomic, bool is_quiet)
{
	int rc = gm_buf_puts(out, " report-status");

	if (rc == 0 && gm_push_has_bands(advertisement))
		rc = gm_buf_puts(out, " side-band-64k");
	if (rc == 0 && is_quiet && can(advertisement, "quiet"))
		rc = gm_buf_puts(out, " quiet");
	if (rc == 0 && is_atomic)
		rc = gm_buf_puts(out, " atomic");
	if (rc == 0 && can(advertisement, "object-format"))
		rc = gm_buf_puts(out, " object-format=sha1");
	if (rc == 0 && can(advertisement, "agent"))
		rc = gm_buf_puts(out, " agent=gitmem/" GM_VERSION);
	return rc;
}

int gm_push_put_commands(struct gm_buf *out, const struct gm_push_result *plan,
	const struct gm_advertisement *advertisement, bool is_atomic, bool is_quiet)
{
	gm_autobuf line = GM_BUF_INIT(GM_PKT_MAX_DATA);
	char old_hex[GM_OID_HEX], new_hex[GM_OID_HEX];
	bool is_first = true;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->n; i++) {
		const struct gm_pushed_ref *ref = &plan->refs[i];
		if (!gm_push_is_sent(ref))
			continue;
		gm_oid_format(old_hex, &ref->old_oid);
		gm_oid_format(new_hex, &ref->new_oid);
		gm_buf_reset(&line);
		rc = gm_buf_printf(&line, "%s %s %s", old_hex, new_hex, ref->remote_ref);
		if (rc == 0 && is_first)
			rc = gm_buf_putc(&line, '\0');
		if (rc == 0 && is_first)
			rc = put_capabilities(&line, advertisement, is_atomic, is_quiet);
		if (rc == 0)
			rc = gm_pkt_put(out, line.ptr, line.size);
		is_first = false;
	}
	return rc < 0 ? rc : gm_pkt_put_flush(out);
}
