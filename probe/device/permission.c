/* SPDX-License-Identifier: MIT */
#include "permission.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>

#include "probe/lib/base.h"

#define ACCOUNT 64

/* Names from /etc only: a static program cannot use other NSS services. */
static void name_user(uid_t uid, char out[static ACCOUNT])
{
	_cleanup_fclose_ FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *p;

	snprintf(out, ACCOUNT, "%u", uid);
	while (file && (p = fgetpwent(file)))
		if (p->pw_uid == uid) {
			snprintf(out, ACCOUNT, "%s", p->pw_name);
			return;
		}
}

static void name_group(gid_t gid, char out[static ACCOUNT])
{
	_cleanup_fclose_ FILE *file = fopen("/etc/group", "re");
	const struct group *g;

	snprintf(out, ACCOUNT, "%u", gid);
	while (file && (g = fgetgrent(file)))
		if (g->gr_gid == gid) {
			snprintf(out, ACCOUNT, "%s", g->gr_name);
			return;
		}
}

static void name_owners(const struct stat *st, char user[static ACCOUNT],
			char group[static ACCOUNT])
{
	name_user(st->st_uid, user);
	name_group(st->st_gid, group);
}

void permission_text(const struct stat *st, bool writes, char out[static PERMISSION_TEXT])
{
	const unsigned want = writes ? 06 : 04;
	char user[ACCOUNT], group[ACCOUNT];
	bool to_group = (st->st_mode >> 3 & want) == want;

	name_owners(st, user, group);
	snprintf(out, PERMISSION_TEXT,
		 "it belongs to %.32s:%.32s with mode %04o: open to %s %.32s%s, or with "
		 "CAP_DAC_OVERRIDE",
		 user, group, st->st_mode & 07777, to_group ? "the group" : "the user",
		 to_group ? group : user, to_group ? "" : " and no group");
}

void permission_explain(const char *path, bool writes, char out[static PERMISSION_TEXT])
{
	char user[ACCOUNT], group[ACCOUNT];
	struct stat st;

	out[0] = '\0';
	if (stat(path, &st) < 0)
		return;
	if (faccessat(AT_FDCWD, path, R_OK | (writes ? W_OK : 0), AT_EACCESS) < 0) {
		permission_text(&st, writes, out);
		return;
	}
	name_owners(&st, user, group);
	snprintf(out, PERMISSION_TEXT,
		 "its owners (%.32s:%.32s) and mode (%04o) allow it, so a security module, or a "
		 "mount "
		 "with nodev, does not",
		 user, group, st.st_mode & 07777);
}
