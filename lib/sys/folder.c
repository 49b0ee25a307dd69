/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/folder.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/bug.h"
#include "lib/sys/call.h"
#include "lib/sys/file.h"

int
folder_open(struct folder *f, int at, const char *path)
{
	int fd = sys_open_at(at, path, O_RDONLY | O_DIRECTORY, 0), n;

	if (fd < 0)
		return fd;
	f->handle = fdopendir(fd);
	if (f->handle == NULL) {
		n = -errno;
		sys_close(fd);
		return n;
	}
	return 0;
}

static enum file_kind
kind_of(unsigned char type)
{
	switch (type) {
	case DT_REG:
		return FILE_REGULAR;
	case DT_DIR:
		return FILE_FOLDER;
	case DT_LNK:
		return FILE_LINK;
	case DT_SOCK:
		return FILE_SOCKET;
	case DT_FIFO:
		return FILE_FIFO;
	case DT_CHR:
	case DT_BLK:
		return FILE_DEVICE;
	default:
		return FILE_UNKNOWN;
	}
}

int
folder_next(struct folder *f, struct folder_entry *out)
{
	const struct dirent *d;

	BUG_ON(f->handle == NULL);
	do {
		/* readdir() answers NULL at the end and on failure; only errno tells them apart. */
		errno = 0;
		d = readdir(f->handle);
		if (d == NULL)
			return -errno;
	} while (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0);
	out->name = d->d_name;
	out->kind = kind_of(d->d_type);
	return 1;
}

int
folder_fd(const struct folder *f)
{
	return dirfd(f->handle);
}

void
folder_close(struct folder *f)
{
	if (f->handle != NULL)
		(void)closedir(f->handle);
	f->handle = NULL;
}
