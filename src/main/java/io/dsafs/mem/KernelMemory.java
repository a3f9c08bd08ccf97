package io.dsafs.mem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * An address space that is the model's own memory: the kernel's, or that of a simulated process.
 *
 * <p>Nothing is mapped at first. Pages appear by {@link #allocate} or {@link #map}, may be made
 * read-only or absent again, and keep their contents meanwhile. What is not mapped faults.
 */
public final class KernelMemory implements AddressSpace {
  public static final int PAGE_BYTES = 4096;

  /** Where the kernel's direct mapping of memory starts on x86-64; allocations go up from here. */
  private static final long FIRST_ADDRESS = 0xffff_8880_0000_0000L;

  private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

  private static final byte ABSENT = 0;
  private static final byte READABLE = 1;
  private static final byte WRITABLE = 2;

  /** Adjacent pages that were mapped at once, with one byte of permission for each. */
  private static final class Region {
    private final long start;
    private final byte[] contents;
    private final byte[] pages;

    Region(long start, int length) {
      this.start = start;
      contents = new byte[length];
      pages = new byte[length / PAGE_BYTES];
    }

    /** Bytes from {@code offset} on whose pages allow {@code access}, up to {@code limit}. */
    int accessible(int offset, int limit, byte access) {
      int page = offset / PAGE_BYTES;
      while (page * PAGE_BYTES < offset + limit && page < pages.length && pages[page] >= access) {
        page++;
      }
      return Math.max(0, Math.min(limit, page * PAGE_BYTES - offset));
    }
  }

  private final String name;
  private volatile boolean alive = true;

  /** In unsigned order of addresses; replaced, never changed. */
  private volatile Region[] regions = {};

  @GuardedBy("this")
  private long nextAddress = FIRST_ADDRESS;

  /**
   * @param name what {@link #describe} answers
   */
  public KernelMemory(String name) {
    this.name = name;
  }

  /**
   * Maps zeroed, writable pages at a fresh address.
   *
   * @param sizeBytes at least 1; rounded up to pages
   * @return the page-aligned address
   */
  public synchronized long allocate(int sizeBytes) {
    long address = nextAddress;
    int length = roundUp(sizeBytes);
    // A page that is never mapped keeps an overrun from reaching the next allocation.
    nextAddress += length + PAGE_BYTES;
    map(address, length, true);
    return address;
  }

  /**
   * Maps the pages that a range touches; pages that are mapped keep their contents and change their
   * permission.
   *
   * @param address where the range starts
   * @param lengthBytes at least 1
   * @param writable false for read-only pages
   */
  public synchronized void map(long address, int lengthBytes, boolean writable) {
    long start = address & -PAGE_BYTES;
    int length = roundUp((int) (address - start) + lengthBytes);
    byte access = writable ? WRITABLE : READABLE;
    for (int offset = 0; offset < length; ) {
      int known = setAccess(start + offset, length - offset, access);
      if (known == 0) {
        int fresh = unmappedBytes(start + offset, length - offset);
        Region region = new Region(start + offset, fresh);
        Arrays.fill(region.pages, access);
        insert(region);
        known = fresh;
      }
      offset += known;
    }
  }

  /** Makes the pages that a range touches absent; mapped again, they have their old contents. */
  public synchronized void unmap(long address, int lengthBytes) {
    long start = address & -PAGE_BYTES;
    int length = roundUp((int) (address - start) + lengthBytes);
    for (int offset = 0; offset < length; ) {
      int known = setAccess(start + offset, length - offset, ABSENT);
      offset += known != 0 ? known : PAGE_BYTES;
    }
  }

  /** Gives an allocation back. */
  public synchronized void free(long address) {
    Region[] before = regions;
    int index = indexOf(before, address);
    if (index < 0 || before[index].start != address) {
      return;
    }
    Region[] after = new Region[before.length - 1];
    System.arraycopy(before, 0, after, 0, index);
    System.arraycopy(before, index + 1, after, index, after.length - index);
    regions = after;
  }

  /** The process ends: from now on every access moves nothing. */
  public void end() {
    alive = false;
  }

  /** Changes permissions as far as the range lies in the region of its first byte. */
  private synchronized int setAccess(long start, int length, byte access) {
    Region[] all = regions;
    int index = indexOf(all, start);
    if (index < 0) {
      return 0;
    }
    Region region = all[index];
    int from = (int) (start - region.start);
    int bytes = Math.min(length, region.contents.length - from);
    Arrays.fill(region.pages, from / PAGE_BYTES, (from + bytes) / PAGE_BYTES, access);
    // Publishes the permissions to threads that read the table of regions.
    VarHandle.fullFence();
    return bytes;
  }

  private synchronized int unmappedBytes(long start, int length) {
    for (Region region : regions) {
      long distance = region.start - start;
      if (Long.compareUnsigned(region.start, start) > 0
          && Long.compareUnsigned(distance, length) < 0) {
        return (int) distance;
      }
    }
    return length;
  }

  private synchronized void insert(Region region) {
    Region[] before = regions;
    int index = 0;
    while (index < before.length && Long.compareUnsigned(before[index].start, region.start) < 0) {
      index++;
    }
    Region[] after = new Region[before.length + 1];
    System.arraycopy(before, 0, after, 0, index);
    after[index] = region;
    System.arraycopy(before, index, after, index + 1, before.length - index);
    regions = after;
  }

  private static int roundUp(int length) {
    return (length + PAGE_BYTES - 1) & -PAGE_BYTES;
  }

  /** The region that holds an address, or -1. */
  private static int indexOf(Region[] all, long address) {
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Region region = all[middle];
      if (Long.compareUnsigned(address, region.start) < 0) {
        high = middle - 1;
      } else if (Long.compareUnsigned(address - region.start, region.contents.length) < 0) {
        return middle;
      } else {
        low = middle + 1;
      }
    }
    return -1;
  }

  @Override
  public int read(long address, DmaBuffer into, int offset, int length) {
    return transfer(address, into, offset, length, READABLE);
  }

  @Override
  public int write(long address, DmaBuffer from, int offset, int length) {
    return transfer(address, from, offset, length, WRITABLE);
  }

  /** Moves bytes out of the regions, or into them if the access is {@link #WRITABLE}. */
  private int transfer(long address, DmaBuffer buffer, int offset, int length, byte access) {
    Region[] all = regions;
    int done = 0;
    while (done < length && alive) {
      int index = indexOf(all, address + done);
      if (index < 0) {
        break;
      }
      Region region = all[index];
      int at = (int) (address + done - region.start);
      int bytes = region.accessible(at, length - done, access);
      if (bytes == 0) {
        break;
      }
      if (access == WRITABLE) {
        buffer.bytes().get(offset + done, region.contents, at, bytes);
      } else {
        buffer.bytes().put(offset + done, region.contents, at, bytes);
      }
      done += bytes;
    }
    return done;
  }

  @Override
  public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
    Region[] all = regions;
    int index = indexOf(all, address);
    if (index < 0 || !alive) {
      return false;
    }
    Region region = all[index];
    int to = (int) (address - region.start);
    if (region.accessible(to, length, WRITABLE) < length) {
      return false;
    }
    from.bytes().get(offset + 1, region.contents, to + 1, length - 1);
    BYTES.setRelease(region.contents, to, from.bytes().get(offset));
    return true;
  }

  @Override
  public int writableBytes(long address, int length) {
    return accessibleBytes(address, length, WRITABLE);
  }

  @Override
  public int readableBytes(long address, int length) {
    return accessibleBytes(address, length, READABLE);
  }

  private int accessibleBytes(long address, int length, byte access) {
    Region[] all = regions;
    int done = 0;
    while (done < length && alive) {
      int index = indexOf(all, address + done);
      if (index < 0) {
        break;
      }
      int from = (int) (address + done - all[index].start);
      int bytes = all[index].accessible(from, length - done, access);
      if (bytes == 0) {
        break;
      }
      done += bytes;
    }
    return done;
  }

  /**
   * One byte as the owner of the memory reads it, with acquire ordering: for polling a completion
   * record. Permissions do not bind the owner.
   */
  public byte peek(long address) {
    Region region = ownedRegion(address);
    return (byte) BYTES.getAcquire(region.contents, (int) (address - region.start));
  }

  /** Copies out as the owner; every page of the range has been mapped at some time. */
  public void peek(long address, byte[] into) {
    peek(address, into, 0, into.length);
  }

  /** As {@link #peek(long, byte[])}, into a part of the array. */
  public void peek(long address, byte[] into, int offset, int length) {
    for (int done = 0; done < length; ) {
      Region region = ownedRegion(address + done);
      int from = (int) (address + done - region.start);
      int bytes = Math.min(length - done, region.contents.length - from);
      System.arraycopy(region.contents, from, into, offset + done, bytes);
      done += bytes;
    }
  }

  /** Copies in as the owner; every page of the range has been mapped at some time. */
  public void poke(long address, byte[] from) {
    poke(address, from, 0, from.length);
  }

  /** As {@link #poke(long, byte[])}, from a part of the array. */
  public void poke(long address, byte[] from, int offset, int length) {
    for (int done = 0; done < length; ) {
      Region region = ownedRegion(address + done);
      int to = (int) (address + done - region.start);
      int bytes = Math.min(length - done, region.contents.length - to);
      System.arraycopy(from, offset + done, region.contents, to, bytes);
      done += bytes;
    }
  }

  private Region ownedRegion(long address) {
    Region[] all = regions;
    int index = indexOf(all, address);
    if (index < 0) {
      throw new IllegalArgumentException("not mapped: 0x" + Long.toHexString(address));
    }
    return all[index];
  }

  /** This: it has no pages that could be brought in. */
  @Override
  public AddressSpace resident() {
    return this;
  }

  @Override
  public boolean alive() {
    return alive;
  }

  @Override
  public String describe() {
    return name;
  }
}
