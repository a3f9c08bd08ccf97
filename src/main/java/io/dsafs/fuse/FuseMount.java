package io.dsafs.fuse;

import io.dsafs.vfs.FileTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import ru.serce.jnrfuse.struct.FuseOperations;

/** A tree mounted at a place, from {@link #mount} until somebody unmounts it. */
public final class FuseMount {
  /** The name of the filesystem: mounts show as type {@code fuse.dsafs}. */
  public static final String NAME = "dsafs";

  /** The largest write that the kernel sends in one request, and room for its header. */
  private static final int BUFFER_BYTES = (128 << 10) + 4096;

  private final TreeOperations operations;
  private final RequestLoop loop;

  /** libfuse calls through this table; it must not be collected. */
  @SuppressWarnings("unused")
  private final FuseOperations table;

  private FuseMount(TreeOperations operations, FuseOperations table, RequestLoop loop) {
    this.operations = operations;
    this.table = table;
    this.loop = loop;
  }

  /**
   * Mounts the tree. When this returns the tree answers.
   *
   * @param mountPoint an absolute path of an empty directory
   * @param uid the owner that files show
   * @param gid the group that files show
   * @param forAllUsers whether other users may use the mount; only root may allow it
   */
  public static FuseMount mount(
      Path mountPoint, FileTree tree, int uid, int gid, boolean forAllUsers) throws MountFailure {
    LibFuse2 libFuse;
    try {
      libFuse = LibFuse2.load();
    } catch (UnsatisfiedLinkError e) {
      throw new MountFailure(
          "libfuse2 is missing. Install it: apt-get install libfuse2 (Debian, Ubuntu), dnf install"
              + " fuse-libs (Fedora), and try again.",
          e);
    }
    HandleTable handles = new HandleTable();
    TreeOperations operations = new TreeOperations(tree, libFuse, handles, uid, gid);
    FuseOperations table = operations.table();
    String[] arguments = arguments(mountPoint, forAllUsers);
    Pointer fuse =
        libFuse.fuse_setup(
            arguments.length,
            arguments,
            table,
            Struct.size(table),
            new PointerByReference(),
            new IntByReference(),
            null);
    if (fuse == null) {
      throw new MountFailure(
          "libfuse could not mount at "
              + mountPoint
              + ". Without root this needs fusermount (apt-get install fuse) and write access to"
              + " the directory; in a container, /dev/fuse and the right to mount.");
    }
    Pointer session = libFuse.fuse_get_session(fuse);
    Pointer channel = libFuse.fuse_session_next_chan(session, null);
    NameInvalidator invalidator = new NameInvalidator(libFuse, channel, mountPoint);
    tree.setNameListener(invalidator::gone);
    FuseChannel device = new FuseChannel(libFuse.fuse_chan_fd(channel));
    DirectRequests direct = new DirectRequests(device, handles);
    RequestLoop loop = new RequestLoop(libFuse, session, channel, device, direct, BUFFER_BYTES);
    loop.start();
    SizeInvalidator sizes = new SizeInvalidator(libFuse, channel, mountPoint, tree.resizable());
    tree.setSizeListener(sizes::resized);
    return new FuseMount(operations, table, loop);
  }

  private static String[] arguments(Path mountPoint, boolean forAllUsers) {
    List<String> options = new ArrayList<>();
    options.add("fsname=" + NAME);
    options.add("subtype=" + NAME);
    // The kernel checks modes; nodes refuse what root may not do either.
    options.add("default_permissions");
    // No path is built where the handle says all.
    options.add("nopath");
    // Node numbers stay, so that notices about names can be sent.
    options.add("noforget");
    options.add("entry_timeout=1");
    options.add("attr_timeout=1");
    // RELEASE is sent in the background: it must not queue behind a dozen others.
    options.add("max_background=1024");
    if (forAllUsers) {
      options.add("allow_other");
    }
    return new String[] {NAME, mountPoint.toString(), "-f", "-o", String.join(",", options)};
  }

  /** Waits until the tree has been unmounted, by whomever, and gives back what was open on it. */
  public void awaitUnmount() throws InterruptedException {
    loop.await();
    operations.releaseAll();
  }

  /** Whether the tree has been unmounted. */
  public boolean unmounted() {
    return loop.hasEnded();
  }
}
