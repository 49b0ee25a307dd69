/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/bug.h"
#include "lib/sys/file.h"

size_t
sys_page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	BUG_ON(size <= 0);
	return (size_t)size;
}

int
sys_stack_map(size_t guard, size_t size, char **out)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
	char *all = mmap(NULL, guard + size, PROT_NONE, flags, -1, 0);

	if (all == MAP_FAILED)
		return -errno;
	if (mprotect(all + guard, size, PROT_READ | PROT_WRITE) != 0) {
		int result = -errno;

		munmap(all, guard + size);
		return result;
	}
	*out = all + guard;
	return 0;
}

void
sys_stack_unmap(size_t guard, size_t size, char *stack)
{
	/* Can fail only when a mapping would be split, which whole mappings are not. */
	BUG_ON(munmap(stack - guard, guard + size) != 0);
}

void
sys_pages_forget(char *start, size_t size)
{
	BUG_ON(size != 0 && madvise(start, size, MADV_DONTNEED) != 0);
}

size_t
sys_pages_resident(char *start, size_t size)
{
	size_t page = sys_page_size();
	unsigned char in_memory;

	for (size_t at = 0; at < size; at += page) {
		if (mincore(start + at, page, &in_memory) == 0 && (in_memory & 1) != 0)
			return size - at;
	}
	return 0;
}

int
sys_sealed_file(const char *name, struct str bytes)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), result;

	if (fd < 0)
		return -errno;
	result = sys_write_all(fd, bytes);
	if (result == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		result = -errno;
	if (result == 0)
		return fd;
	sys_close(fd);
	return result;
}
