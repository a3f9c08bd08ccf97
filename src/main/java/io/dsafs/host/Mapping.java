package io.dsafs.host;

/** What the kernel tells of one mapping of a process, filled in by {@link Mappings}. */
final class Mapping {
  static final int READABLE = 1;
  static final int WRITABLE = 2;

  /** First address. */
  long start;

  /** First address behind it. */
  long end;

  /** {@link #READABLE} and {@link #WRITABLE}; other bits mean nothing here. */
  int access;

  /** Whether there is a file behind it; memory that processes share counts as one. */
  boolean ofFile;

  /** The filesystem of the file, as /proc/PID/mountinfo numbers it. */
  int major;

  int minor;

  boolean allows(boolean write) {
    return (access & (write ? WRITABLE : READABLE)) != 0;
  }
}
