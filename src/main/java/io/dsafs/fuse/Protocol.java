package io.dsafs.fuse;

/**
 * Offsets and numbers of the kernel's FUSE messages that are read and written here, in bytes from
 * the start of a message. Source: include/uapi/linux/fuse.h, protocol 7.19.
 */
final class Protocol {
  // struct fuse_in_header
  static final int IN_OPCODE = 4;
  static final int IN_UNIQUE = 8;
  static final int IN_UID = 24;
  static final int IN_PID = 32;

  /** The file handle of every request that has one. */
  static final int IN_FH = 40;

  // struct fuse_read_in and fuse_write_in
  static final int IO_OFFSET = 48;
  static final int IO_SIZE = 56;
  static final int WRITE_DATA = 80;

  // struct fuse_ioctl_in
  static final int IOCTL_COMMAND = 52;
  static final int IOCTL_IN_SIZE = 64;
  static final int IOCTL_OUT_SIZE = 68;
  static final int IOCTL_DATA = 72;

  // struct fuse_out_header
  static final int OUT_LENGTH = 0;
  static final int OUT_ERROR = 4;
  static final int OUT_UNIQUE = 8;
  static final int OUT_HEADER_BYTES = 16;

  /** struct fuse_write_out: the count and padding. */
  static final int WRITE_OUT_BYTES = 8;

  /** struct fuse_ioctl_out: the result, flags, and two counts for unrestricted ioctls. */
  static final int IOCTL_OUT_BYTES = 16;

  // enum fuse_opcode
  static final int FUSE_READ = 15;
  static final int FUSE_WRITE = 16;
  static final int FUSE_IOCTL = 39;

  private Protocol() {}
}
