package io.dsafs.fuse;

import jnr.ffi.Pointer;

/**
 * Offsets in the structures that libfuse hands over, x86-64. Writing by offset costs a few
 * nanoseconds and no garbage; jnr-fuse's own structures make about a kilobyte a call, and lay out
 * the bit fields of {@code fuse_file_info} as padding.
 */
final class NativeLayout {
  // struct stat
  private static final int ST_NLINK = 16;
  private static final int ST_MODE = 24;
  private static final int ST_UID = 28;
  private static final int ST_GID = 32;
  private static final int ST_SIZE = 48;
  private static final int ST_BLKSIZE = 56;
  private static final int ST_ATIME = 72;
  private static final int ST_MTIME = 88;
  private static final int ST_CTIME = 104;

  // struct fuse_file_info
  private static final int FI_FLAGS = 0;
  private static final int FI_BITS = 20;
  private static final int FI_FH = 24;

  /** Reads and writes go past the page cache. */
  static final byte DIRECT_IO = 1;

  /** lseek(2) answers ESPIPE. */
  static final byte NON_SEEKABLE = 8;

  private NativeLayout() {}

  static void putStat(
      Pointer stat, int mode, int links, int uid, int gid, long size, long seconds) {
    stat.putLong(ST_NLINK, links);
    stat.putInt(ST_MODE, mode);
    stat.putInt(ST_UID, uid);
    stat.putInt(ST_GID, gid);
    stat.putLong(ST_SIZE, size);
    stat.putLong(ST_BLKSIZE, 4096);
    stat.putLong(ST_ATIME, seconds);
    stat.putLong(ST_MTIME, seconds);
    stat.putLong(ST_CTIME, seconds);
  }

  static int openFlags(Pointer fileInfo) {
    return fileInfo.getInt(FI_FLAGS);
  }

  static void putBits(Pointer fileInfo, int bits) {
    fileInfo.putByte(FI_BITS, (byte) bits);
  }

  static long handle(Pointer fileInfo) {
    return fileInfo.getLong(FI_FH);
  }

  static void putHandle(Pointer fileInfo, long handle) {
    fileInfo.putLong(FI_FH, handle);
  }
}
