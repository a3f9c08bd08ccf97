package io.dsafs.host;

import jnr.ffi.Pointer;

/** One thread's {@code struct iovec} arrays and scratch bytes for process_vm_readv and writev. */
final class IoVectors {
  /** Entries in each array. */
  static final int CAPACITY = 64;

  /** sizeof(struct iovec): a 64-bit address and a 64-bit length. */
  private static final int IOVEC_BYTES = 16;

  private static final ThreadLocal<IoVectors> CURRENT = ThreadLocal.withInitial(IoVectors::new);

  final Pointer local = allocate(CAPACITY * IOVEC_BYTES);
  final Pointer remote = allocate(CAPACITY * IOVEC_BYTES);

  /** One byte for each entry. */
  final Pointer scratch = allocate(CAPACITY);

  private final long scratchAddress = scratch.address();

  private static Pointer allocate(int bytes) {
    return LibC.RUNTIME.getMemoryManager().allocateDirect(bytes, true);
  }

  static IoVectors current() {
    return CURRENT.get();
  }

  void setLocal(int index, long address, long length) {
    set(local, index, address, length);
  }

  void setRemote(int index, long address, long length) {
    set(remote, index, address, length);
  }

  /** Makes the local entry name its own scratch byte. */
  void setLocalToScratch(int index) {
    set(local, index, scratchAddress + index, 1);
  }

  private static void set(Pointer array, int index, long address, long length) {
    array.putLong((long) index * IOVEC_BYTES, address);
    array.putLong((long) index * IOVEC_BYTES + 8, length);
  }
}
