package io.dsafs.hw;

import java.nio.ByteBuffer;

/**
 * A PCI function as its bus sees it: configuration space, BARs, and the interrupt messages it
 * sends.
 *
 * <p>Offsets are in bytes from the start of the space, widths are 1, 2, 4 or 8 bytes. Values are
 * zero-extended. All calls may come from several threads.
 */
public interface Endpoint {
  /** Receives message-signalled interrupts: a 4-byte posted write of data to an address. */
  @FunctionalInterface
  interface InterruptSink {
    void message(long address, int data);
  }

  /** Reads configuration space; {@code width} is 1, 2 or 4. */
  int configRead(int offset, int width);

  /** Writes configuration space; {@code width} is 1, 2 or 4. */
  void configWrite(int offset, int width, int value);

  /** Reads a register; all ones where the BAR is not answered. */
  long read(int bar, long offset, int width);

  /** Writes a register, posted: there is no answer. */
  void write(int bar, long offset, int width, long value);

  /**
   * A 64-byte posted write (MOVDIR64B): there is no answer.
   *
   * @param source 64 bytes from {@code sourceOffset} on are taken before the call returns
   */
  void postedWrite64(int bar, long offset, ByteBuffer source, int sourceOffset);

  /**
   * A 64-byte deferrable memory write (ENQCMD, ENQCMDS).
   *
   * @return true for success, false for Retry
   */
  boolean deferrableWrite64(int bar, long offset, ByteBuffer source, int sourceOffset);

  /** Where interrupt messages go from now on. */
  void connect(InterruptSink sink);
}
