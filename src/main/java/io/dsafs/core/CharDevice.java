package io.dsafs.core;

/** What a driver puts behind a device number. */
public interface CharDevice {
  /**
   * An open(2) of the node.
   *
   * @param tid the thread that opens, in the numbering of the daemon's pid namespace
   * @param flags the O_ flags of the open, x86-64 numbering
   */
  OpenFile open(int tid, int flags) throws ErrnoException;
}
