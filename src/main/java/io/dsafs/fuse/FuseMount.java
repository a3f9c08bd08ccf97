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
  private final DirectRequests direct;
  private final FuseChannel channel;

  /** libfuse calls through this table; it must not be collected. */
  @SuppressWarnings("unused")
  private final FuseOperations table;

  private FuseMount(
      TreeOperations operations,
      FuseOperations table,
      RequestLoop loop,
      DirectRequests direct,
      FuseChannel channel) {
    this.operations = operations;
    this.table = table;
    this.loop = loop;
    this.direct = direct;
    this.channel = channel;
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
    RequestLoop loop =
        new RequestLoop(
            requests(libFuse, session, channel, device, direct),
            LibFuse2.runtime(libFuse),
            BUFFER_BYTES,
            Math.max(2, Runtime.getRuntime().availableProcessors()));
    loop.start();
    SizeInvalidator sizes = new SizeInvalidator(libFuse, channel, mountPoint, tree.resizable());
    tree.setSizeListener(sizes::resized);
    return new FuseMount(operations, table, loop, direct, device);
  }

  /** Three kinds of requests are answered here, all others by libfuse. */
  static RequestLoop.Requests requests(
      LibFuse2 libFuse,
      Pointer session,
      Pointer channel,
      FuseChannel device,
      DirectRequests direct) {
    return new RequestLoop.Requests() {
      @Override
      public int receive(FuseThread thread) {
        return device.receive(thread.requestPointer(), BUFFER_BYTES);
      }

      @Override
      public void serve(FuseThread thread, int length) {
        if (!direct.serve(thread)) {
          libFuse.fuse_session_process(session, thread.requestPointer(), length, channel);
        }
      }
    };
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

  /** Waits until the tree has been unmounted, by whomever. */
  public void awaitUnmount() throws InterruptedException {
    loop.await();
  }

  /** Gives back what was open on the tree, which has been unmounted. */
  public void releaseAll() {
    operations.releaseAll();
  }

  /**
   * From now on work for devices is refused with ENODEV. When this returns, all that was not
   * refused has been answered.
   *
   * @return false if a request has not been answered within that time
   */
  public boolean refuseSubmissions(long timeoutMillis) throws InterruptedException {
    direct.refuseSubmissions();
    return loop.awaitSubmissions(timeoutMillis);
  }

  /**
   * Nothing is answered any more: who still has files open on the tree gets ENOTCONN when this
   * process ends, even while one of its threads cannot.
   */
  public void abandon() {
    channel.abandon();
  }

  /** Whether the tree has been unmounted. */
  public boolean unmounted() {
    return loop.hasEnded();
  }
}
