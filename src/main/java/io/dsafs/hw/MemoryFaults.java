package io.dsafs.hw;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import java.util.List;

/**
 * Pages that the device shall not reach, whatever is there. Asked once for each descriptor; while
 * there are none, that is one read of a field.
 */
final class MemoryFaults {
  static final int PAGE_BYTES = 4096;

  /** Of a range that counts for every request. */
  static final int ANY_PASID = -1;

  /**
   * Adjacent bytes, addresses unsigned.
   *
   * @param last the last byte, not the one after it
   * @param pasid whose accesses fault, or {@link #ANY_PASID}
   */
  record Range(long first, long last, int pasid) {
    boolean concerns(boolean hasPasid, int which) {
      return pasid == ANY_PASID || (hasPasid && pasid == which);
    }

    /** How many bytes from an address on are before the range, up to a limit. */
    int bytesBefore(long address, int limit) {
      if (Long.compareUnsigned(address, last) > 0) {
        return limit;
      }
      if (Long.compareUnsigned(address, first) >= 0) {
        return 0;
      }
      long distance = first - address;
      return Long.compareUnsigned(distance, limit) < 0 ? (int) distance : limit;
    }
  }

  private volatile List<Range> ranges = List.of();

  List<Range> ranges() {
    return ranges;
  }

  void set(List<Range> all) {
    ranges = List.copyOf(all);
  }

  /** The memory as a request shall find it; {@code memory} itself if there is nothing to fault. */
  AddressSpace over(AddressSpace memory, boolean hasPasid, int pasid) {
    List<Range> all = ranges;
    if (all.isEmpty() || memory == null) {
      return memory;
    }
    List<Range> own = all.stream().filter(range -> range.concerns(hasPasid, pasid)).toList();
    return own.isEmpty() ? memory : new FaultingMemory(memory, own);
  }

  /** An address space with holes; no access goes into one, or beyond it. */
  private record FaultingMemory(AddressSpace memory, List<Range> holes) implements AddressSpace {
    private int reach(long address, int length) {
      int reach = length;
      for (Range hole : holes) {
        reach = hole.bytesBefore(address, reach);
      }
      return reach;
    }

    @Override
    public int read(long address, DmaBuffer into, int offset, int length) {
      int reach = reach(address, length);
      return reach == 0 ? 0 : memory.read(address, into, offset, reach);
    }

    @Override
    public int write(long address, DmaBuffer from, int offset, int length) {
      int reach = reach(address, length);
      return reach == 0 ? 0 : memory.write(address, from, offset, reach);
    }

    @Override
    public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
      return reach(address, length) == length
          && memory.writeFirstByteLast(address, from, offset, length);
    }

    @Override
    public int writableBytes(long address, int length) {
      int reach = reach(address, length);
      return reach == 0 ? 0 : memory.writableBytes(address, reach);
    }

    @Override
    public int readableBytes(long address, int length) {
      int reach = reach(address, length);
      return reach == 0 ? 0 : memory.readableBytes(address, reach);
    }

    @Override
    public AddressSpace resident() {
      return new FaultingMemory(memory.resident(), holes);
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
}
