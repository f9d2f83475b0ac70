/*
 * xstate.c lets User Mode Linux run on CPUs with more registers than it knows.
 *
 * UML before Linux 6.14 keeps the floating point state of a guest process in a
 * buffer of fixed size. Where the CPU has AMX the host's state is larger; the
 * host gives a part of it, but takes back only the whole (EFAULT), and the guest
 * dies in its first process. Preloaded into linux.uml, this ptrace gives back
 * the part that UML has, and for the rest what the process already had.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char whole[65536]; /* UML has one thread that calls ptrace, and a small stack */

static long set_xstate(long pid, struct iovec *part)
{
	struct iovec all = { whole, sizeof whole };

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) < 0)
		return -1;
	memcpy(whole, part->iov_base, part->iov_len < all.iov_len ? part->iov_len : all.iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	va_start(args, request);
	long pid = va_arg(args, long), addr = va_arg(args, long), data = va_arg(args, long), word;
	va_end(args);

	if (request == PTRACE_SETREGSET && addr == NT_X86_XSTATE)
		return set_xstate(pid, (struct iovec *)data);
	if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
		return syscall(SYS_ptrace, request, pid, addr, data);
	/* The system call stores what the C function returns. */
	return syscall(SYS_ptrace, request, pid, addr, &word) < 0 ? -1 : word;
}
