package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;

/** An object with a place in the tree. It knows its own stat and what opening it gives. */
public abstract class Node {
  /** File type bits of st_mode. */
  public static final int S_IFDIR = 0040000;

  public static final int S_IFREG = 0100000;
  public static final int S_IFLNK = 0120000;

  private volatile int permissions;
  private volatile int uid = -1;
  private volatile int gid = -1;

  /** Set by the FUSE side when the kernel may remember this node's name. */
  private volatile boolean seen;

  protected Node(int permissions) {
    this.permissions = permissions;
  }

  /** One of the S_IF constants. */
  public abstract int fileType();

  /** The permission bits, 07777. */
  public final int permissions() {
    return permissions;
  }

  /** As chmod(2). */
  public final void setPermissions(int bits) {
    permissions = bits & 07777;
  }

  /** The owner, or -1 for the owner of the mount. */
  public final int uid() {
    return uid;
  }

  /** The group, or -1 for the group of the mount. */
  public final int gid() {
    return gid;
  }

  /** As chown(2): -1 leaves an id as it is. */
  public final void setOwner(int newUid, int newGid) {
    if (newUid != -1) {
      uid = newUid;
    }
    if (newGid != -1) {
      gid = newGid;
    }
  }

  /** The names in a directory. ENOTDIR: not a directory. */
  public Iterable<String> names() throws ErrnoException {
    throw new ErrnoException(Errno.ENOTDIR);
  }

  /** st_size in bytes. */
  public long size() {
    return 0;
  }

  /** st_nlink. */
  public int links() {
    return 1;
  }

  /** The target of a link. EINVAL: not a link. */
  public String linkTarget() throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL);
  }

  /**
   * An open(2). Errors in order: EACCES for a direction that no mode bit allows (root too); what
   * the node's kind answers.
   *
   * @param tid the opening thread
   * @param flags O_ flags, x86-64 numbering; creation, truncation and append are no concern here
   */
  public abstract Handle open(int tid, int flags) throws ErrnoException;

  /** Whether the node has been looked up since {@link #forgetSeen}. */
  public final boolean seen() {
    return seen;
  }

  public final void markSeen() {
    seen = true;
  }

  public final void forgetSeen() {
    seen = false;
  }
}
