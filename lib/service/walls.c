/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock knows only what is allowed, with all that lies below. "All but the spool" is therefore
 * said as: each neighbour of each folder on the way from / to the spool. What is made beside that
 * way later is out of sight of a process that runs; its successor sees it.
 *
 * The other way, a list of folders that programs need to read, would have to know where an
 * administrator keeps tables, keys and shared libraries, and fail where it does not.
 */
#include "lib/service/walls.h"

#include <errno.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/sys/file.h"
#include "lib/sys/sandbox.h"

#define PATH_ROOM      ((size_t)4096)
#define NEIGHBOURS_MAX 4096

/* A path that is not there, or out of our sight already, needs no permission. */
static int
allow(int paths, const char *path, unsigned access)
{
	int result = sandbox_paths_allow(paths, path, access);

	return result == -ENOENT || result == -EACCES || result == -ELOOP ? 0 : result;
}

/* Each entry of `folder` but `next`, which is on the way to the spool. */
static int
allow_neighbours(int paths, const char *folder, struct str next)
{
	AUTO(buf) path = BUF_INIT(PATH_ROOM);
	struct folder_entry entry;
	struct folder f;
	int result = folder_open(&f, AT_FDCWD, folder), left = NEIGHBOURS_MAX;

	if (result < 0)
		return result == -EACCES ? 0 : result;
	while (result >= 0 && left-- > 0 && folder_next(&f, &entry) > 0) {
		if (str_equal(str_of(entry.name), next))
			continue;
		buf_clear(&path);
		result = buf_addf(&path, "%s/%s", folder, entry.name);
		if (result == 0)
			result = allow(paths, buf_text(&path), SANDBOX_READ);
	}
	folder_close(&f);
	return result < 0 ? result : 0;
}

/* spool: absolute, without symbolic links. */
static int
allow_all_but(int paths, struct str spool)
{
	AUTO(buf) way = BUF_INIT(PATH_ROOM);
	struct str rest = spool, name;
	int result = 0;

	while (result == 0 && str_word(&rest, "/", &name)) {
		result = allow_neighbours(paths, way.n != 0 ? buf_text(&way) : "/", name);
		if (result == 0)
			result = buf_addf(&way, "/%.*s", STR_ARG(name));
	}
	return result;
}

static int
allow_what_is_needed(int paths, const struct config *c, unsigned walls)
{
	AUTO(buf) spool = BUF_INIT(PATH_ROOM);
	int result = sys_read_link("/proc/self/cwd", &spool);

	if (result == -ENOENT || result == -EACCES) /* no /proc: as the administrator wrote it */
		result = buf_add(&spool, str_of(config_text(c, PARAM_queue_directory)));
	if (result == 0)
		result = allow_all_but(paths, buf_str(&spool));
	if (result == 0)
		result = allow(paths, "/dev/null", SANDBOX_READ | SANDBOX_WRITE);
	if (result == 0)
		result = allow(
		    paths, config_text(c, PARAM_data_directory), SANDBOX_READ | SANDBOX_WRITE);
	if (result == 0 && (walls & WALL_SPOOL) != 0)
		result = allow(paths, ".", SANDBOX_READ | SANDBOX_WRITE);
	return result;
}

static int
build_paths(const struct config *c, unsigned walls)
{
	int paths = sandbox_paths_open(), result;

	if (paths == -ENOSYS || paths == -EOPNOTSUPP || paths == -EPERM)
		return 0;
	if (paths < 0)
		return paths;
	result = allow_what_is_needed(paths, c, walls);
	if (result < 0) {
		sandbox_paths_close(paths);
		return result;
	}
	return sandbox_paths_enter(paths);
}

static int
build_calls(unsigned walls)
{
	unsigned allowed = ((walls & WALL_NET) != 0 ? SANDBOX_CALL_INET : 0) |
	                   ((walls & WALL_FORK) != 0 ? SANDBOX_CALL_FORK : 0);
	int result = sandbox_calls_enter(allowed);

	return result == -ENOSYS || result == -EINVAL || result == -EPERM ? 0 : result;
}

#ifdef ENABLE_SANITIZERS
/* A sanitized process traces itself and writes reports where it likes. */
#define WALLS_FIT 0
#else
#define WALLS_FIT 1
#endif

int
walls_build(
    const struct config *c, enum service_user user, unsigned walls, bool in_chroot, struct why *why)
{
	bool fenced = user != SERVICE_USER_ROOT && (walls & WALL_FORK) == 0 && !in_chroot;
	int result = 0;

	if (!WALLS_FIT)
		return 0;
	if (fenced)
		result = build_paths(c, walls);
	if (result < 0) {
		why_set(why, "cannot fence off the file system: %s", err_text(result));
		return result;
	}
	result = build_calls(walls);
	if (result < 0)
		why_set(why, "cannot filter system calls: %s", err_text(result));
	return result;
}
