/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glibc's reentrant look-ups answer 0 without an entry only when every source was asked and said no;
 * a source that could not be asked gives an errno, even ENOENT. So any errno is "could not find out".
 * Except that a later source that says no hides it: with nss-systemd behind the files, a process that
 * has no descriptor left finds nobody. So before "no" is believed, the files are tried.
 *
 * getgrouplist() has no way to say so: a group source that is down looks like a user in fewer groups.
 * That only takes rights away.
 */
#include "lib/sys/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"

#define ROOM_FIRST ((size_t)1024)
#define ROOM_MAX   ((size_t)16 * 1024 * 1024) /* a group may list very many members */
#define GROUPS_MAX 65536                      /* of a process, on Linux */

struct query {
	const char *name; /* NULL: by id */
	id_t id;
	char *room; /* strings of the entry */
};

static int
ask_user(const struct query *q, size_t size, struct passwd *p, struct passwd **found)
{
	return q->name != NULL ? getpwnam_r(q->name, p, q->room, size, found)
	                       : getpwuid_r(q->id, p, q->room, size, found);
}

static int
ask_group(const struct query *q, size_t size, struct group *g, struct group **found)
{
	return q->name != NULL ? getgrnam_r(q->name, g, q->room, size, found)
	                       : getgrgid_r(q->id, g, q->room, size, found);
}

/* 0, or why the file cannot have been read just now; one that is not there is no source. */
static int
try_source(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	close(fd);
	return 0;
}

static int
find_user(struct query *q, struct passwd *p)
{
	struct passwd *found = NULL;
	int error = ERANGE;

	for (size_t size = ROOM_FIRST; error == ERANGE && size <= ROOM_MAX; size *= 2) {
		q->room = mem_resize(q->room, size, 1);
		do
			error = ask_user(q, size, p, &found);
		while (error == EINTR);
	}
	if (error == 0 && found == NULL)
		return try_source("/etc/passwd");
	return error != 0 ? -error : 1;
}

static int
find_group(struct query *q, struct group *g)
{
	struct group *found = NULL;
	int error = ERANGE;

	for (size_t size = ROOM_FIRST; error == ERANGE && size <= ROOM_MAX; size *= 2) {
		q->room = mem_resize(q->room, size, 1);
		do
			error = ask_group(q, size, g, &found);
		while (error == EINTR);
	}
	if (error == 0 && found == NULL)
		return try_source("/etc/group");
	return error != 0 ? -error : 1;
}

static const char *
copy(struct arena *a, const char *text)
{
	return arena_text(a, str_of(text));
}

static int
user_by(struct arena *a, struct query *q, struct user_entry *out)
{
	struct passwd p;
	int n = find_user(q, &p);

	if (n == 1) {
		struct str gecos = str_of(p.pw_gecos);

		*out = (struct user_entry){
			.name = copy(a, p.pw_name),
			.uid = p.pw_uid,
			.gid = p.pw_gid,
			.full_name = arena_text(a, str_part(gecos, 0, str_index(gecos, ','))),
			.home = copy(a, p.pw_dir),
			.shell = copy(a, p.pw_shell),
		};
	}
	mem_free(q->room);
	return n;
}

static int
group_by(struct arena *a, struct query *q, struct group_entry *out)
{
	struct group g;
	int n = find_group(q, &g);

	if (n == 1)
		*out = (struct group_entry){ .name = copy(a, g.gr_name), .gid = g.gr_gid };
	mem_free(q->room);
	return n;
}

int
user_by_name(struct arena *a, const char *name, struct user_entry *out)
{
	return user_by(a, &(struct query){ .name = name }, out);
}

int
user_by_uid(struct arena *a, uid_t uid, struct user_entry *out)
{
	return user_by(a, &(struct query){ .id = uid }, out);
}

int
group_by_name(struct arena *a, const char *name, struct group_entry *out)
{
	return group_by(a, &(struct query){ .name = name }, out);
}

int
group_by_gid(struct arena *a, gid_t gid, struct group_entry *out)
{
	return group_by(a, &(struct query){ .id = gid }, out);
}

int
user_groups(struct arena *a, const char *name, gid_t primary, gid_t **out)
{
	int room = 32, count;
	gid_t *groups = NULL;

	for (;; room *= 2) {
		groups = mem_resize(groups, (size_t)room, sizeof(*groups));
		count = room;
		if (getgrouplist(name, primary, groups, &count) >= 0)
			break;
		if (room >= GROUPS_MAX) {
			mem_free(groups);
			return ERR_TOO_MANY;
		}
	}
	*out = ARENA_ARRAY(a, gid_t, (size_t)count);
	memcpy(*out, groups, (size_t)count * sizeof(*groups));
	mem_free(groups);
	return count;
}

int
sys_host_name(struct arena *a, const char **out)
{
	char name[256];

	if (gethostname(name, sizeof(name)) < 0)
		return -errno;
	name[sizeof(name) - 1] = '\0';
	*out = copy(a, name);
	return 0;
}
