package io.dsafs.fuse;

import io.dsafs.vfs.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel ask anew for the size of a file that has grown. It keeps one for a second
 * without asking; {@code tail}, which goes back from the end, would miss the newest lines.
 *
 * <p>The notice takes no lock in the kernel, so that it may be sent from anywhere.
 */
final class SizeInvalidator {
  private static final Logger LOG = LoggerFactory.getLogger(SizeInvalidator.class);

  /** A negative offset: what is known about the file, not what is cached of it. */
  private static final long ATTRIBUTES_ONLY = -1;

  private final LibFuse2 libFuse;
  private final Pointer channel;

  /** By path, complete from the start: to ask is to wait for a request. */
  private final Map<String, Long> nodeNumbers = new HashMap<>();

  /**
   * @param mountPoint where the tree is, which answers already
   * @param paths the files, below the mount point, with a leading slash
   */
  SizeInvalidator(LibFuse2 libFuse, Pointer channel, Path mountPoint, Iterable<String> paths) {
    this.libFuse = libFuse;
    this.channel = channel;
    for (String path : paths) {
      try {
        nodeNumbers.put(path, NameInvalidator.nodeNumber(mountPoint, path));
      } catch (IOException e) {
        LOG.debug("the size of {} will be late: {}", path, e.getMessage());
      }
    }
  }

  void resized(String path, Node node) {
    Long number = nodeNumbers.get(path);
    if (number != null && node.seen()) {
      node.forgetSeen();
      libFuse.fuse_lowlevel_notify_inval_inode(channel, number, ATTRIBUTES_ONLY, 0);
    }
  }
}
