package io.dsafs.mem;

/**
 * One address space: the memory of a live process, or the kernel's.
 *
 * <p>An access answers the number of bytes moved before the first byte that could not be reached;
 * fewer than asked for is a page fault at {@code address + answer}. Addresses are unsigned 64-bit;
 * lengths are in bytes and fit the buffer.
 */
public interface AddressSpace {
  /**
   * Copies from the address space into {@code into} at {@code offset}.
   *
   * @return bytes moved, 0 to {@code length}
   */
  int read(long address, DmaBuffer into, int offset, int length);

  /**
   * Copies from {@code from} at {@code offset} into the address space; a page that its owner may
   * not write is a fault.
   *
   * @return bytes moved, 0 to {@code length}
   */
  int write(long address, DmaBuffer from, int offset, int length);

  /**
   * As {@link #write}, for a completion record: the first byte becomes visible last. The record
   * does not cross a page, so it is written whole or not at all.
   *
   * @return true if it was written
   */
  boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length);

  /**
   * How many leading bytes of a range a {@link #write} would reach, leaving its contents as they
   * are.
   */
  int writableBytes(long address, int length);

  /** As {@link #writableBytes} for reading. */
  int readableBytes(long address, int length);

  /**
   * The same memory to a device that may not ask for a page: what is not present, or present but
   * still to be copied before it can be written, faults. Without this the owner's kernel is asked
   * to provide such pages, as for an access of its own.
   */
  AddressSpace resident();

  /** False once the process has ended or replaced its image; every access then moves 0 bytes. */
  boolean alive();

  /** Names the owner in logs and listings, such as {@code pid 4711 (dsa-copy)}. */
  String describe();
}
