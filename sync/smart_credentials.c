#include "sync/libgit2.h"
#include "sync/smart_internal.h"

/* After a redirection libgit2 would send the first host's credentials to the second one. */
static int check_host(const struct gm_smart *smart)
{
	int rc;

	if (!smart->is_elsewhere)
		return 0;
	rc = gm_error(GM_EACCESS,
		"'%s' leads to another host, which asks for a password: none is sent "
		"there",
		smart->connection->shown);
	gm_error_hint("set its URL to where it is (gitmem remote set-url)");
	return rc;
}

static int nobody_knows(const struct gm_smart *smart)
{
	int rc = gm_error(GM_EACCESS, "'%s' asks for a password, and there is none",
		smart->connection->shown);

	gm_error_hint("set GITMEM_TOKEN (https only), or store one by git's credential "
		      "helper or in "
		      "gitmem's file of credentials");
	return rc;
}

static int give(git_credential **out, struct gm_smart *smart)
{
	const struct gm_url *url = &smart->connection->url;
	int rc = check_host(smart);

	if (rc == 0)
		rc = gm_credential_find(&smart->credential, url);
	if (rc == GM_ENOTFOUND)
		rc = nobody_knows(smart);
	if (rc < 0)
		return rc;
	rc = git_credential_userpass_plaintext_new(
		out, smart->credential.user, smart->credential.password);
	return rc < 0
		? gm_libgit2_error(rc, "cannot use the password for '%s'", url->host)
		: 0;
}

static int refused(struct gm_smart *smart)
{
	const struct gm_url *url = &smart->connection->url;
	int rc;

	gm_credential_tell(&smart->credential, url, false);
	rc = gm_error(GM_EACCESS, "'%s' refuses the password (it is from %s)",
		smart->connection->shown, gm_credential_origin(&smart->credential));
	smart->credential.source = GM_CREDENTIAL_NONE;
	return rc;
}

/* Without a program for ssh: the agent's keys. */
static int give_key(git_credential **out, const char *user)
{
	int rc = git_credential_ssh_key_from_agent(out, user ? user : "git");

	return rc < 0 ? gm_libgit2_error(rc, "there is no ssh, nor an agent of its keys")
		      : 0;
}

int gm_smart_credentials(git_credential **out, const char *url, const char *user,
	unsigned int allowed, void *payload)
{
	struct gm_smart *smart = payload;
	int rc;

	(void)url;
	if (smart->credential.source != GM_CREDENTIAL_NONE)
		rc = refused(smart);
	else if (allowed & GIT_CREDENTIAL_SSH_KEY)
		rc = give_key(out, user);
	else if (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT && smart->connection->is_rpc)
		rc = give(out, smart);
	else
		rc = gm_error(GM_EACCESS, "'%s' asks for what we cannot give",
			smart->connection->shown);
	return rc < 0 ? gm_libgit2_callback_failed() : 0;
}
