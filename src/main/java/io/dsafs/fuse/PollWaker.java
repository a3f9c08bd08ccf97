package io.dsafs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jnr.ffi.Pointer;

/**
 * Wakes those who poll one open file. The kernel asks again at each poll and means the same file,
 * so the newest of libfuse's poll handles is enough.
 */
final class PollWaker implements Runnable {
  private final LibFuse2 libFuse;

  @GuardedBy("this")
  private Pointer pollHandle;

  PollWaker(LibFuse2 libFuse) {
    this.libFuse = libFuse;
  }

  /** Takes a poll handle over. */
  synchronized void hold(Pointer newest) {
    drop();
    pollHandle = newest;
  }

  /** Something may have changed: the kernel polls anew. */
  @Override
  public synchronized void run() {
    if (pollHandle != null) {
      libFuse.fuse_notify_poll(pollHandle);
      drop();
    }
  }

  /** The file is closed. */
  synchronized void drop() {
    if (pollHandle != null) {
      libFuse.fuse_pollhandle_destroy(pollHandle);
      pollHandle = null;
    }
  }
}
