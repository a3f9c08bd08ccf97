package io.dsafs.fuse;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import jnr.ffi.provider.LoadedLibrary;
import ru.serce.jnrfuse.struct.FuseOperations;

/** A libfuse that writes down what it is told. Public because JNR asks it for its runtime. */
public final class FakeLibFuse implements LibFuse2, LoadedLibrary {
  static final Runtime RUNTIME = Runtime.getSystemRuntime();

  final List<String> calls = new CopyOnWriteArrayList<>();

  /** A pointer that says no more than a number. */
  static Pointer pointer(long address) {
    return Pointer.wrap(RUNTIME, address);
  }

  @Override
  public Runtime getRuntime() {
    return RUNTIME;
  }

  @Override
  public Pointer fuse_setup(
      int argc,
      String[] argv,
      FuseOperations operations,
      long operationsSize,
      PointerByReference mountPoint,
      IntByReference multithreaded,
      Pointer userData) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pointer fuse_get_session(Pointer fuse) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Pointer fuse_session_next_chan(Pointer session, Pointer previous) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int fuse_chan_fd(Pointer channel) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void fuse_session_process(Pointer session, Pointer buffer, long length, Pointer channel) {
    calls.add(
        String.format(
            Locale.ROOT,
            "process %d: %d bytes, first %d, to %d",
            session.address(),
            length,
            buffer.getByte(0),
            channel.address()));
  }

  @Override
  public int fuse_lowlevel_notify_inval_entry(
      Pointer channel, long parent, String name, long nameLength) {
    calls.add("forget " + name + " (" + nameLength + ") in " + parent);
    return 0;
  }

  @Override
  public int fuse_lowlevel_notify_inval_inode(
      Pointer channel, long node, long offset, long length) {
    calls.add("anew " + node + " " + offset + " " + length);
    return 0;
  }

  @Override
  public int fuse_notify_poll(Pointer pollHandle) {
    calls.add("wake " + pollHandle.address());
    return 0;
  }

  @Override
  public void fuse_pollhandle_destroy(Pointer pollHandle) {
    calls.add("destroy " + pollHandle.address());
  }
}
