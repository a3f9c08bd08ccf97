package io.dsafs.fuse;

import static io.dsafs.fuse.Failures.answer;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.fuse.HandleTable.Open;
import io.dsafs.vfs.FileTree;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * One method for each FUSE operation that libfuse hands on: finds the node or the open file and
 * converts the arguments. Reading, writing and ioctl are {@link DirectRequests}.
 *
 * <p>Source: libfuse 2.9 fuse.h, struct fuse_operations. FLUSH is left out on purpose: the kernel
 * asks once, and close(2) then costs no round trip.
 */
final class TreeOperations {
  /** What libfuse keeps of a listing for each name, at most, besides the name. */
  private static final int ENTRY_BYTES = 64;

  private final FileTree tree;
  private final LibFuse2 libFuse;
  private final Runtime runtime;
  private final int uid;
  private final int gid;
  private final HandleTable handles;
  private final Accounts accounts = new Accounts();
  private final LateReleases lateReleases;
  private final long mountedAt = System.currentTimeMillis() / 1000;

  /**
   * @param uid the owner that files without one of their own show
   * @param gid its group
   */
  TreeOperations(FileTree tree, LibFuse2 libFuse, HandleTable handles, int uid, int gid) {
    this.tree = tree;
    this.handles = handles;
    this.lateReleases = new LateReleases(handles);
    this.libFuse = libFuse;
    this.runtime = LibFuse2.runtime(libFuse);
    this.uid = uid;
    this.gid = gid;
  }

  /** The table for libfuse. It must stay reachable as long as the mount does. */
  FuseOperations table() {
    FuseOperations table = new FuseOperations(runtime);
    table.getattr.set(this::getattr);
    table.readlink.set(this::readlink);
    table.opendir.set(this::opendir);
    table.readdir.set(this::readdir);
    table.releasedir.set(this::release);
    table.open.set(this::open);
    table.release.set(this::release);
    table.poll.set(this::poll);
    table.fsync.set(this::fsync);
    table.chmod.set(this::chmod);
    table.chown.set(this::chown);
    table.utimens.set((path, times) -> 0);
    table.truncate.set((path, size) -> 0);
    table.ftruncate.set((path, size, fileInfo) -> 0);
    refuseChangesOfTheTree(table);
    return table;
  }

  /** What sysfs answers: creating a file EACCES, every other change of names EPERM. */
  private static void refuseChangesOfTheTree(FuseOperations table) {
    int eacces = -Errno.EACCES.number();
    int eperm = -Errno.EPERM.number();
    table.create.set((path, mode, fileInfo) -> eacces);
    table.mknod.set((path, mode, device) -> eperm);
    table.mkdir.set((path, mode) -> eperm);
    table.unlink.set(path -> eperm);
    table.rmdir.set(path -> eperm);
    table.symlink.set((target, path) -> eperm);
    table.rename.set((from, to) -> eperm);
    table.link.set((from, to) -> eperm);
  }

  /** Gives everything back that is still open when the mount has ended. */
  void releaseAll() {
    for (Open open : handles.drain()) {
      close(open);
    }
  }

  private int getattr(String path, Pointer stat) {
    return answer(
        () -> {
          Node node = tree.lookup(path);
          node.markSeen();
          NativeLayout.putStat(
              stat,
              node.fileType() | node.permissions(),
              node.links(),
              node.uid() < 0 ? uid : node.uid(),
              node.gid() < 0 ? gid : node.gid(),
              node.size(),
              mountedAt);
          return 0;
        });
  }

  private int readlink(String path, Pointer into, long size) {
    return answer(
        () -> {
          byte[] target = tree.lookup(path).linkTarget().getBytes(StandardCharsets.UTF_8);
          int length = (int) Math.min(target.length, size - 1);
          into.put(0, target, 0, length);
          into.putByte(length, (byte) 0);
          return 0;
        });
  }

  private int opendir(String path, Pointer fileInfo) {
    return answer(
        () -> {
          Node node = tree.lookup(path);
          Open open = open(node, tid -> node.open(tid, 0));
          NativeLayout.putHandle(fileInfo, handles.add(open));
          return 0;
        });
  }

  private int readdir(
      String path, Pointer buffer, Pointer fillerFunction, long offset, Pointer fileInfo) {
    return answer(
        () -> {
          Open open = handles.get(NativeLayout.handle(fileInfo));
          Node directory = open.node();
          long listing = 2 * ENTRY_BYTES;
          for (String child : directory.names()) {
            listing += ENTRY_BYTES + 2L * child.length();
          }
          if (!open.account().keep(listing)) {
            throw new ErrnoException(Errno.ENOMEM, "too much is kept for the opener");
          }
          FuseFillDir filler = Fillers.of(fillerFunction);
          // Offset 0 for every entry: libfuse keeps the whole listing.
          filler.apply(buffer, name("."), null, 0);
          filler.apply(buffer, name(".."), null, 0);
          for (String child : directory.names()) {
            filler.apply(buffer, name(child), null, 0);
          }
          return 0;
        });
  }

  /** A C string. */
  private static ByteBuffer name(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(bytes.length + 1).put(bytes).put((byte) 0).flip();
  }

  private int open(String path, Pointer fileInfo) {
    return answer(
        () -> {
          Node node = tree.lookup(path);
          int flags = NativeLayout.openFlags(fileInfo);
          Open open = open(node, tid -> lateReleases.open(node, path, tid, flags));
          int seekable = open.handle().nonSeekable() ? NativeLayout.NON_SEEKABLE : 0;
          NativeLayout.putBits(fileInfo, NativeLayout.DIRECT_IO | seekable);
          NativeLayout.putHandle(fileInfo, handles.add(open));
          return 0;
        });
  }

  private int poll(String path, Pointer fileInfo, Pointer pollHandle, Pointer events) {
    return answer(
        () -> {
          Open open = handles.get(NativeLayout.handle(fileInfo));
          if (pollHandle != null) {
            open.waker().hold(pollHandle);
          }
          int tid = FuseThread.current().callerTid();
          events.putInt(0, open.handle().poll(tid, pollHandle == null ? null : open.waker()));
          return 0;
        });
  }

  private int fsync(String path, int dataOnly, Pointer fileInfo) {
    return answer(
        () -> {
          handles.get(NativeLayout.handle(fileInfo)).handle().sync();
          return 0;
        });
  }

  private int release(String path, Pointer fileInfo) {
    return answer(
        () -> {
          close(handles.remove(NativeLayout.handle(fileInfo)));
          return 0;
        });
  }

  /** The open of some kind of node by the thread of that number. */
  @FunctionalInterface
  private interface Opening {
    Handle open(int tid) throws ErrnoException;
  }

  /** EMFILE: the caller has too many files open. Then what the node answers. */
  private Open open(Node node, Opening opening) throws ErrnoException {
    FuseThread thread = FuseThread.current();
    int tid = thread.callerTid();
    Accounts.OpenFile account = accounts.open(thread.callerUid());
    Handle handle = null;
    try {
      handle = opening.open(tid);
      handle.chargeTo(account);
    } finally {
      if (handle == null) {
        account.close();
      }
    }
    return new Open(node, handle, tid, new PollWaker(libFuse), account);
  }

  private void close(Open open) {
    open.handle().release();
    open.waker().drop();
    open.account().close();
    lateReleases.released();
  }

  private int chmod(String path, long mode) {
    return answer(
        () -> {
          tree.lookup(path).setPermissions((int) mode);
          return 0;
        });
  }

  private int chown(String path, long newUid, long newGid) {
    return answer(
        () -> {
          tree.lookup(path).setOwner((int) newUid, (int) newGid);
          return 0;
        });
  }
}
