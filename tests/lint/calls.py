#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Only lib/sys makes system calls: read from the objects of a build, where macros hide nothing.

Any of these calls outside of it may block the loop, skip the fault points, or read errno too late.
"""

import re
import subprocess

import tree

CALLS = set(
    """
    accept accept4 bind chdir chmod chown chroot clock_gettime clock_nanosleep close connect dup dup2
    dup3 epoll_create1 epoll_ctl epoll_wait eventfd execv execve execvp fchmod fchown fcntl fdatasync
    fdopen fgets flock fopen fork fread fstat fstatat fsync ftruncate getaddrinfo getcwd geteuid
    getgrgid_r getgrnam_r getnameinfo getpwnam_r getpwuid_r getrandom gettimeofday getuid initgroups
    ioctl kill link linkat listen lseek lstat mkdir mkdirat mmap mprotect munmap nanosleep open openat
    opendir pipe pipe2 poll posix_spawn ppoll pread prctl pselect pwrite raise read readdir readlink
    readv recv recvfrom recvmsg rename renameat renameat2 rmdir select send sendfile sendmsg sendto
    setegid seteuid setgid setgroups setresgid setresuid setrlimit setsid setuid sigaction sigprocmask
    sleep socket socketpair stat statvfs symlink syscall syslog time truncate unlink unlinkat usleep
    utimensat vfork wait waitid waitpid write writev
    """.split()
)


def plain(symbol):
    """The call behind what the C library makes of it: "__read_chk", "open64"."""
    return re.sub(r"^__(\w+?)(?:64)?_(?:chk|2)$", r"\1", symbol).removesuffix("64")


def made_calls(build, path):
    """Names that the object of a source file leaves to others; None: there is no object."""
    if not (build / path.with_suffix(".o")).is_file():
        return None
    command = ["nm", "-u", build / path.with_suffix(".o")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {plain(line.split()[1]) for line in done.stdout.splitlines()}


def main():
    args = tree.arguments(__doc__, build=True)
    faults, seen = [], 0
    for path in tree.source_files(args.top, (".c",)):
        if tree.layer_of(path) == "sys":
            continue
        calls = made_calls(args.build, path)
        seen += calls is not None
        for call in sorted(CALLS & (calls or set())):
            faults.append(f"{path}:1: calls {call}(): lib/sys is the layer of system calls")
    if not seen:
        faults.append(f"{args.build}:1: no object of the tree is there: build it first")
    tree.finish("calls", faults)


if __name__ == "__main__":
    main()
