package io.dsafs.fuse;

import io.dsafs.vfs.Node;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel forget names that have gone, so that a name is never seen after the call that
 * took it away has returned.
 *
 * <p>The kernel keeps a name for a second without asking (lookups would cost ten times as much
 * otherwise). The notice that ends this names the directory by libfuse's node number, which libfuse
 * reports as st_ino and, mounted with noforget, never changes.
 */
final class NameInvalidator {
  private static final Logger LOG = LoggerFactory.getLogger(NameInvalidator.class);

  private final LibFuse2 libFuse;
  private final Pointer channel;
  private final Path mountPoint;
  private final ConcurrentHashMap<String, Long> nodeNumbers = new ConcurrentHashMap<>();

  NameInvalidator(LibFuse2 libFuse, Pointer channel, Path mountPoint) {
    this.libFuse = libFuse;
    this.channel = channel;
    this.mountPoint = mountPoint;
  }

  /**
   * @param directory the path of the directory below the mount point, with a leading slash
   * @param node what had the name
   */
  void gone(String directory, Node node, String name) {
    if (!node.seen()) {
      return; // the kernel has never heard of it
    }
    node.forgetSeen();
    try {
      long parent = nodeNumber(directory);
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      // ENOENT (the kernel no longer knows the name) is as good as success.
      libFuse.fuse_lowlevel_notify_inval_entry(channel, parent, name, bytes.length);
    } catch (IOException e) {
      LOG.debug("{} is not there to forget {}: {}", directory, name, e.getMessage());
    }
  }

  private long nodeNumber(String directory) throws IOException {
    Long known = nodeNumbers.get(directory);
    if (known == null) {
      known = nodeNumber(mountPoint, directory);
      nodeNumbers.put(directory, known);
    }
    return known;
  }

  /** The node number of a path below the mount point; needs an answer of the tree. */
  static long nodeNumber(Path mountPoint, String path) throws IOException {
    return (Long) Files.getAttribute(Path.of(mountPoint + path), "unix:ino");
  }
}
