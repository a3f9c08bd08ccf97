package io.dsafs.fuse;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * The functions of libfuse 2.9 that jnr-fuse does not bind: a mount whose requests are received by
 * our own threads, and notices to the kernel. Names and arguments are libfuse's.
 *
 * <p>Public because JNR implements it in a class loader of its own; nobody else uses it.
 */
public interface LibFuse2 {
  /** Loads libfuse2. */
  static LibFuse2 load() {
    return LibraryLoader.create(LibFuse2.class).failImmediately().load("libfuse.so.2");
  }

  static Runtime runtime(LibFuse2 library) {
    return Runtime.getRuntime(library);
  }

  Pointer fuse_setup(
      int argc,
      String[] argv,
      FuseOperations operations,
      long operationsSize,
      PointerByReference mountPoint,
      IntByReference multithreaded,
      Pointer userData);

  Pointer fuse_get_session(Pointer fuse);

  Pointer fuse_session_next_chan(Pointer session, Pointer previous);

  int fuse_chan_fd(Pointer channel);

  void fuse_session_process(Pointer session, Pointer buffer, long length, Pointer channel);

  int fuse_lowlevel_notify_inval_entry(Pointer channel, long parent, String name, long nameLength);

  int fuse_lowlevel_notify_inval_inode(Pointer channel, long node, long offset, long length);

  int fuse_notify_poll(Pointer pollHandle);

  void fuse_pollhandle_destroy(Pointer pollHandle);
}
