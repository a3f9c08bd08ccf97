package io.dsafs.host;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;

/**
 * The memory of a process as far as it is present. Each access asks once which of its pages are,
 * and is cut short at the first that is not.
 */
final class ResidentMemory implements AddressSpace {
  private final ProcessMemory memory;

  ResidentMemory(ProcessMemory memory) {
    this.memory = memory;
  }

  @Override
  public int read(long address, DmaBuffer into, int offset, int length) {
    int present = memory.presentBytes(address, length, false);
    return present == 0 ? 0 : memory.read(address, into, offset, present);
  }

  @Override
  public int write(long address, DmaBuffer from, int offset, int length) {
    int present = memory.presentBytes(address, length, true);
    return present == 0 ? 0 : memory.write(address, from, offset, present);
  }

  @Override
  public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
    return memory.presentBytes(address, length, true) == length
        && memory.writeFirstByteLast(address, from, offset, length);
  }

  @Override
  public int writableBytes(long address, int length) {
    int present = memory.presentBytes(address, length, true);
    return present == 0 ? 0 : memory.writableBytes(address, present);
  }

  @Override
  public int readableBytes(long address, int length) {
    int present = memory.presentBytes(address, length, false);
    return present == 0 ? 0 : memory.readableBytes(address, present);
  }

  @Override
  public AddressSpace resident() {
    return this;
  }

  @Override
  public boolean alive() {
    return memory.alive();
  }

  @Override
  public String describe() {
    return memory.describe();
  }
}
