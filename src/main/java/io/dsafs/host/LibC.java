package io.dsafs.host;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;

/**
 * The functions of libc that are used here, in their own names.
 *
 * <p>Public because JNR implements it in a class loader of its own; nobody else uses it.
 */
public interface LibC {
  int O_RDONLY = 0;
  int O_RDWR = 2;
  int O_DIRECTORY = 0200000;
  int O_CLOEXEC = 02000000;
  int O_PATH = 010000000;
  int SEEK_END = 2;
  int MFD_CLOEXEC = 1;
  int MFD_HUGETLB = 4;
  int F_GET_SEALS = 1034;
  int F_SEAL_SEAL = 1;
  int F_SEAL_SHRINK = 2;
  int F_SEAL_GROW = 4;
  int PROT_READ = 1;
  int PROT_WRITE = 2;
  int MAP_SHARED = 1;
  int MAP_POPULATE = 0x8000;
  int MNT_DETACH = 2;
  int LOCK_EX = 2;
  int LOCK_NB = 4;
  int SYS_PIDFD_OPEN = 434;
  short POLLIN = 1;
  int ESRCH = 3;
  int EINVAL = 22;
  int ENFILE = 23;
  int EMFILE = 24;
  int ENOTTY = 25;
  int ENOTCONN = 107;

  /** At least as large as a {@code struct statfs} of any 64-bit machine. */
  int STATFS_BYTES = 256;

  LibC LIBC = LibraryLoader.create(LibC.class).failImmediately().load("libc.so.6");
  Runtime RUNTIME = Runtime.getRuntime(LIBC);

  int open(String path, int flags);

  int close(int fd);

  int creat(String path, int mode);

  int mkdir(String path, int mode);

  long read(int fd, Pointer into, long count);

  long lseek(int fd, long offset, int whence);

  long pread(int fd, Pointer into, long count, long offset);

  /** As the one above, with the place in memory as a number. */
  long pread(int fd, long into, long count, long offset);

  long pwrite(int fd, long from, long count, long offset);

  long write(int fd, Pointer from, long count);

  int memfd_create(String name, int flags);

  /** The commands that take an int, or nothing. */
  int fcntl(int fd, int command, int argument);

  Pointer mmap(Pointer at, long length, int protection, int flags, int fd, long offset);

  int munmap(Pointer at, long length);

  int flock(int fd, int operation);

  int ioctl(int fd, long command, Pointer argument);

  /** The system call of that number; libc 2.31 has no name for pidfd_open yet. */
  long syscall(long number, long first, long second);

  int poll(Pointer descriptors, long count, int timeoutMillis);

  String strerror(int errno);

  int access(String path, int mode);

  int statfs(String path, Pointer into);

  int umount2(String target, int flags);

  /** With a name of any bytes, the last of them 0. */
  int umount2(@In byte[] target, int flags);

  int geteuid();

  int getegid();
}
